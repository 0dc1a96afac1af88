"""Rows that arrive in any order, twice or late, give the leads that the night finds."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.features.small_bank import AS_OF, Row, day, noon
from tests.leads.streamed import (
    FEATURES,
    PROFILES,
    ZONE,
    Given,
    bank_of,
    batch,
    distinct,
    in_pieces,
    made,
    stream,
)
from wealthloop.errors import InvalidInput
from wealthloop.leads import repository
from wealthloop.leads.stream import Stream


@some.composite
def rows(draw: some.DrawFn) -> list[Given]:
    return made(lambda choices: draw(some.sampled_from(choices)))


def seeded(many: int, *, seed: int = 3) -> list[Given]:
    random = Random(seed)
    return distinct([made(random.choice) for _ in range(many)])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=some.data(), drawn=some.lists(rows(), min_size=1, max_size=25))
def test_i15_any_order_duplicates_and_late_rows_give_the_leads_of_the_night(
    data: some.DataObject, drawn: list[list[Given]]
) -> None:
    arrived = distinct(drawn)
    again = data.draw(some.lists(some.sampled_from(arrived), max_size=5))
    order = data.draw(some.permutations([*arrived, *again]))
    running = stream()
    in_pieces(running, order, data.draw(some.lists(some.integers(1, 8), min_size=1, max_size=5)))
    assert running.events() == batch(arrived)


def test_hundreds_of_rows_make_the_same_leads_of_many_rules_in_ten_orders() -> None:
    arrived = seeded(400)
    expected = batch(arrived)
    assert len({event.trigger for event in expected}) >= 10
    for seed in range(10):
        order = [*arrived, *arrived[:50]]
        Random(seed).shuffle(order)
        running = stream()
        in_pieces(running, order, [100, 7, 200, 1])
        assert running.events() == expected


def test_a_stream_that_goes_on_day_by_day_holds_what_each_night_finds() -> None:
    arrived = seeded(300, seed=8)
    running = stream(day(6))
    running.take(arrived)
    for ago in (6, 4, 1, 0):
        running.advance(day(ago), features=FEATURES, profiles=PROFILES)
        assert running.events() == batch(arrived, as_of=day(ago))


def test_an_event_is_given_once_however_often_its_rows_arrive() -> None:
    arrived = seeded(200)
    running = stream()
    in_pieces(running, arrived, [20] * 5)
    assert running.take(arrived) == []
    assert running.advance(AS_OF, features=FEATURES, profiles=PROFILES) == []


def test_a_row_of_one_customer_leaves_the_others_alone() -> None:
    running = stream()
    arrived = running.take([("transactions", _transfer("T1", 0, who="C1"))])
    assert {event.customer_id for event in arrived} == {"C1"}


def _transfer(name: str, before: int, *, who: str = "C1", minute: int = 0) -> Row:
    at = noon(day(before)) + timedelta(minutes=minute)
    row = {"transaction_id": name, "customer_id": who, "at": at, "kind": "transfer_out", "amount": -9_000_000}
    return {**row, "counterparty_kind": "broker"}


def test_i15_a_cool_down_counts_from_the_event_that_was_first_not_from_the_row_that_came_first() -> None:
    late, early = ("transactions", _transfer("T1", 0)), ("transactions", _transfer("T2", 2))
    for order in ([late, early], [early, late]):
        running = stream()
        for row in order:
            running.take([row])
        fired = [event.key for event in running.events() if event.trigger == "outflow_to_broker"]
        assert fired == [day(2).isoformat()]


def test_what_a_correction_gives_to_another_customer_leaves_the_first() -> None:
    running = stream()
    running.take([("transactions", _transfer("T1", 1, who="C1"))])
    corrected = {**_transfer("T1", 1, who="C2"), "known_at": noon(AS_OF)}
    running.take([("transactions", corrected)])
    assert {event.customer_id for event in running.events() if event.trigger == "outflow_to_broker"} == {"C2"}


def test_a_stream_of_the_banks_tables_goes_on_where_the_night_ended() -> None:
    arrived = seeded(300, seed=5)
    running = Stream.of_bank(bank_of(arrived), as_of=AS_OF, zone=ZONE, features=FEATURES, profiles=PROFILES)
    assert running.events() == batch(arrived)
    fresh = ("transactions", _transfer("new", 0, who="C0", minute=9))
    running.take([fresh])
    assert running.events() == batch([*arrived, fresh])


@pytest.mark.parametrize(("table", "row"), [("weather", {}), ("transactions", {"customer_id": "C1"})])
def test_a_row_of_no_table_or_without_its_key_is_refused(table: str, row: Row) -> None:
    with pytest.raises(InvalidInput, match="must be"):
        stream().take([(table, row)])


@pytest.mark.django_db
def test_the_night_and_the_stream_record_one_lead_of_one_event() -> None:
    arrived = seeded(200)
    running = stream()
    found = [*in_pieces(running, arrived, [40, 40]), *running.events()]
    first = repository.record([event for event in found if event.occurred_on <= AS_OF], as_of=AS_OF)
    assert first.new
    assert repository.record(batch(arrived), as_of=AS_OF).new == 0
