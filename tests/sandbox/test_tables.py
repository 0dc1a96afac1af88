from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.sandbox.conftest import FIRST, LAST, Bank, cells, made
from wealthloop.bank.contract import TABLES, Kind
from wealthloop.sandbox import World

_TYPES = {
    Kind.DAY: pa.date32(), Kind.INSTANT: pa.timestamp("us"), Kind.MONEY: pa.float64(), Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int64(), Kind.FLAG: pa.bool_(),
}  # fmt: skip
_ALWAYS = (
    "customers", "book_assignments", "channel_identities", "suitability", "consents", "products", "holdings",
    "transactions", "app_events", "contacts", "credit", "benefits", "staff", "branches", "market",
)  # fmt: skip


def test_every_table_that_the_loop_needs_is_there(bank: Bank) -> None:
    names = {path.stem for path in bank.folder.glob("*.parquet")}

    assert set(_ALWAYS) <= names <= set(TABLES)


@pytest.mark.parametrize("name", [*_ALWAYS, "complaints"])
def test_a_table_has_the_contracts_columns_types_and_codes(bank: Bank, name: str) -> None:
    spec, table = TABLES[name], bank.table(name)

    for column in spec.columns:
        if column.required:
            assert column.name in table.column_names, column.name
    for field in table.schema:
        column = spec.column(field.name)
        assert field.type == _TYPES.get(column.kind, pa.string()), field.name
        if not column.nullable:
            assert table[field.name].null_count == 0, field.name
        if column.codes:
            assert set(table[field.name].drop_null().unique().to_pylist()) <= set(column.codes), field.name


@pytest.mark.parametrize("name", [*_ALWAYS, "complaints"])
def test_no_key_stands_twice(bank: Bank, name: str) -> None:
    key = [column for column in TABLES[name].key if column in bank.table(name).column_names]
    table = bank.table(name).select(key)

    assert table.group_by(key).aggregate([]).num_rows == table.num_rows


def test_every_customer_product_and_person_that_is_named_exists(bank: Bank) -> None:
    customers = set(cells(bank.table("customers"), "customer_id"))
    products = set(cells(bank.table("products"), "product_id"))
    staff = set(cells(bank.table("staff"), "staff_id"))

    for name in ("holdings", "transactions", "app_events", "contacts", "consents", "suitability", "credit"):
        table = bank.table(name)
        assert set(table["customer_id"].unique().to_pylist()) <= customers, name
        if "product_id" in table.column_names:
            assert set(table["product_id"].drop_null().unique().to_pylist()) <= products, name
    assert set(cells(bank.table("book_assignments"), "rm_id")) <= staff


@pytest.mark.parametrize("customers", [3000, 5000])
def test_the_top_2_percent_hold_about_80_percent_of_aum(tmp_path: Path, customers: int) -> None:
    world = World(seed=7, customers=customers, salt="a salt for tests")
    world.history(first=FIRST, last=FIRST, running=(), out=tmp_path)

    balances = _aum(pq.read_table(tmp_path / "holdings.parquet"), FIRST)
    top = sorted(balances.values(), reverse=True)[: customers // 50]

    assert 0.78 <= sum(top) / sum(balances.values()) <= 0.82


def test_the_top_stays_the_top_to_the_last_day(bank: Bank) -> None:
    balances = _aum(bank.table("holdings"), LAST)
    top = sorted(balances.values(), reverse=True)[: len(balances) // 50]

    assert 0.70 <= sum(top) / sum(balances.values()) <= 0.86


def _aum(holdings: pa.Table, day: object) -> dict[str, float]:
    today = holdings.filter(pc.field("as_of") == day)
    summed = today.group_by("customer_id").aggregate([("balance", "sum")])
    return dict(zip(cells(summed, "customer_id"), cells(summed, "balance_sum"), strict=True))


def test_the_demand_balance_is_the_opening_plus_every_transaction(bank: Bank) -> None:
    holdings, moved = bank.table("holdings"), bank.table("transactions")
    demand = holdings.filter(pc.field("product_id") == "P001")
    opening = _fen(demand.filter(pc.field("as_of") == min(cells(demand, "as_of"))), "balance")
    closing = _fen(demand.filter(pc.field("as_of") == LAST), "balance")
    flows = _fen(moved, "amount")

    assert {c: opening[c] + flows.get(c, 0) for c in opening} == closing
    assert min(_fen(demand, "balance").values()) >= 0


def _fen(table: pa.Table, column: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for customer, amount in zip(cells(table, "customer_id"), cells(table, column), strict=True):
        assert amount == round(amount, 2)
        found[customer] = found.get(customer, 0) + round(amount * 100)
    return found


def test_a_bought_position_appears_with_its_cost_and_a_matured_one_disappears(bank: Bank) -> None:
    holdings, moved = bank.table("holdings"), bank.table("transactions")
    last = holdings.filter(pc.field("as_of") == LAST)
    held = dict(zip(cells(last, "position_id"), cells(last, "cost"), strict=True))
    bought = moved.filter(pc.field("kind") == "buy")
    gone = set(cells(moved.filter(pc.field("kind").isin(["maturity", "redeem"])), "position_id"))
    pairs = dict(zip(cells(bought, "position_id"), cells(bought, "amount"), strict=True))

    assert pairs
    assert all(held[position] == -amount for position, amount in pairs.items() if position not in gone)
    assert not gone & set(held)


def test_transactions_happen_on_played_days_and_salaries_on_working_days(bank: Bank) -> None:
    moved = bank.table("transactions")
    days = [at.date() for at in cells(moved, "at")]
    paid = cells(moved.filter(pc.field("kind") == "salary"), "at")

    assert (min(days), max(days)) == (FIRST, LAST)
    assert paid
    assert all(at.weekday() < 5 for at in paid)


def test_names_are_chinese_and_mobile_numbers_cannot_be_anybodys(bank: Bank) -> None:
    table = bank.table("customers")

    assert all(2 <= len(name) <= 3 for name in cells(table, "name"))
    assert all(m.startswith("100") and len(m) == 11 for m in cells(table, "mobile", known=True))


def test_books_hold_250_to_350_customers_and_the_others_are_the_public_pool(tmp_path: Path) -> None:
    World(seed=7, customers=3000, salt="a salt for tests").history(first=FIRST, last=FIRST, running=(), out=tmp_path)
    books = pq.read_table(tmp_path / "book_assignments.parquet")
    sizes = cells(books.group_by("rm_id").aggregate([("customer_id", "count")]), "customer_id_count")

    assert len(sizes) == 6
    assert all(250 <= size <= 350 for size in sizes)


def test_some_consents_are_denied_and_some_assessments_have_expired_or_are_missing(bank: Bank) -> None:
    consents, suitability = bank.table("consents"), bank.table("suitability")
    marketing = consents.filter((pc.field("purpose") == "marketing") & (pc.field("channel") == "*"))
    granted = cells(marketing, "state").count("granted") / marketing.num_rows

    assert 0.80 < granted < 0.90
    assert min(cells(suitability, "valid_until")) < LAST
    assert len(suitability["customer_id"].unique()) < 600


def test_the_same_seed_gives_the_same_files_byte_by_byte(bank: Bank, tmp_path: Path) -> None:
    again = made(tmp_path)
    bank_files = {path.name: path.read_bytes() for path in bank.folder.glob("*.parquet")}

    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")} == bank_files
    assert again.planned == bank.planned


def test_another_seed_gives_another_bank(bank: Bank, tmp_path: Path) -> None:
    other = made(tmp_path, seed=8, first=LAST)

    assert not other.table("transactions").equals(bank.table("transactions"))
