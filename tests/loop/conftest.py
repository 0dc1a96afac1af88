import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.conftest import Once
from tests.loop.makers import AS_OF, SALT, TOMORROW, launch, night_of
from wealthloop.bank import BankTables, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.loop import night as nights
from wealthloop.loop import steps
from wealthloop.sandbox import World

_BEFORE_LEADS = 4
"""Features, models, scores and insight: what a night does before it looks for leads."""


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@dataclass(frozen=True)
class Prepared:
    """A small simulated bank whose customers are described as of AS_OF, and the files of the day after."""

    root: Path
    next_day: Path


@pytest.fixture(scope="session")
def prepared(once: Once, engine: DuckDBEngine, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Prepared:
    """Make the bank once; the state plane is each test's own, what this leaves in it is taken back."""
    del django_db_setup

    def make(folder: Path) -> None:
        home = Home.create(folder / "home", kind="simulated", bank_name="江南银行", salt=SALT)
        world = World(seed=3, customers=180, salt=SALT)
        world.history(first=AS_OF - timedelta(days=50), last=AS_OF, running=[], out=folder / "past")
        world.advance(TOMORROW, out=folder / "next-day")
        ingest(home, folder / "past", mapping=None, as_of=AS_OF, accept=True)
        night = night_of(home, engine, BankTables(home, engine))
        with django_db_blocker.unblock(), transaction.atomic():
            for _, step in nights.STEPS[: nights.STEPS.index(("wallets", steps.estimate_wallets))]:
                step(night)
            transaction.set_rollback(True)

    folder = once("prepared", make)
    return Prepared(root=folder / "home", next_day=folder / "next-day")


@pytest.fixture
def bank_home(prepared: Prepared, tmp_path: Path, db: None) -> Home:  # noqa: ARG001 - opens the state plane
    """A home of its own over the small bank, with the three shipped strategies running."""
    shutil.copytree(prepared.root, tmp_path / "home")
    launch("idle-salary", "maturity-care", "stay-close")
    return Home.open(tmp_path / "home")


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nights begin with the leads, over the customers as the small bank describes them already."""
    monkeypatch.setattr(nights, "STEPS", nights.STEPS[_BEFORE_LEADS:])
