"""Rows kept between builds: whatever is loaded and corrected, the bytes are those of a build anew."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.features.leaks import bytes_of
from wealthloop import features
from wealthloop.bank import COUNTERPARTIES, TRANSACTION_KINDS, BankTables, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.features import kept
from wealthloop.kit import Home

FIRST = date(2026, 3, 2)
ENGINE = DuckDBEngine()
PEOPLE = [f"C{number}" for number in range(9)]
Row = dict[str, Any]


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _write(path: Path, rows: list[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def _transaction(draw: np.random.Generator, number: int, on: date, **more: object) -> Row:
    at = f"{on}T{draw.integers(0, 24):02}:{draw.integers(0, 60):02}:00+08:00"
    return {
        "transaction_id": f"T{number}", "customer_id": str(draw.choice(PEOPLE)), "at": at,
        "kind": str(draw.choice(TRANSACTION_KINDS)), "amount": f"{draw.integers(-99_999, 99_999) / 100:.2f}",
        "product_id": str(draw.choice(["P1", "P2"])), "counterparty_kind": str(draw.choice(COUNTERPARTIES)),
        "known_at": "", **more,
    }  # fmt: skip


class Bank:
    """A home that is loaded day by day."""

    def __init__(self, root: Path) -> None:
        self.home = Home.create(root / "home")
        self._root, self._loads = root, 0
        people = [{"customer_id": one, "birth_date": "1990-01-01", "open_date": "2020-01-01"} for one in PEOPLE]
        products = [
            {"product_id": "P1", "name": "a", "category": "equity_fund", "regime": "investment"},
            {"product_id": "P2", "name": "b", "category": "time_deposit", "regime": "deposit"},
        ]
        held = [{"customer_id": "C0", "product_id": "P1", "as_of": str(FIRST), "balance": "5.00"}]
        began = [
            {"transaction_id": "T", "customer_id": "C0", "at": f"{FIRST}T09:00:00+08:00", "kind": "fee", "amount": "-1"}
        ]
        self._load(FIRST, customers=people, products=products, holdings=held, transactions=began)

    def load(self, on: date, transactions: list[Row], events: list[Row] = []) -> None:  # noqa: B006 - never changed
        tables = {"transactions": transactions, "app_events": events}
        self._load(on, **{name: rows for name, rows in tables.items() if rows})

    def built(self, on: date, *, again: bool = True) -> bytes:
        bank = BankTables(self.home, ENGINE)
        if again:
            return bytes_of(features.update(bank, ENGINE, self.home, as_of=on))
        return bytes_of(features.build(bank, ENGINE, as_of=on))

    def _load(self, on: date, **tables: list[Row]) -> None:
        self._loads += 1
        folder = self._root / f"in-{self._loads}"
        folder.mkdir()
        for name, rows in tables.items():
            _write(folder / f"{name}.csv", rows)
        ingest(self.home, folder, mapping=None, as_of=on, accept=True)


@pytest.mark.parametrize("seed", range(8))
def test_any_loads_and_corrections_give_the_bytes_of_a_build_anew(seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    bank, number, on = Bank(tmp_path), 0, FIRST
    for _ in range(5):
        on += timedelta(days=int(draw.integers(0, 3)) or 1)
        rows = []
        for _ in range(int(draw.integers(1, 30))):
            number += 1
            before = int(draw.integers(0, 3))
            late = f"{on}T23:00:00+08:00" if draw.random() < 0.2 else ""
            rows.append(_transaction(draw, number, on - timedelta(days=before), known_at=late))
        for wrong in draw.choice(number, size=min(number, int(draw.integers(0, 4))), replace=False).tolist():
            if all(row["transaction_id"] != f"T{wrong}" for row in rows):
                rows.append(_transaction(draw, wrong, on - timedelta(days=int(draw.integers(0, 9)))))
        bank.load(on, rows)
        for day in (on, on - timedelta(days=2), on + timedelta(days=30)):
            assert bank.built(day) == bank.built(day, again=False), (seed, day)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tell which builds could not use what is kept."""
    refused: list[str] = []
    plain = kept.CannotKeep.__init__

    def note(self: kept.CannotKeep, why: str) -> None:
        refused.append(why)
        plain(self, why)

    monkeypatch.setattr(kept.CannotKeep, "__init__", note)
    return refused


def test_days_and_corrections_are_added_to_what_is_kept_and_runs_are_merged(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST_RUNS", 3)
    draw, bank = np.random.default_rng(1), Bank(tmp_path)
    read: list[str] = []
    plain = BankTables.part_rows

    def note(self: BankTables, name: str, part: Any, columns: Any) -> Any:  # noqa: ANN401 - passed on
        read.append(part.file)
        return plain(self, name, part, columns)

    monkeypatch.setattr(BankTables, "part_rows", note)
    for day in range(1, 9):
        rows = [_transaction(draw, 100 * day + number, _day(day)) for number in range(20)]
        moved = [_transaction(draw, 100 * (day - 1) + 3, _day(day - 1))] if day > 1 else []
        bank.load(_day(day), rows + moved)
        assert bank.built(_day(day)) == bank.built(_day(day), again=False)
    assert told == []
    assert len(read) == len(set(read)) == 9, "each part is read once"
    runs = [path for path in (bank.home.features / "rows").iterdir() if path.is_dir()]
    assert 1 <= len(runs) <= 4


def test_a_correction_at_the_same_day_measures_its_customers_alone(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, bank, measured = np.random.default_rng(5), Bank(tmp_path), []
    plain = kept.Kept.rows_of

    def note(self: kept.Kept, numbers: Any) -> Any:  # noqa: ANN401 - passed on
        measured.extend(numbers.tolist())
        return plain(self, numbers)

    bank.load(_day(1), [_transaction(draw, number, _day(1), customer_id=PEOPLE[number % 9]) for number in range(40)])
    assert bank.built(_day(1)) == bank.built(_day(1), again=False)
    monkeypatch.setattr(kept.Kept, "rows_of", note)
    bank.load(_day(1), [_transaction(draw, 3, _day(0), customer_id="C8")])
    assert bank.built(_day(1)) == bank.built(_day(1), again=False)
    assert len(measured) == 2, "who had the row and who has it"
    measured.clear()
    assert bank.built(_day(1)) == bank.built(_day(1), again=False)
    assert measured == []
    assert told == []


def test_a_merge_drops_what_no_day_can_see_and_keeps_the_last_row_of_its_kind(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST_RUNS", 1)
    draw, bank = np.random.default_rng(2), Bank(tmp_path)
    old = [_transaction(draw, number, _day(number % 3), kind="buy", amount="-5.00") for number in range(60)]
    bank.load(_day(3), old)
    bank.built(_day(3))
    late = _day(900)
    bank.load(late, [_transaction(draw, 1_000, late, customer_id="C1")])
    assert bank.built(late) == bank.built(late, again=False)
    assert told == []
    held = kept.kept_rows(BankTables(bank.home, ENGINE), bank.home.features / "rows", as_of=late)
    assert 1 < sum(run.rows.day.size for run in held.runs) < 62
    assert bank.built(_day(5)) == bank.built(_day(5), again=False)
    assert told == ["the day lies before what is kept"]


def test_a_correction_that_only_the_whole_table_can_place_is_read_from_it(tmp_path: Path, told: list[str]) -> None:
    draw, bank = np.random.default_rng(3), Bank(tmp_path)
    bank.load(_day(1), [_transaction(draw, 1, _day(1), known_at=f"{_day(1)}T12:00:00+08:00")])
    bank.built(_day(1))
    bank.load(_day(1), [_transaction(draw, 1, _day(1), known_at=f"{_day(1)}T11:00:00+08:00")])
    assert bank.built(_day(1)) == bank.built(_day(1), again=False)
    assert told == ["a correction became known on the day of the row that it corrects, and not at its end"]


def test_another_bank_in_the_same_home_or_another_catalogue_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, bank = np.random.default_rng(4), Bank(tmp_path)
    bank.load(_day(1), [_transaction(draw, number, _day(1)) for number in range(9)])
    first = bank.built(_day(1))
    monkeypatch.setattr(kept, "_FORM", "another")
    assert bank.built(_day(1)) == first
