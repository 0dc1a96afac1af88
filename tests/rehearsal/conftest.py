import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Once
from tests.loop.conftest import Prepared, bank_home, engine
from tests.loop.conftest import prepared as before_rehearsals
from tests.loop.makers import AS_OF, home_in
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.rehearsal.shadow import night_at

__all__ = ["bank_home", "before_rehearsals", "engine"]


@pytest.fixture(scope="session")
def prepared(before_rehearsals: Prepared, once: Once, engine: DuckDBEngine) -> Prepared:
    """The small bank with the past days that a check looks at, so that every copy of it has them."""

    def make(folder: Path) -> None:
        shutil.copytree(before_rehearsals.root, folder / "home")
        home = Home.open(folder / "home")
        for days in (7, 30):
            with night_at(home, BankTables(home, engine), engine, as_of=AS_OF - timedelta(days=days)):
                pass

    return Prepared(root=once("rehearsed", make) / "home", next_day=before_rehearsals.next_day)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)
