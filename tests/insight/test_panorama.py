"""The panorama of one customer."""

from datetime import UTC
from pathlib import Path

import pytest

from tests.features.small_bank import AS_OF, PRODUCTS, MemoryBank, customer, day, holding, login, noon, transaction
from wealthloop import features, insight
from wealthloop.bank import TABLES
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.insight import Panorama
from wealthloop.kit import Home

ROWS = {
    "customers": [customer("C1", marital_status="married", birth_date=day(365 * 36)), customer("C2")],
    "products": PRODUCTS,
    "holdings": [
        holding("C1", day(1), "DEM", 100),
        holding("C1", AS_OF, "DEM", 300),
        holding("C1", AS_OF, "CD", 900_000_00, position_id="7", maturity_date=day(-8), rate=0.02),
        holding("C2", AS_OF, "DEM", 5),
    ],
    "transactions": [
        transaction("C1", 3, "transfer_in", 900_000_00, counterparty_kind="broker"),
        transaction("C1", 2, "card", -9_999_99),
        transaction("C2", 1, "buy", -20_000_00, product_id="EQ"),
    ],
    "app_events": [login("C1", 1), login("C1", 1, number=1), login("C1", -1, number=2)],
    "contacts": [
        {"contact_id": "K1", "customer_id": "C1", "at_day": day(5), "channel": "sms", "outcome": "delivered"},
        {"contact_id": "K2", "customer_id": "C1", "at_day": day(2), "channel": "rm"},
    ],
}


def _look(engine: Engine, customer_id: str) -> Panorama:
    return insight.panorama(MemoryBank(engine, ROWS), engine, customer_id, as_of=AS_OF)


def test_a_customer_is_shown_whole(engine: Engine) -> None:
    seen = _look(engine, "C1")
    assert seen.days == (day(1), AS_OF)
    assert [(one.category, one.balances) for one in seen.aum] == [
        ("time_deposit", (0, 900_000_00)),
        ("demand", (100, 300)),
    ]
    assert [(line.product_id, line.balance, line.maturity_date) for line in seen.holdings] == [
        ("CD", 900_000_00, day(-8)),
        ("DEM", 300, None),
    ]
    assert [(one.day, one.source, one.kind, one.times, one.amount) for one in seen.happenings] == [
        (day(1), "app", "login", 2, None),
        (day(3), "transaction", "transfer_in", 1, 900_000_00),
    ]
    assert [one.channel for one in seen.contacts] == ["rm", "sms"]


def test_every_tag_says_why(engine: Engine) -> None:
    tags = {tag.kind: tag for tag in _look(engine, "C1").tags}
    assert list(tags) == list(insight.DEFINITIONS)
    assert tags["life_stage"].value == "young_children"
    assert "45.0 万" in tags["tier"].why.zh
    assert "450 k" in tags["tier"].why.en


def test_what_the_bank_did_not_give_is_named_with_the_reason(engine: Engine) -> None:
    missing = {one.what: one.why for one in _look(engine, "C1").missing}
    assert {"suitability", "consents", "credit", "plans", "complaints", "book_assignments"} <= set(missing)
    assert "consents" in missing["consents"].en


def test_what_a_night_kept_gives_the_same_panorama_as_what_is_made_anew(engine: Engine, tmp_path: Path) -> None:
    bank, home = MemoryBank(engine, ROWS), Home.create(tmp_path / "home")
    table = features.build(bank, engine, as_of=AS_OF)
    features.save(home, AS_OF, table)
    insight.save(home, AS_OF, insight.profiles(bank, engine, as_of=AS_OF, features=table))
    insight.save_tags(home, AS_OF, insight.tag_table(bank, as_of=AS_OF, features=table, zone=home.zone))
    assert insight.panorama(bank, engine, "C1", as_of=AS_OF, home=home) == _look(engine, "C1")


def test_with_the_profile_alone_the_panorama_is_short_but_names_its_tags(engine: Engine) -> None:
    bank = MemoryBank(engine, ROWS)
    table = insight.profiles(bank, engine, as_of=AS_OF, features=features.build(bank, engine, as_of=AS_OF))
    seen = insight.panorama(bank, engine, "C1", as_of=AS_OF, table=table)
    assert [tag.kind for tag in seen.tags] == ["tier", "lifecycle", "life_stage"]
    assert (seen.explained, seen.features, seen.scores) == ((), (), ())
    assert seen.holdings == _look(engine, "C1").holdings


def test_an_unknown_customer_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound, match="customer_id == C9"):
        _look(engine, "C9")


def test_every_value_says_from_which_columns_and_of_which_day_it_is(engine: Engine) -> None:
    seen = _look(engine, "C1")
    values = [*seen.profile_sources, *seen.features, *(fact for one in seen.explained for fact in one.facts)]
    for one in values:
        assert one.sources or one.name == "next_tier_floor"
        assert one.made_by
        for column in one.sources:
            table, name = column.split(".")
            assert TABLES[table].column(name)
    assert [one.name for one in seen.profile_sources] == [
        name for name in insight.SCHEMA.names if name != "customer_id"
    ]
    assert {one.name for one in seen.features} == {feature.name for feature in features.FEATURES}
    profile = {one.name: one for one in seen.profile_sources}
    assert (profile["aum"].value, profile["aum"].unit, profile["aum"].as_of) == (900_000_00 + 300, "fen", AS_OF)
    assert profile["overdraft_room"].value is None
    assert profile["tier"].made_by.startswith("tag tier v1 ")


def test_balances_are_as_of_the_day_of_the_holdings_and_all_else_as_of_the_day(engine: Engine) -> None:
    rows = {**ROWS, "holdings": [row for row in ROWS["holdings"] if row["as_of"] == day(1)]}
    seen = insight.panorama(MemoryBank(engine, rows), engine, "C1", as_of=AS_OF)
    profile = {one.name: one.as_of for one in seen.profile_sources}
    assert (profile["aum"], profile["age"]) == (day(1), AS_OF)


def test_what_a_mapping_assumed_is_marked_wherever_it_is_used(engine: Engine) -> None:
    bank = MemoryBank(engine, ROWS, imputed={"holdings": ("balance",), "contacts": ("channel",)})
    seen = insight.panorama(bank, engine, "C1", as_of=AS_OF)
    marked = {one.name: one.assumed for one in (*seen.profile_sources, *seen.features)}
    assert marked["aum_average"] == ("holdings.balance",)
    assert marked["age"] == ()
    lists = {one.table: one for one in seen.lists}
    assert lists["contacts"].assumed == ("contacts.channel",)
    assert "aum_average" in {gap.what for gap in seen.missing}


def test_lists_say_how_many_rows_and_when_the_newest_was_learned(engine: Engine) -> None:
    late = {**ROWS, "contacts": [{**row, "known_at": noon(day(1))} for row in ROWS["contacts"]]}
    seen = insight.panorama(MemoryBank(engine, late), engine, "C1", as_of=AS_OF)
    contacts = {one.table: one for one in seen.lists}["contacts"]
    assert (contacts.rows, contacts.first_day, contacts.last_day) == (2, day(5), day(2))
    assert contacts.newest_known == noon(day(1)).replace(tzinfo=UTC)
    assert "complaints" not in {one.table for one in seen.lists}


def test_tags_are_explained_with_facts_thresholds_and_the_transitions_before(engine: Engine, tmp_path: Path) -> None:
    bank, home = MemoryBank(engine, ROWS), Home.create(tmp_path / "home")
    for at in (day(4), AS_OF):
        known = features.build(bank, engine, as_of=at)
        insight.save_tags(home, at, insight.tag_table(bank, as_of=at, features=known, zone=home.zone))
    told = {one.tag: one for one in insight.explain_tags(bank, engine, "C1", as_of=AS_OF, home=home)}
    check = told["tier"].checks[0]
    assert (check.fact, check.operator, check.threshold_name, check.holds) == (
        "average",
        "at_least",
        "affluent_floor",
        True,
    )
    assert check.threshold == 50_000_00
    assert (told["life_stage"].checks[0].value, told["life_stage"].checks[0].holds) == ("married", True)
    moved = told["tier"].moves[0]
    assert (moved.before, moved.after, moved.on, moved.redefined) == ("unknown", "affluent", AS_OF, False)
    assert "450 k" in moved.why.en
    assert told["life_stage"].moves == ()
