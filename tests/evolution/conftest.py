from pathlib import Path

import pytest

from tests.evolution.growing import Bank
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", salt="a-test-salt")


@pytest.fixture
def bank(home: Home, db: None) -> Bank:  # noqa: ARG001 - opens the state plane
    return Bank(home)
