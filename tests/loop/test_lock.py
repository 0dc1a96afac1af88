"""One night at a time on a home."""

from pathlib import Path

import pytest

from tests.loop.makers import home_in
from wealthloop.errors import Conflict
from wealthloop.loop.lock import only_run


def test_a_second_night_waits_outside_until_the_first_has_ended(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with only_run(home), pytest.raises(Conflict, match="another night"), only_run(home):
        pass
    with only_run(home):
        pass


def test_a_night_that_fails_lets_go_of_the_home(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with pytest.raises(RuntimeError), only_run(home):
        raise RuntimeError
    with only_run(home):
        pass
