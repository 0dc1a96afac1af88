"""The masks of policies that plan in arrays, against the rules themselves."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trials.conftest import tables_of
from wealthloop.bank import CHANNELS
from wealthloop.kit import opening
from wealthloop.policies.caps import CapParameters, counted
from wealthloop.policies.facts import CHINA, load_facts, load_products
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import screen
from wealthloop.policies.types import Action, Approval, Contact
from wealthloop.sandbox import World
from wealthloop.strategies.valuebook import parse_value_book
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.jobs import year_book
from wealthloop.trials.lawful import FUNDS, USED, Lawful, shelf_of
from wealthloop.trials.morning import Morning, actions_of, products_on, room_of
from wealthloop.trials.watch import Watch

PACK = load_pack()


def morning_of(world: World) -> Morning:
    shelf = shelf_of(world.spec)
    book = parse_value_book(year_book(world.spec).encode(), name="book")
    day = number_of(Calendar(measured=30).days[0])
    return Morning(
        day=day, seen=world.seen(), shelf=shelf, lawful=Lawful(world.size, shelf), room=room_of(world, book),
        drawn=np.linspace(0, 1, world.size),
    )  # fmt: skip


def offer(channel: str, product: object) -> Action:
    return Action(
        strategy_id="trial", channel=channel, product=product, personalised=True, commercial=True,  # type: ignore[arg-type]
        not_after=Calendar(measured=30).days[-1], running=True,
        approval=Approval(author="a", approved_by="b", content_hash="h", approved_hash="h"),
        approved_categories=frozenset(FUNDS), closing="appointment", uses_credit=False, gift_on=frozenset(),
    )  # fmt: skip


@pytest.mark.django_db
def test_the_masks_say_what_the_rules_say_of_every_customer_channel_and_fund(past: tuple[World, Watch]) -> None:
    world, watch = past
    bank, engine = tables_of(watch)
    morning = morning_of(world)
    as_of = Calendar(measured=30).past_ends
    now = opening(as_of + timedelta(days=1), watch.home.zone, at=time(9, 30))
    chosen = world.customer_ids[::3]
    facts = load_facts(bank, engine, chosen, as_of=as_of, now=now, told={}, zone=watch.home.zone)
    products = load_products(bank, engine, as_of=as_of)
    may = morning.lawful.channels(morning.seen, morning.day, personal=True)
    allowed = refused = 0
    for channel in USED:
        suits = products_on(morning, may, CHANNELS.index(channel))
        for place, index in enumerate(morning.shelf.product.tolist()):
            product = products[world.product_ids[index]]
            for customer in chosen:
                who = world.customer_ids.index(customer)
                funded = morning.seen.demand[who] + morning.seen.maturing_30d[who] >= morning.shelf.minimum[place]
                verdict = screen(facts[customer], offer(channel, product), now=now, pack=PACK)
                reachable = morning.seen.bound[who, CHANNELS.index(channel)]
                expected = verdict.allowed and funded and reachable
                assert suits[who, place] == expected, (customer, channel, product, verdict.blocking)
                allowed += int(suits[who, place])
                refused += int(not suits[who, place])
    assert allowed > 200
    assert refused > 200


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(range(len(CHANNELS)))), max_size=25), st.integers(0, 95))
def test_caps_count_as_the_rules_count(contacts: list[tuple[int, int]], today: int) -> None:
    lawful = Lawful(1, shelf_of(World(seed=1, customers=100, salt="12345678").spec))
    begin = datetime(2026, 1, 1, 1, 30, tzinfo=UTC)
    made: list[Contact] = []
    for number, (day, channel) in enumerate(sorted(contacts)):
        if day <= today:
            one = np.array([channel])
            lawful.note(actions_of(np.array([0]), one, one, np.zeros(1), name="x"), 1000 + day)
            made.append(Contact(contact_id=str(number), channel=CHANNELS[channel], at=begin + timedelta(days=day)))
    may = np.ones((1, len(CHANNELS)), dtype=np.bool_)
    for window in lawful._windows:
        window.restrict(may, 1000 + today)
    now = begin + timedelta(days=today)
    caps = [rule.parameters.cap() for rule in PACK.rules if isinstance(rule.parameters, CapParameters)]
    for index, name in enumerate(CHANNELS):
        full = any(cap.covers(name) and counted(made, cap, now, CHINA) >= cap.count for cap in caps)
        assert may[0, index] == (not full), name
