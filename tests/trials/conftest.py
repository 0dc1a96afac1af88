"""A small world with its past, and the home that its tables were loaded into."""

from pathlib import Path

import pytest

from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.sandbox import World
from wealthloop.trials.calendar import Calendar
from wealthloop.trials.watch import Watch

SALT = "trials-of-a-small-world"


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Watch]:
    """A world of 900 customers on the evening on which its past ends; fork it before playing on."""
    calendar = Calendar(measured=30)
    home = Home.create(tmp_path_factory.mktemp("past") / "home", kind="simulated", bank_name="b", salt=SALT)
    watch, world = Watch(home), World(seed=5, customers=900, salt=SALT)
    world.history(first=calendar.past_begins, last=calendar.past_ends, running=(), out=watch.files(calendar.past_ends))
    watch.take(calendar.past_ends)
    return world, watch


def tables_of(watch: Watch) -> tuple[BankTables, DuckDBEngine]:
    """The tables of a watched world."""
    engine = DuckDBEngine()
    return BankTables(watch.home, engine), engine


def home_folder(watch: Watch) -> Path:
    """Where the watched world's tables are."""
    return watch.home.root
