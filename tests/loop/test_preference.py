"""Whom each channel is for: what the weights change in a plan, and what they never do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.loop.makers import SALT, option, running
from wealthloop.allocation import Plan, Problem, solve
from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.loop import plan as module
from wealthloop.loop.capacity import SEATS, channel_resource, strategy_resource
from wealthloop.loop.options import Option
from wealthloop.loop.plan import NightPlan, plan_night
from wealthloop.loop.preference import FILE, load_preference, preference_counts, weight_of

ONE = running("idle-salary")
ROOM = {SEATS: 1, channel_resource("sms"): 1, strategy_resource(ONE.strategy_id): 9}


def contact(customer: str, channel: str, value: int, preference: float) -> Option:
    return replace(option(customer, ONE, channel, value), preference=preference)


def plan(*options: Option, room: dict[str, int] | None = None) -> NightPlan:
    return plan_night(options, ROOM if room is None else room, salt=SALT, members={}, weigh_preference=True)


def chosen(found: NightPlan) -> dict[str, str]:
    return {one.option.customer_id: one.option.possible.channel for one in found.planned}


def test_where_values_are_near_each_channel_goes_to_those_whom_it_is_for() -> None:
    of_the_many, of_the_middle = ("C1", 1000, 0.90), ("C2", 990, 1.0)
    options = [
        contact(who, channel, value, weight if channel == "remote_agent" else 1.0)
        for who, value, weight in (of_the_many, of_the_middle)
        for channel in ("remote_agent", "sms")
    ]
    assert chosen(plan(*options)) == {"C1": "sms", "C2": "remote_agent"}


def test_a_free_seat_is_not_wasted_and_an_urgent_lead_reaches_a_person() -> None:
    alone = [contact("C1", "remote_agent", 3, 0.01)]
    assert chosen(plan(*alone)) == {"C1": "remote_agent"}
    urgent = [contact("C1", "remote_agent", 2000, 0.9), contact("C2", "remote_agent", 1000, 1.0)]
    assert chosen(plan(*urgent)) == {"C1": "remote_agent"}


def test_what_brings_nothing_is_not_chosen_whatever_it_counts_for() -> None:
    assert chosen(plan(contact("C1", "remote_agent", 0, 1.0), contact("C2", "remote_agent", -500, 0.1))) == {}


def test_the_plan_says_its_worth_and_what_the_preference_cost() -> None:
    one_seat = {SEATS: 1, strategy_resource(ONE.strategy_id): 9}
    found = plan(contact("C1", "remote_agent", 1000, 0.9), contact("C2", "remote_agent", 950, 1.0), room=one_seat)
    assert chosen(found) == {"C2": "remote_agent"}
    assert (found.worth, found.objective, found.preference_cost) == (950, 950, 50)
    assert found.objective <= found.upper_bound
    without = plan(contact("C1", "remote_agent", 1000, 1.0), contact("C2", "remote_agent", 950, 1.0), room=one_seat)
    assert (without.worth, without.objective, without.preference_cost) == (1000, 1000, 0)


def test_what_the_preference_costs_is_solved_for_where_it_is_asked_and_changes_no_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solved: list[object] = []

    def counted(problem: Problem, **given: Any) -> Plan:  # noqa: ANN401 - as of solve
        solved.append(problem)
        return solve(problem, **given)

    monkeypatch.setattr(module, "solve", counted)
    one_seat = {SEATS: 1, strategy_resource(ONE.strategy_id): 9}
    options = (contact("C1", "remote_agent", 1000, 0.9), contact("C2", "remote_agent", 950, 1.0))
    asked = plan(*options, room=one_seat)
    with_it, solved[:] = len(solved), []
    found = plan_night(options, one_seat, salt=SALT, members={})
    assert (len(solved), with_it) == (2, 3)
    assert found == replace(asked, preference_cost=None)
    assert (preference_counts(asked.preference_cost), preference_counts(None)) == ({"preference_cost_fen": 50}, {})


def test_the_shipped_weights_send_value_to_managers_the_middle_to_seats_and_the_many_to_messages(
    tmp_path: Path,
) -> None:
    shipped = load_preference(Home.create(tmp_path / "home", salt=SALT))

    def first(tier: str, channels: tuple[str, ...] = ("rm", "remote_agent", "sms")) -> list[str]:
        weights = {channel: weight_of(shipped, tier, channel) for channel in channels}
        return [channel for channel in channels if weights[channel] == max(weights.values())]

    assert first("private") == first("wealth") == ["rm"]
    assert first("affluent") == ["remote_agent"]
    assert first("mass") == ["sms"]
    assert weight_of(shipped, None, "rm") == weight_of(shipped, "unknown", "sms") == 1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[mass]\nrm = 0.0", "mass.rm"),
        ("[mass]\nrm = 1.5", "mass.rm"),
        ("[rich]\nrm = 0.5", "rich"),
        ("[mass]\npost = 0.5", "mass.post"),
        ("[mass", FILE),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    home = Home.create(tmp_path / "home", salt=SALT)
    (home.root / FILE).write_text(text, "utf-8")
    with pytest.raises(DocumentError, match=says):
        load_preference(home)
