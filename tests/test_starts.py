"""A command that is forked is the command: what it prints, how it ends, and that its time can be up."""

import os
from pathlib import Path

import pytest

from tests.conftest import command, environment
from tests.starts import start


def test_a_forked_command_prints_and_ends_as_a_new_interpreter_does() -> None:
    forked, alone = (command("no-such", code=2, alone=alone) for alone in (False, True))
    assert forked.stdout == alone.stdout
    assert "no-such" in alone.stderr
    assert forked.stderr.startswith(alone.stderr)  # libraries that are loaded may say more when they end


def test_a_command_whose_time_is_up_is_killed_and_the_next_one_runs(tmp_path: Path) -> None:
    nowhere, schema = Path(os.devnull), tmp_path / "schema.json"
    words = ["strategy", "schema", "--out", str(schema)]
    late = start(words, environment=environment(), out=nowhere, err=nowhere)
    with pytest.raises(TimeoutError, match="had not ended"):
        late.wait(0)
    assert not Path(f"/proc/{late.pid}").exists()
    assert not schema.exists()
    assert command("--version").stdout.count(".") == 2
