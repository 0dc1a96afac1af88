import pytest

from wealthloop.engines import DuckDBEngine


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)
