"""``wealthloop sandbox``, as its own group of commands."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wealthloop.cli.sandbox import app
from wealthloop.errors import DocumentError
from wealthloop.sandbox import shipped_worlds
from wealthloop.sandbox.bench import TIMES, bench


def test_worlds_lists_every_shipped_world_with_its_version() -> None:
    printed = CliRunner().invoke(app, ["worlds"]).stdout.splitlines()
    told = json.loads(CliRunner().invoke(app, ["worlds", "--json"]).stdout)["worlds"]

    assert len(printed) == len(shipped_worlds())
    assert all(line.startswith(f"{name} v2 (") for line, name in zip(printed, shipped_worlds(), strict=True))
    assert [world["name"] for world in told] == list(shipped_worlds())


def test_a_file_is_checked_and_named_wrong_without_a_traceback_of_ours(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('base = "hostile"\nname = "mine"\n', encoding="utf-8")
    bad.write_text('base = "default"\n[people]\nmean_age = 4\nluck = 7\n', encoding="utf-8")
    right = CliRunner().invoke(app, ["worlds", "--check", str(good)])
    wrong = CliRunner().invoke(app, ["worlds", "--check", str(bad)])

    assert (right.exit_code, right.stdout[:8]) == (0, "mine v2 ")
    assert isinstance(wrong.exception, DocumentError)
    assert "bad.toml: key people.mean_age" in str(wrong.exception)
    assert "bad.toml: key people.luck" in str(wrong.exception)


@pytest.fixture(scope="module")
def measured() -> dict[str, float | int]:
    return bench(customers=2000, days=2)


def test_the_bench_tells_speed_and_memory(measured: dict[str, float | int]) -> None:
    assert 0 < measured["unwritten_seconds_a_day"] < measured["seconds_a_day"] < 5
    assert measured["cpu_seconds_a_day"] > 0
    assert measured["memory_customers"] == 2000 * TIMES
    assert 100 < measured["peak_mib"] < 1500
