"""Building the features of a day."""

import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.features.leaks import bytes_of, leaks
from tests.features.small_bank import (
    AS_OF,
    PRODUCTS,
    MemoryBank,
    Row,
    customer,
    day,
    end_of,
    holding,
    seeded_rows,
    transaction,
)
from wealthloop import features
from wealthloop.bank import TABLES, BankTables, Kind, ingest
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.kit import Home

NAMES = [feature.name for feature in features.FEATURES]


def _one(engine: Engine, *, at: date = AS_OF, **rows: list[Row]) -> dict[str, float]:
    bank = MemoryBank(engine, {"customers": [customer("C1")], **rows})
    return features.build(bank, engine, as_of=at).to_pylist()[0]


def test_the_catalogue_has_over_two_hundred_features_each_with_both_languages_and_a_lineage_in_the_contract() -> None:
    assert len(NAMES) >= 200
    assert len(set(NAMES)) == len(NAMES)
    for feature in features.FEATURES:
        assert feature.zh
        assert feature.en
        for table, column in (place.split(".") for place in feature.lineage):
            assert TABLES[table].column(column)


def test_describe_names_a_feature_and_refuses_an_unknown_one() -> None:
    assert features.describe("buy_sum_30d").zh == "近 30 天购买金额"
    assert features.describe("buy_sum_30d").tables == ("transactions",)
    with pytest.raises(NotFound, match="feature == nothing"):
        features.describe("nothing")


def test_columns_follow_the_catalogue_and_rows_are_sorted_by_customer(engine: Engine) -> None:
    table = features.build(MemoryBank(engine, seeded_rows()), engine, as_of=AS_OF)
    assert table.column_names == ["customer_id", *NAMES]
    ids: list[Any] = table["customer_id"].to_pylist()
    assert ids == sorted(ids)


def test_what_the_bank_does_not_give_is_not_known_and_what_a_customer_lacks_is_none(engine: Engine) -> None:
    moved = [transaction("C2", 1, "buy", -100)]
    values = _one(engine, transactions=moved)
    assert values["buy_count_7d"] == 0
    assert math.isnan(values["days_since_buy"])
    unknown = ("login_count_7d", "contact_count_30d", "aum", "balance_demand", "has_rm", "consent_marketing")
    assert all(math.isnan(values[name]) for name in unknown)


def test_a_customer_whose_account_opens_later_is_not_there(engine: Engine) -> None:
    rows = {"customers": [customer("C1"), customer("C2", open_date=day(-1))]}
    table = features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)
    assert table["customer_id"].to_pylist() == ["C1"]


def test_age_changes_on_the_birthday_and_falls_back_to_the_year(engine: Engine) -> None:
    people = [
        customer("C1", birth_date=date(1990, 11, 20)),
        customer("C2", birth_date=date(1990, 11, 21)),
        customer("C3", birth_date=None, birth_year=1990),
        customer("C4", birth_date=None),
    ]
    ages = features.build(MemoryBank(engine, {"customers": people}), engine, as_of=AS_OF)["age"].to_numpy()
    assert ages[:3].tolist() == [36, 35, 36]
    assert math.isnan(ages[3])


def test_holdings_give_balances_by_group_concentration_and_what_matures(engine: Engine) -> None:
    held = [
        holding("C1", AS_OF, "DEM", 100),
        holding("C1", AS_OF, "CD", 500, position_id="1", maturity_date=day(-14)),
        holding("C1", AS_OF, "CD", 250, position_id="2", maturity_date=day(-15)),
        holding("C1", AS_OF, "EQ", 150),
        holding("C1", day(1), "DEM", 9_000),
    ]
    values = _one(engine, holdings=held, products=PRODUCTS)
    assert (values["balance_demand"], values["balance_deposit"], values["balance_fund"]) == (100, 750, 150)
    assert (values["aum"], values["concentration"], values["products"]) == (1_000, 0.75, 3)
    assert (values["maturing_14d"], values["maturing_30d"]) == (500, 750)


def test_the_average_is_over_the_days_at_hand_in_the_month_and_the_change_against_thirty_days_before(
    engine: Engine,
) -> None:
    held = [
        holding("C1", date(2026, 11, 2), "DEM", 900),
        holding("C1", date(2026, 11, 1), "DEM", 300),
        holding("C1", date(2026, 10, 31), "DEM", 77_777),
        holding("C1", date(2026, 10, 2), "DEM", 400),
    ]
    values = _one(engine, holdings=held, at=date(2026, 11, 2))
    assert (values["aum"], values["aum_average"], values["aum_change_30d"]) == (900, 600, -76_877 + 77_377)


def test_a_customer_who_sold_everything_holds_nothing_today(engine: Engine) -> None:
    held = [holding("C1", day(1), "DEM", 500), holding("C2", AS_OF, "DEM", 5)]
    values = _one(engine, holdings=held)
    assert values["aum"] == 0
    assert math.isnan(values["concentration"])


def test_the_newest_word_on_consent_and_suitability_counts(engine: Engine) -> None:
    consents = [
        {"customer_id": "C1", "purpose": "marketing", "channel": "*", "state": state, "at_day": day(before)}
        for before, state in ((50, "granted"), (5, "revoked"))
    ]
    levels = [{"customer_id": "C1", "level": level, "assessed_at": day(b)} for b, level in ((90, "C4"), (9, "C2"))]
    books = [{"customer_id": "C1", "rm_id": "RM1", "from": day(90), "to": day(0)}]
    values = _one(engine, consents=consents, suitability=levels, book_assignments=books)
    assert (values["consent_marketing"], values["consent_personalisation"]) == (0, 0)
    assert values["suitability_level"] == 2
    assert values["has_rm"] == 0


def test_i15_nothing_known_after_the_day_changes_a_byte_of_its_features(engine: Engine) -> None:
    assert (
        leaks(lambda bank, engine: features.build(bank, engine, as_of=AS_OF), engine, seeded_rows(), as_of=AS_OF) == []
    )


def test_i15_a_planted_leak_is_caught(engine: Engine) -> None:
    def leaking(bank: BankTables, engine: Engine) -> object:
        later = bank.scan("transactions")
        total = engine.to_arrow(later.aggregate(total=later["amount"].sum()), name="leak")
        return features.build(bank, engine, as_of=AS_OF).num_rows, total["total"][0].as_py()

    found = leaks(leaking, engine, seeded_rows(), as_of=AS_OF)
    assert found == ["deletes", "changes", "corrects", "adds"]


def test_a_table_that_begins_after_the_day_leaves_its_features_unknown(engine: Engine) -> None:
    later = [{"contact_id": "K1", "customer_id": "C1", "at_day": day(-1), "channel": "sms"}]
    assert math.isnan(_one(engine, contacts=later)["contact_count_30d"])


def test_i15_a_change_of_what_was_known_does_change_the_features(engine: Engine) -> None:
    rows = seeded_rows()
    before = features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)
    assert bytes_of(features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)) == bytes_of(before)
    known = next(row for row in rows["transactions"] if row["known_at"] < end_of(day(1)) and row["at_day"] > day(80))
    rows["transactions"].append({**known, "transaction_id": "more"})
    assert bytes_of(features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)) != bytes_of(before)


def test_i14_equal_rows_in_another_order_give_the_same_bytes(engine: Engine, tmp_path: Path) -> None:
    rows = seeded_rows()
    turned = {name: list(reversed(given)) for name, given in rows.items()}
    homes = [Home.create(tmp_path / name) for name in ("one", "two")]
    files = [
        features.save(home, AS_OF, features.build(MemoryBank(engine, given), engine, as_of=AS_OF))
        for home, given in zip(homes, (rows, turned), strict=True)
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert features.load(homes[0], AS_OF).num_rows == features.load(homes[1], AS_OF).num_rows > 0


def test_a_real_home_gives_the_same_bytes_as_its_rows_in_memory(engine: Engine, tmp_path: Path) -> None:
    rows = seeded_rows(customers=4)
    given = {name: MemoryBank(engine, rows).scan(name) for name in rows}
    source = tmp_path / "in"
    source.mkdir()
    for name, expr in given.items():
        table = engine.to_arrow(expr, name=name)
        instants = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
        for column in instants:
            zoned = pc.assume_timezone(table[column], "UTC")
            table = table.set_column(table.column_names.index(column), column, zoned)
        kept = [column.name for column in TABLES[name].columns if column.name in table.column_names]
        pq.write_table(_in_yuan(name, table.select(kept)), source / f"{name}.parquet")
    home = Home.create(tmp_path / "home")
    ingest(home, source, mapping=None, as_of=day(-40), accept=True)
    real = features.build(BankTables(home, engine), engine, as_of=AS_OF)
    assert bytes_of(real) == bytes_of(features.build(MemoryBank(engine, rows), engine, as_of=AS_OF))


def _in_yuan(name: str, table: pa.Table) -> pa.Table:
    for spec in TABLES[name].columns:
        if spec.kind is Kind.MONEY and spec.name in table.column_names:
            yuan = pc.divide(pc.cast(table[spec.name], pa.float64()), pa.scalar(100.0))
            table = table.set_column(table.column_names.index(spec.name), spec.name, yuan)
    return table


def test_a_day_without_features_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="wealthloop run --as-of 2026-11-20"):
        features.load(Home.create(tmp_path / "home"), AS_OF)
