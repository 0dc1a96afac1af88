"""Every tag on hand-made histories."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from tests.features.leaks import leaks
from tests.features.small_bank import (
    AS_OF,
    MemoryBank,
    Row,
    customer,
    day,
    holding,
    login,
    noon,
    seeded_rows,
    transaction,
)
from wealthloop import features, insight
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.insight.facts.hours import local_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
YUAN = 100
RATED: list[Row] = [
    {"product_id": "DEM", "name": "d", "category": "demand", "regime": "deposit"},
    *(
        {"product_id": f"P{issuer}{seller}", "name": "p", "category": "bond_fund", "regime": "investment",
         "issuer_risk": f"R{issuer}", "seller_risk": f"R{seller}"}
        for issuer, seller in ((1, 1), (2, 2), (2, 4), (3, 3), (5, 5))
    ),
    {"product_id": "HALF", "name": "h", "category": "bond_fund", "regime": "investment", "issuer_risk": "R1"},
]  # fmt: skip


def _tags(bank: BankTables, engine: Engine, at: date = AS_OF) -> pa.Table:
    return insight.tag_table(bank, as_of=at, features=features.build(bank, engine, as_of=at), zone=SHANGHAI)


def _one(engine: Engine, *, who: Row | None = None, **rows: list[Row]) -> dict[str, Any]:
    found: dict[str, Any] = _tags(
        MemoryBank(engine, {"customers": [who or customer("C1")], **rows}), engine
    ).to_pylist()[0]
    return found


def _month(month: date, yuan: int) -> list[Row]:
    """Return a balance on every day of a month, up to AS_OF."""
    days = [month + timedelta(days=n) for n in range(31)]
    return [holding("C1", one, "DEM", yuan * YUAN) for one in days if one.month == month.month and one <= AS_OF]


def test_the_tier_names_the_month_since_which_it_holds_and_how_long_it_has_been_short(engine: Engine) -> None:
    months = {date(2026, 8, 1): 10, date(2026, 9, 1): 60_000, date(2026, 10, 1): 10, date(2026, 11, 1): 10}
    found = _one(engine, holdings=[row for month, yuan in months.items() for row in _month(month, yuan)])
    assert (found["tier"], found["tier.since"], found["tier.waiting"]) == ("affluent", date(2026, 10, 1), 1)
    assert found["tier.fact.average"] == 10 * YUAN


def test_the_first_month_at_hand_does_not_say_since_when(engine: Engine) -> None:
    found = _one(engine, holdings=_month(date(2026, 10, 1), 60_000) + _month(date(2026, 11, 1), 60_000))
    assert (found["tier"], found["tier.since"]) == ("affluent", None)


@pytest.mark.parametrize(
    ("last", "times", "yuan", "group"),
    [
        (30, 12, 10_000, "key_value"), (30, 11, 10_000, "key_develop"), (31, 12, 10_000, "key_keep"),
        (31, 11, 10_000, "key_retain"), (30, 12, 9_999, "value"), (30, 11, 9_999, "develop"), (31, 12, 9_999, "keep"),
        (31, 11, 9_999, "retain"),
    ],
)  # fmt: skip
def test_rfm_groups_are_by_recency_frequency_and_money(
    engine: Engine, last: int, times: int, yuan: int, group: str
) -> None:
    paid = [transaction("C1", last, "transfer_in", yuan * YUAN)]
    paid += [transaction("C1", 60, "card", -1, number=number) for number in range(times - 1)]
    assert _one(engine, transactions=paid)["rfm"] == group


def test_without_transactions_there_is_no_rfm_group(engine: Engine) -> None:
    assert _one(engine, app_events=[login("C1", 1)])["rfm"] == "unknown"


@pytest.mark.parametrize(
    ("level", "held", "appetite"),
    [
        ("C3", {"P33": 50, "P22": 45, "P55": 4}, "within"),
        ("C3", {"P33": 95, "P55": 5}, "above"),
        ("C3", {"P33": 90, "P24": 10}, "above"),
        ("C3", {"DEM": 91, "P22": 9}, "below"),
        ("C3", {"DEM": 90, "P22": 10}, "within"),
        ("C2", {"DEM": 100}, "within"),
        ("C3", {"HALF": 60, "P33": 40}, "unknown"),
        ("C3", {}, "unknown"),
        (None, {"P33": 100}, "unknown"),
    ],
)
def test_risk_appetite_compares_the_shares_by_the_higher_rating_with_the_level(
    engine: Engine, level: str | None, held: dict[str, int], appetite: str
) -> None:
    rows = [holding("C1", AS_OF, product, yuan) for product, yuan in held.items()] + [holding("C9", AS_OF, "DEM", 1)]
    assessed: list[Row] = [{"customer_id": "C1", "level": level, "assessed_at": day(30)}] if level else []
    found = _one(engine, holdings=rows, products=RATED, suitability=assessed)
    assert found["risk_appetite"] == appetite


def test_an_assessment_that_has_expired_says_nothing_of_the_appetite(engine: Engine) -> None:
    held = [holding("C1", AS_OF, "P33", 100)]
    for before, appetite in ((365, "within"), (366, "unknown")):
        assessed = [{"customer_id": "C1", "level": "C3", "assessed_at": day(before)}]
        assert _one(engine, holdings=held, products=RATED, suitability=assessed)["risk_appetite"] == appetite


def _contact(number: int, channel: str, outcome: str, before: int = 20) -> Row:
    return {"contact_id": f"K{number}", "customer_id": "C1", "at_day": day(before), "channel": channel,
            "outcome": outcome}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ([("rm", "reached"), ("remote_agent", "answered"), ("sms", "opened")], "person"),
        ([("wecom", "opened"), ("wechat", "replied")], "wecom"),
        ([("app_push", "opened"), ("app_push", "clicked"), ("rm", "not_reached")], "app"),
        ([("sms", "opened"), ("sms", "opened")], "sms"),
        ([("sms", "opened"), ("rm", "reached"), ("wecom", "opened")], "mixed"),
        ([("rm", "reached")], "unknown"),
        ([("rm", "not_reached"), ("rm", "not_reached")], "unknown"),
    ],
)
def test_the_channel_is_the_one_by_which_contacts_are_answered(
    engine: Engine, said: list[tuple[str, str]], channel: str
) -> None:
    rows = [_contact(number, where, outcome) for number, (where, outcome) in enumerate(said)]
    assert _one(engine, contacts=rows)["channel"] == channel


def test_answers_of_long_ago_do_not_count_and_use_does(engine: Engine) -> None:
    old = [_contact(number, "rm", "reached", before=180) for number in range(3)]
    visits = [transaction("C1", 9, "cash", -5, channel="counter", number=number) for number in range(2)]
    logins = [login("C1", before) for before in range(4)]
    assert _one(engine, contacts=old, transactions=visits)["channel"] == "branch"
    assert _one(engine, contacts=old, transactions=visits, app_events=logins)["channel"] == "app"
    assert _one(engine, contacts=old, app_events=logins[1:])["channel"] == "unknown"


def _logins(who: str, hour: int, many: int) -> list[Row]:
    """Return logins at an hour of Shanghai."""
    at = datetime.combine(day(3), time(hour)) - timedelta(hours=8)
    return [
        {**login(who, 3, number=number + 100 * hour), "at": at + timedelta(minutes=number)} for number in range(many)
    ]


def test_the_hour_is_the_own_one_or_with_few_events_that_of_the_age_band(engine: Engine) -> None:
    people = [
        customer("OLD", birth_date=date(1950, 1, 1)), customer("FEW", birth_date=date(1951, 1, 1)),
        customer("YOUNG", birth_date=date(2000, 1, 1)), customer("NONE", birth_date=date(2001, 1, 1)),
    ]  # fmt: skip
    events = [*_logins("OLD", 9, 40), *_logins("FEW", 14, 9), *_logins("YOUNG", 19, 10), *_logins("YOUNG", 23, 50)]
    bank = MemoryBank(engine, {"customers": people, "app_events": events})
    rows = {row["customer_id"]: row for row in _tags(bank, engine).to_pylist()}
    hours = {who: (row["contact_hour.fact.hour"], row["contact_hour"]) for who, row in rows.items()}
    assert hours == {
        "OLD": (9, "morning"), "FEW": (9, "morning"), "YOUNG": (19, "evening"), "NONE": (19, "evening"),
    }  # fmt: skip
    assert [rows[who]["contact_hour.fact.events"] for who in ("FEW", "YOUNG", "NONE")] == [9, 10, 0]
    moves = insight.DEFINITIONS["contact_hour"].transitions
    assert "age band" in moves[rows["FEW"]["contact_hour.by"]].why.en
    assert "age band" not in moves[rows["OLD"]["contact_hour.by"]].why.en


def test_hours_are_of_the_banks_zone_in_summer_and_in_winter() -> None:
    micros = np.array(["2026-01-15T12:30", "2026-07-15T12:30"], dtype="datetime64[us]").astype(np.int64)
    for zone, hours in (("Europe/London", [12, 13]), ("Asia/Kolkata", [18, 18]), ("Asia/Shanghai", [20, 20])):
        assert local_hours(micros, ZoneInfo(zone)).tolist() == hours


def test_customers_of_the_public_pool_have_an_owner_channel(engine: Engine) -> None:
    people = ("RM", "RICH", "WECOM", "APP", "NOBODY")
    held = [holding(who, AS_OF, "DEM", 60_000 * YUAN if who in ("RM", "RICH") else 1) for who in people]
    bound = {"channel": "wecom", "address_token": "x", "bound_at": noon(day(90))}
    rows: dict[str, list[Row]] = {
        "customers": [customer(who) for who in people],
        "holdings": held,
        "book_assignments": [{"customer_id": "RM", "rm_id": "RM1", "from": day(9), "to": None}],
        "channel_identities": [
            {"customer_id": "WECOM", **bound},
            {"customer_id": "APP", **bound, "unbound_at": noon(day(9))},
        ],
        "app_events": [login(who, 9) for who in ("APP", "WECOM")],
    }
    found = {row["customer_id"]: row["owner_channel"] for row in _tags(MemoryBank(engine, rows), engine).to_pylist()}
    assert found == {
        "RM": "rm", "RICH": "remote_agent", "WECOM": "wecom", "APP": "app", "NOBODY": "remote_agent",
    }  # fmt: skip
    del rows["book_assignments"]
    assert set(_tags(MemoryBank(engine, rows), engine)["owner_channel"].to_pylist()) == {"unknown"}


def test_the_profile_has_the_same_tier_lifecycle_and_life_stage(engine: Engine) -> None:
    bank = MemoryBank(engine, seeded_rows())
    known = features.build(bank, engine, as_of=AS_OF)
    profiles = insight.profiles(bank, engine, as_of=AS_OF, features=known)
    tags = insight.tag_table(bank, as_of=AS_OF, features=known, zone=SHANGHAI)
    for tag in ("tier", "lifecycle", "life_stage"):
        assert tags[tag].to_pylist() == profiles[tag].to_pylist()


def test_i15_nothing_known_after_the_day_changes_a_byte_of_the_tags(engine: Engine) -> None:
    assert leaks(_tags, engine, seeded_rows(customers=6), as_of=AS_OF) == []


def test_i15_a_planted_leak_of_the_tags_is_caught(engine: Engine) -> None:
    assert leaks(lambda bank, engine: _tags(bank, engine, day(-10)), engine, seeded_rows(customers=6), as_of=AS_OF)
