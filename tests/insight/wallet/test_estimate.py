"""The wallet: whom it believes, how reports age, what calibrates it, and that nothing later leaks into it."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.features.leaks import bytes_of, leaks
from tests.features.small_bank import (
    AS_OF,
    PRODUCTS,
    MemoryBank,
    Row,
    Rows,
    customer,
    day,
    holding,
    seeded_rows,
    transaction,
)  # fmt: skip
from wealthloop import features
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.errors import InvalidInput
from wealthloop.insight.wallet.estimate import MOST_FEN, fen, fit_wallet, logged, wallets
from wealthloop.insight.wallet.health import wallet_health
from wealthloop.insight.wallet.reports import AUDIT, REPORT, TAG, VALID_DAYS
from wealthloop.insight.wallet.types import NO_BALANCE, SCHEMA, TOO_FEW, WalletModel

YUAN = 100
MANY = 300
_ENDS = ("off_bank_low_90", "off_bank_low_80", "off_bank", "off_bank_high_80", "off_bank_high_90")


def _tag(who: str, yuan: int, *, before: int = 0, source: str = AUDIT) -> Row:
    return {"customer_id": who, "tag": TAG, "value": str(yuan), "source": source, "licence": "own_customer",
            "consent_ref": f"personalisation/{who}", "as_of": day(before)}  # fmt: skip


def _agrees(who: str) -> Row:
    return {"customer_id": who, "purpose": "personalisation", "channel": "*", "state": "granted", "at_day": day(150)}


@cache
def _people() -> tuple[Rows, dict[str, int]]:
    """Return a bank whose customers keep about two thirds of their wealth elsewhere, and how many yuan each does."""
    draw = np.random.default_rng(8)
    ids = [f"C{number:03d}" for number in range(MANY)]
    here = np.exp(draw.normal(11, 1.2, MANY)).astype(int)
    elsewhere = (2 * here * np.exp(draw.normal(0, 0.6, MANY))).astype(int)
    salary = np.sqrt(here.astype(float)).astype(int) * 40 + draw.integers(0, 2_000, MANY)
    rows: Rows = {
        "customers": [customer(who, occupation=("职员", "教师")[n % 2], region="云港") for n, who in enumerate(ids)],
        "products": PRODUCTS,
        "holdings": [
            holding(who, day(before), "DEM", int(yuan) * YUAN)
            for who, yuan in zip(ids, here, strict=True)
            for before in (400, 200, 0)
        ],
        "transactions": [
            transaction(who, 9, "salary", int(yuan) * YUAN) for who, yuan in zip(ids, salary, strict=True)
        ],
        "consents": [_agrees(who) for who in ids],
    }
    return rows, dict(zip(ids, (here + elsewhere).tolist(), strict=True))


def _audits(many: int, *, before: int = 0) -> list[Row]:
    return [_tag(who, yuan, before=before) for who, yuan in list(_people()[1].items())[:many]]


def _fitted(engine: Engine, tags: list[Row], at: date = AS_OF) -> tuple[WalletModel, pa.Table]:
    bank = MemoryBank(engine, {**_people()[0], "external_tags": tags})
    seen = features.build(bank, engine, as_of=at)
    model = fit_wallet(bank, engine, seen, as_of=at, seed=3)
    return model, wallets(model, bank, engine, seen, as_of=at)


def _row(table: pa.Table, who: str) -> dict[str, Any]:
    return dict(next(row for row in table.to_pylist() if row["customer_id"] == who))


@pytest.fixture(scope="module")
def audited() -> tuple[WalletModel, pa.Table]:
    return _fitted(DuckDBEngine(threads=1), _audits(80))


def test_intervals_hold_their_point_and_the_wider_the_narrower(audited: tuple[WalletModel, pa.Table]) -> None:
    table = audited[1]
    assert table.schema == SCHEMA
    assert table.num_rows == MANY
    ends = np.column_stack([table[name].to_numpy() for name in _ENDS])
    assert (ends >= 0).all()
    assert (np.diff(ends, axis=1) >= 0).all()
    assert (table["wallet"].to_numpy() == table["on_bank"].to_numpy() + table["off_bank"].to_numpy()).all()
    assert table["no_interval_because"].null_count == MANY


def test_the_audit_brings_the_estimate_near_the_truth_where_peers_alone_do_not(
    engine: Engine, audited: tuple[WalletModel, pa.Table]
) -> None:
    truth = np.array(list(_people()[1].values()))[80:] * YUAN - audited[1]["on_bank"].to_numpy()[80:]
    alone = _fitted(engine, [])[1]
    errors = [
        np.median(np.abs(np.log((table["off_bank"].to_numpy()[80:] + 1e6) / (truth + 1e6))))
        for table in (audited[1], alone)
    ]
    assert errors[0] < 0.5 < errors[1]


def test_a_verified_wallet_takes_the_place_of_the_estimate(
    engine: Engine, audited: tuple[WalletModel, pa.Table]
) -> None:
    who, truth = "C200", 9_000_000
    before = _row(audited[1], who)
    after = _row(_fitted(engine, [*_audits(80), _tag(who, truth, source=REPORT)])[1], who)
    assert (before["basis"], before["verified_on"]) == ("model", None)
    assert (after["basis"], after["verified_on"]) == ("verified", AS_OF)
    assert after["wallet"] == truth * YUAN
    assert {after[name] for name in _ENDS} == {truth * YUAN - after["on_bank"]}


def test_a_reports_interval_opens_with_its_age_until_the_model_is_back(
    engine: Engine, audited: tuple[WalletModel, pa.Table]
) -> None:
    who, truth = "C200", 9_000_000
    model = _row(audited[1], who)
    rows = {
        before: _row(_fitted(engine, [*_audits(80), _tag(who, truth, source=REPORT, before=before)])[1], who)
        for before in (73, VALID_DAYS, VALID_DAYS + 1)
    }
    elsewhere = rows[73]["off_bank"]
    assert elsewhere - rows[73]["off_bank_low_90"] == pytest.approx(0.2 * (elsewhere - model["off_bank_low_90"]), abs=1)
    assert rows[VALID_DAYS]["off_bank_low_80"] == pytest.approx(model["off_bank_low_80"], abs=1)
    assert rows[VALID_DAYS + 1] == model


def test_reports_that_rms_chose_to_make_calibrate_nothing(
    engine: Engine, audited: tuple[WalletModel, pa.Table]
) -> None:
    chosen = [_tag(f"C{number}", 90_000_000, source=REPORT) for number in range(100, 250)]
    model, table = _fitted(engine, [*_audits(80), *chosen])
    assert model.bands == audited[0].bands
    assert model.middle == audited[0].middle
    assert bytes_of(table.slice(250)) == bytes_of(audited[1].slice(250))
    assert _row(table, "C100")["basis"] == "verified"


@pytest.mark.parametrize(("many", "basis", "known"), [(0, "peers", ()), (3, "peers", ()), (8, "model", ("80",))])
def test_too_few_audited_customers_give_no_interval_and_say_so(
    engine: Engine, many: int, basis: str, known: tuple[str, ...]
) -> None:
    row = _row(_fitted(engine, _audits(many))[1], "C200")
    assert (row["basis"], row["no_interval_because"]) == (basis, TOO_FEW)
    given = {name[-2:] for name in _ENDS if name != "off_bank" and row[name] is not None}
    assert given == set(known)
    assert row["off_bank"] is not None


def test_an_interval_without_end_ends_at_a_number() -> None:
    assert fen(np.array([-5.0, 1e6])).tolist() == [0.0, pytest.approx(MOST_FEN)]
    assert fen(logged(np.array([0.0, 12.0, 3e9]))) == pytest.approx(np.array([0.0, 12.0, 3e9]))


def test_the_same_input_gives_the_same_bytes(engine: Engine, audited: tuple[WalletModel, pa.Table]) -> None:
    assert bytes_of(_fitted(engine, _audits(80))[1]) == bytes_of(audited[1])


def test_a_model_of_an_earlier_day_takes_reports_of_later_days(engine: Engine) -> None:
    early = AS_OF - timedelta(days=1)
    bank = MemoryBank(engine, {**_people()[0], "external_tags": [*_audits(80, before=2), _tag("C200", 9_000_000)]})
    model = fit_wallet(bank, engine, features.build(bank, engine, as_of=early), as_of=early, seed=3)
    now = wallets(model, bank, engine, features.build(bank, engine, as_of=AS_OF), as_of=AS_OF)
    assert (_row(now, "C200")["basis"], _row(now, "C201")["basis"]) == ("verified", "model")


def test_without_balances_there_is_no_wallet(engine: Engine) -> None:
    bank = MemoryBank(engine, {"customers": [customer("C1")], "transactions": [transaction("C1", 1, "buy", -5)]})
    with pytest.raises(InvalidInput, match="balances == none"):
        fit_wallet(bank, engine, features.build(bank, engine, as_of=AS_OF), as_of=AS_OF, seed=3)


def test_who_has_no_known_balance_has_no_wallet(engine: Engine, audited: tuple[WalletModel, pa.Table]) -> None:
    bank = MemoryBank(engine, {**_people()[0], "external_tags": _audits(80)})
    seen = features.build(bank, engine, as_of=AS_OF)
    place = seen.schema.get_field_index("aum")
    blank = np.array(seen["aum"].to_numpy())
    blank[200] = np.nan
    row = _row(wallets(audited[0], bank, engine, seen.set_column(place, "aum", pa.array(blank)), as_of=AS_OF), "C200")
    assert (row["basis"], row["no_interval_because"]) == ("unknown", NO_BALANCE)
    assert {row[name] for name in ("on_bank", "wallet", *_ENDS)} == {None}


def test_health_is_the_coverage_of_who_was_left_out(audited: tuple[WalletModel, pa.Table]) -> None:
    health = wallet_health(audited[0])
    assert health.audited == 80
    assert health.coverage[0.8].n == health.coverage[0.9].n == 80
    share, interval = health.coverage[0.9].share, health.coverage[0.9].interval
    assert share is not None
    assert interval is not None
    assert interval[0] <= 0.9 <= interval[1]
    assert sum(one.n for one in health.by_tier[0.8].values()) == 80
    wild = replace(audited[0].sample, y=audited[0].sample.y + np.where(audited[0].sample.folds % 5 == 0, 9.0, 0.0))
    assert wallet_health(replace(audited[0], sample=wild)).coverage[0.8].held < health.coverage[0.8].held
    nine = replace(wild, here=wild.here[:9], x=wild.x[:9], y=wild.y[:9], folds=wild.folds[:9])
    few = wallet_health(replace(audited[0], sample=nine))
    assert set(few.coverage) == {0.8}


def _leaky_rows() -> Rows:
    rows = seeded_rows()
    ids = [row["customer_id"] for row in rows["customers"]]
    tags = [_tag(who, 1_000_000 + 10_000 * n, before=before) for n, who in enumerate(ids) for before in (-2, n)]
    return {**rows, "consents": [_agrees(who) for who in ids], "external_tags": tags}


def _made(bank: BankTables, engine: Engine) -> pa.Table:
    seen = features.build(bank, engine, as_of=AS_OF)
    return wallets(fit_wallet(bank, engine, seen, as_of=AS_OF, seed=1), bank, engine, seen, as_of=AS_OF)


def test_nothing_known_later_changes_a_byte(engine: Engine) -> None:
    assert leaks(_made, engine, _leaky_rows(), as_of=AS_OF) == []


@pytest.mark.parametrize("table", ["external_tags", "holdings", "consents"])
def test_what_is_known_by_the_day_does_change_it(engine: Engine, table: str) -> None:
    rows = _leaky_rows()
    fewer = {**rows, table: rows[table][len(rows[table]) // 2 :]}
    assert bytes_of(_made(MemoryBank(engine, fewer), engine)) != bytes_of(_made(MemoryBank(engine, rows), engine))
