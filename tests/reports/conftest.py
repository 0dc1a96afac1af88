"""What the tests of reports share."""

from pathlib import Path

import pytest

from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", salt="salt-of-a-test")
