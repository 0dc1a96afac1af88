"""One bank, one Spark session and one PostgreSQL server for the whole suite."""

from collections.abc import Iterator

import pytest

from tests.conformance.bank import bank_at
from tests.conformance.servers import postgres_here, spark_here
from wealthloop.engines.postgres import PostgresEngine
from wealthloop.engines.spark import SparkEngine
from wealthloop.kit import Home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return bank_at(tmp_path_factory.mktemp("conformance"))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkEngine]:
    with spark_here() as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresEngine]:
    with postgres_here() as engine:
        yield engine
