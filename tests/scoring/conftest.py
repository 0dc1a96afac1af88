"""A small bank and the models that were trained on it, made once."""

from dataclasses import dataclass

import pyarrow as pa
import pytest

from tests.scoring.bank import AS_OF, MemoryBank, SmallWorld, small_world
from wealthloop import features, scoring
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A home whose models are trained."""

    home: Home
    bank: MemoryBank
    records: tuple[scoring.ModelRecord, ...]
    features: pa.Table

    def record(self, model_id: str) -> scoring.ModelRecord:
        return next(record for record in self.records if record.model_id == model_id)


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture(scope="session")
def world() -> SmallWorld:
    return small_world()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, engine: DuckDBEngine, world: SmallWorld) -> Trained:
    home = Home.create(tmp_path_factory.mktemp("trained") / "home", salt="a-test-salt")
    bank = MemoryBank(world.rows, engine)
    records = scoring.train(bank, engine, home, as_of=AS_OF, seed=7)
    return Trained(home=home, bank=bank, records=records, features=features.build(bank, engine, as_of=AS_OF))
