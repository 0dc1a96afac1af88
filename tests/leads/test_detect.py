"""Each trigger, found and just not found."""

from datetime import date
from typing import Any

import pytest

from tests.features.leaks import leaks
from tests.features.small_bank import (
    AS_OF,
    PRODUCTS,
    MemoryBank,
    Row,
    Rows,
    customer,
    day,
    holding,
    login,
    seeded_rows,
    transaction,
)
from wealthloop import features, insight
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.leads.detect import Event, detect
from wealthloop.leads.triggers import TRIGGERS

YUAN = 100


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


def _all(bank: BankTables, engine: Engine, at: date = AS_OF) -> list[Event]:
    table = features.build(bank, engine, as_of=at)
    rows = insight.profiles(bank, engine, as_of=at, features=table)
    return detect(bank, engine, as_of=at, features=table, profiles=rows)


def _found(engine: Engine, trigger: str, *, at: date = AS_OF, **rows: list[Row]) -> list[Event]:
    everything: Rows = {"customers": [customer("C1")], "products": PRODUCTS, **rows}
    return [event for event in _all(MemoryBank(engine, everything), engine, at) if event.trigger == trigger]


def _held(yuan: int, product_id: str = "DEM", *, who: str = "C1", **more: Any) -> Row:  # noqa: ANN401 - any column
    return holding(who, AS_OF, product_id, yuan * YUAN, **more)


def _people(many: int) -> list[Row]:
    return [customer(f"C{number}") for number in range(many)]


def _who(events: list[Event]) -> list[int]:
    return sorted(int(event.customer_id[1:]) for event in events)


@pytest.mark.parametrize(
    ("trigger", "kind", "sign"), [("large_inflow", "transfer_in", 1), ("large_outflow", "transfer_out", -1)]
)
def test_a_large_flow_is_fifty_thousand_yuan_of_one_day_within_three(
    engine: Engine, trigger: str, kind: str, sign: int
) -> None:
    cases = [(0, 50_000), (2, 50_000), (3, 50_000), (0, 49_999)]
    moved = [
        transaction(f"C{number}", before, kind, sign * part * YUAN)
        for number, (before, yuan) in enumerate(cases)
        for part in (30_000, yuan - 30_000)
    ]
    events = _found(engine, trigger, customers=_people(4), transactions=moved)
    assert _who(events) == [0, 1]
    for event, (before, yuan) in zip(events, cases, strict=False):
        assert (event.occurred_on, event.key) == (day(before), day(before).isoformat())
        assert (event.evidence["amount_fen"], event.evidence["largest_fen"]) == (yuan * YUAN, 30_000 * YUAN)
        assert (event.expires_on - event.occurred_on).days == 7


def test_a_large_inflow_is_also_a_fifth_of_what_the_customer_has(engine: Engine) -> None:
    moved = [transaction(f"C{number}", 0, "transfer_in", 60_000 * YUAN) for number in (0, 1)]
    held = [_held(300_000, who="C0"), _held(300_001, who="C1")]
    events = _found(engine, "large_inflow", customers=_people(2), transactions=moved, holdings=held)
    assert _who(events) == [0]
    assert events[0].evidence["aum_average_fen"] == 300_000 * YUAN


def test_money_that_only_changes_its_form_is_no_inflow(engine: Engine) -> None:
    moved = [transaction("C1", 0, kind, 90_000 * YUAN) for kind in ("redeem", "maturity", "dividend")]
    assert _found(engine, "large_inflow", transactions=moved) == []


def test_a_deposit_matures_within_fourteen_days(engine: Engine) -> None:
    cases = [
        (14, 10_000, "CD"),
        (1, 10_000, "CD"),
        (15, 10_000, "CD"),
        (0, 10_000, "CD"),
        (5, 9_999, "CD"),
        (5, 90_000, "WM"),
    ]
    held = [
        _held(yuan, product, who=f"C{number}", position_id="7", maturity_date=day(-days))
        for number, (days, yuan, product) in enumerate(cases)
    ]
    events = _found(engine, "deposit_maturing", customers=_people(6), holdings=held)
    assert _who(events) == [0, 1]
    assert [(event.occurred_on, event.expires_on) for event in events] == [(day(0), day(-14)), (day(13), day(-1))]
    assert events[0].evidence == {
        "balance_fen": 10_000 * YUAN, "matures_on": day(-14).isoformat(), "product_id": "CD", "position_id": "7",
        "product_name": "三年定存", "category": "time_deposit", "auto_renew": "unknown",
    }  # fmt: skip


def test_each_position_that_matures_is_an_event_of_its_own(engine: Engine) -> None:
    held = [_held(20_000, "CD", position_id=name, maturity_date=day(-3)) for name in ("1", "2")]
    assert len({event.key for event in _found(engine, "deposit_maturing", holdings=held)}) == 2


def test_a_salary_lies_idle(engine: Engine) -> None:
    cases = [
        (3, 0, 20_001), (10, 0, 20_001), (5, 4_999, 20_001),
        (2, 0, 20_001), (11, 0, 20_001), (5, 5_000, 20_001), (5, 0, 20_000),
    ]  # fmt: skip
    moved, held = [], []
    for number, (before, spent, demand) in enumerate(cases):
        who = f"C{number}"
        moved += [
            transaction(who, before, "salary", 10_000 * YUAN),
            transaction(who, before + 1, "card", -90_000 * YUAN),
            transaction(who, 0, "card", -spent * YUAN),
        ]
        held.append(_held(demand, who=who))
    events = _found(engine, "salary_idle", customers=_people(7), transactions=moved, holdings=held)
    assert _who(events) == [0, 1, 2]
    assert events[2].evidence == {
        "salary_fen": 10_000 * YUAN, "arrived_on": day(5).isoformat(), "spent_since_fen": 4_999 * YUAN,
        "demand_fen": 20_001 * YUAN,
    }  # fmt: skip


def test_a_dormant_customer_logs_in(engine: Engine) -> None:
    cases = [(0, 60), (1, 61), (0, 1, 61), (0, 59), (2, 80), (0, 1, 2, 80), (0, 30, 100)]
    logins = [login(f"C{number}", before) for number, befores in enumerate(cases) for before in befores]
    events = _found(engine, "dormant_login", customers=_people(7), app_events=logins)
    assert _who(events) == [0, 1, 2]
    assert [event.evidence["previous_login_on"] for event in events] == [day(b).isoformat() for b in (60, 61, 61)]


def test_a_first_login_counts_from_the_opening_or_the_first_login_of_the_bank(engine: Engine) -> None:
    people = [customer(f"C{n}", open_date=day(opened)) for n, opened in enumerate((400, 60, 59, 400))]
    logins = [*(login(f"C{number}", 0) for number in range(3)), login("C3", 70)]
    events = _found(engine, "dormant_login", customers=people, app_events=logins)
    assert [(event.customer_id, event.evidence["quiet_days"]) for event in events] == [("C0", 70), ("C1", 60)]


def test_a_customer_is_near_the_next_tier(engine: Engine) -> None:
    cases = [45_000, 49_999, 44_999, 50_000]
    held = [_held(yuan, who=f"C{number}") for number, yuan in enumerate(cases)]
    held.append(holding("C0", date(2026, 10, 31), "DEM", 1))
    events = _found(engine, "near_tier", customers=_people(4), holdings=held)
    assert _who(events) == [0, 1]
    assert {event.key for event in events} == {"affluent/2026-11"}
    assert [event.evidence["short_of_fen"] for event in events] == [5_000 * YUAN, 1 * YUAN]


def test_the_same_event_found_on_the_next_night_has_the_same_key(engine: Engine) -> None:
    rows: Rows = {
        "transactions": [transaction("C1", 1, "transfer_in", 60_000 * YUAN), transaction("C1", 5, "salary", 100)],
        "app_events": [login("C1", 1), login("C1", 0), login("C1", 90)],
        "holdings": [
            holding("C1", when, product, balance * YUAN, maturity_date=end)
            for when in (day(1), AS_OF)
            for product, balance, end in (("DEM", 27_000, None), ("CD", 20_000, day(-5)))
        ],
    }
    bank = MemoryBank(engine, {"customers": [customer("C1")], "products": PRODUCTS, **rows})
    nights = [{(event.trigger, event.key) for event in _all(bank, engine, at)} for at in (day(1), AS_OF)]
    assert nights[0] == nights[1]
    assert len(nights[0]) == 5


def test_idle_money_is_found_once_in_thirty_days_on_a_day_of_the_customers_own(engine: Engine) -> None:
    held = [
        holding(f"C{n}", day(ago), "DEM", (49_999 if n == 39 else 50_000) * YUAN)
        for n in range(40)
        for ago in range(40)
    ]
    moved = [transaction("C1", 60, "cash", 1), transaction("C38", 3, "buy", -100)]
    rows: Rows = {"transactions": moved, "holdings": held, "products": PRODUCTS}
    bank = MemoryBank(engine, {"customers": _people(40), **rows})
    nights = [[one for one in _all(bank, engine, day(ago)) if one.trigger == "funds_idle"] for ago in range(30)]
    found = {(event.customer_id, event.key) for events in nights for event in events}
    assert {customer for customer, _ in found} == {f"C{n}" for n in range(39)}
    assert "C38" not in {event.customer_id for events in nights[:4] for event in events}
    assert all(len([key for customer, key in found if customer == f"C{n}"]) <= 2 for n in range(39))
    assert max(map(len, nights)) < 30
    event = nights[0][0]
    assert event.evidence == {"demand_fen": 50_000 * YUAN, "quiet_days": 30}
    assert event.occurred_on <= AS_OF < event.expires_on
    assert (event.expires_on - event.occurred_on).days == 14


def test_there_are_seven_triggers_each_with_its_own_name() -> None:
    names = [trigger.name for trigger in TRIGGERS]
    assert len(names) == len(set(names)) == 7


def test_i15_nothing_known_after_the_day_changes_an_event(engine: Engine) -> None:
    rows = seeded_rows(customers=6)
    assert _all(MemoryBank(engine, rows), engine)
    assert leaks(_all, engine, rows, as_of=AS_OF) == []


def test_i15_a_planted_leak_of_the_triggers_is_caught(engine: Engine) -> None:
    assert leaks(lambda bank, engine: _all(bank, engine, day(-10)), engine, seeded_rows(customers=6), as_of=AS_OF)


def test_i14_a_bank_of_required_tables_alone_gives_events_and_no_crash(engine: Engine) -> None:
    rows: Rows = {"customers": [customer("C1")], "transactions": [transaction("C1", 0, "cash", 50_000 * YUAN)]}
    assert [event.trigger for event in _all(MemoryBank(engine, rows), engine)] == ["large_inflow"]
