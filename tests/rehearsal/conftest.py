from datetime import timedelta
from pathlib import Path

import pytest

from tests.loop.conftest import Prepared, bank_home, engine, prepared
from tests.loop.makers import AS_OF, home_in
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.rehearsal.shadow import night_at

__all__ = ["bank_home", "engine", "prepared"]


@pytest.fixture(scope="session")
def days_made(prepared: Prepared, engine: DuckDBEngine) -> None:
    """Make the past days that a check looks at once, so that every copy of the small bank has them."""
    home = Home.open(prepared.root)
    for days in (7, 30):
        with night_at(home, BankTables(home, engine), engine, as_of=AS_OF - timedelta(days=days)):
            pass


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)
