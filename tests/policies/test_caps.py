"""Caps hold in every rolling window, whatever the order of contacts."""

import itertools
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.build import NOW, action, facts
from wealthloop.policies.caps import counted
from wealthloop.policies.facts import CHINA
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import screen
from wealthloop.policies.types import Action, Cap, Contact

CHANNELS = ("rm", "remote_agent", "app_push", "sms", "wechat", "wecom")
GAPS = st.sampled_from([0, 1, 60 * 23, 60 * 24 - 1, 60 * 24, 60 * 24 * 3, 60 * 24 * 7 - 1, 60 * 24 * 7, 60 * 24 * 16])


def message(channel: str) -> Action:
    """A commercial contact that nothing but frequency can stop, at any time."""
    return action(channel=channel, product=None, not_after=date(2099, 1, 1))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHANNELS), GAPS), max_size=25))
def test_i5_no_rolling_window_ever_holds_more_than_its_cap(asked: list[tuple[str, int]]) -> None:
    at, made = NOW, list[Contact]()
    for number, (channel, gap) in enumerate(asked):
        at += timedelta(minutes=gap)
        verdict = screen(facts(contacts=tuple(made)), message(channel), now=at, pack=load_pack())
        if verdict.allowed:
            made.append(Contact(contact_id=str(number), channel=channel, at=at))
    assert made or not asked
    for cap in load_pack().caps():
        for first in made:
            ends = first.at + timedelta(days=cap.days)
            inside = [one for one in made if cap.covers(one.channel) and first.at <= one.at < ends]
            assert len(inside) <= cap.count, cap


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-40, 40), max_size=12))
def test_i5_a_clock_that_steps_back_lets_nothing_more_through(days: list[int]) -> None:
    made = list[Contact]()
    for number, day in enumerate(days):
        at = NOW + timedelta(days=day)
        if screen(facts(contacts=tuple(made)), message("rm"), now=at, pack=load_pack()).allowed:
            made.append(Contact(contact_id=str(number), channel="rm", at=at))
    instants = sorted(one.at for one in made)
    assert all(later - earlier >= timedelta(days=30) for earlier, later in itertools.pairwise(instants))


def test_a_contact_exactly_one_window_old_no_longer_counts_and_a_second_younger_does() -> None:
    cap = Cap(channels=frozenset({"sms"}), count=1, days=7)
    old = Contact(contact_id="a", channel="sms", at=NOW - timedelta(days=7))
    young = Contact(contact_id="b", channel="sms", at=NOW - timedelta(days=7) + timedelta(seconds=1))
    assert (counted([old], cap, NOW, CHINA), counted([young], cap, NOW, CHINA)) == (0, 1)


def test_the_banks_caps_are_those_of_the_policy() -> None:
    assert {(tuple(sorted(cap.channels)), cap.count, cap.days) for cap in load_pack().caps()} == {
        (("sms",), 1, 7),
        (("app_push",), 3, 7),
        (("ai_call", "remote_agent", "rm"), 1, 30),
        (("wecom",), 1, 1),
        (("*",), 4, 30),
    }
