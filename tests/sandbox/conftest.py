from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wealthloop.experiments import Arm
from wealthloop.sandbox import PastDecision, RunningStrategy, World

FIRST, LAST = date(2026, 7, 24), date(2026, 11, 20)
ARMS = (Arm(name="contact", share=0.8, control=False), Arm(name="control", share=0.2, control=True))


def strategy(
    strategy_id: str, *, triggers: tuple[str, ...], channel: str, product_id: str | None = "P017"
) -> RunningStrategy:
    return RunningStrategy(
        strategy_id=strategy_id,
        version=1,
        triggers=triggers,
        product_id=product_id,
        channel=channel,
        daily_capacity=12,
        arms=ARMS,
        launched_on=date(2026, 8, 23),
    )


RUNNING = (
    strategy("rollover", triggers=("deposit_maturing",), channel="rm", product_id="P018"),
    strategy("keep", triggers=("large_inflow",), channel="app_push"),
)


@dataclass(frozen=True)
class Bank:
    world: World
    folder: Path
    planned: list[PastDecision]

    def table(self, name: str) -> pa.Table:
        return pq.read_table(self.folder / f"{name}.parquet")


def made(
    folder: Path,
    *,
    seed: int = 7,
    customers: int = 600,
    running: Sequence[RunningStrategy] = RUNNING,
    first: date = FIRST,
) -> Bank:
    world = World(seed=seed, customers=customers, salt="a salt for tests")
    planned = world.history(first=first, last=LAST, running=running, out=folder)
    return Bank(world, folder, planned)


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return made(tmp_path_factory.mktemp("bank"))


def cells(table: pa.Table, column: str, *, known: bool = False) -> list[Any]:
    """Return a column's cells, without the nulls where ``known``."""
    chosen = table[column].drop_null() if known else table[column]
    return list(chosen.to_pylist())
