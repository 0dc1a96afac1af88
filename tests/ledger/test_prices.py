"""Prices stand beside the decisions of their run, in one order, and never say that a plan took more than there was."""

from pathlib import Path

import pyarrow as pa
import pytest

from wealthloop import ledger
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", salt="a-test-salt")


def prices(*rows: tuple[str, int, int, float]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(ledger.PRICES.names, row, strict=True)) for row in rows], ledger.PRICES)


def test_equal_prices_are_equal_bytes_in_whatever_order_they_come(home: Home) -> None:
    rows = (("volume:sms", 10, 10, 12.5), ("rm:S1", 3, 1, 0.0))
    for run_id, given in (("a", rows), ("b", rows[::-1])):
        ledger.write_prices(home, run_id, prices(*given))
    assert ledger.read_prices(home, "a").to_pylist() == prices(*rows[::-1]).to_pylist()
    assert (home.ledger / "a/prices.parquet").read_bytes() == (home.ledger / "b/prices.parquet").read_bytes()


def test_a_run_that_is_decided_anew_writes_anew_and_a_discarded_one_leaves_nothing(home: Home) -> None:
    for price in (1.0, 7.0):
        ledger.write_prices(home, "a", prices(("rm:S1", 3, 3, price)))
    assert ledger.read_prices(home, "a")["price"].to_pylist() == [7.0]
    ledger.discard(home, "a")
    with pytest.raises(NotFound, match="run a: no prices"):
        ledger.read_prices(home, "a")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((("rm:S1", 3, 1, 0.0), ("rm:S1", 3, 1, 0.0)), "twice"),
        ((("rm:S1", 3, 4, 0.0),), "rm:S1 used == 4, must not be above its capacity, 3"),
    ],
)
def test_a_resource_stands_once_and_is_not_taken_above_its_capacity(
    home: Home, rows: tuple[tuple[str, int, int, float], ...], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        ledger.write_prices(home, "a", prices(*rows))
