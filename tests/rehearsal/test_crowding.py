"""What a document takes from others, desk by desk and strategy by strategy, against plans made by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.features.small_bank import MemoryBank
from tests.ledger.rows import decisions
from tests.loop.makers import home_in, night_of, option, running, stand_in
from wealthloop import ledger
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm
from wealthloop.loop.limits import Limits
from wealthloop.loop.options import Option
from wealthloop.loop.plan import NightPlan, Planned
from wealthloop.rehearsal.candidate import Candidate
from wealthloop.rehearsal.crowding import loads, overlaps
from wealthloop.rehearsal.dryrun import Options, Rehearsed, dry_run, rehearse
from wealthloop.rehearsal.types import Load
from wealthloop.strategies.parts import Stop

MINE, OTHER, THIRD = running("maturity-care"), running("idle-salary"), running("stay-close")
CANDIDATE = Candidate(mine=MINE, others=(OTHER, THIRD), replaces=None)


def planned(one: Option, *, control: bool = False, held_by: str | None = None) -> Planned:
    arm = Arm(name="control" if control else "contact", share=0.5, control=control)
    return Planned(option=one, arm=arm, price=0, refill=False, held_by=held_by)


def plan(*chosen: Planned) -> NightPlan:
    return NightPlan(planned=chosen, objective=0, upper_bound=0, worth=0, preference_cost=None, prices={})


def rehearsed(
    with_it: Sequence[Planned], without_it: Sequence[Planned], *, may: Sequence[Option] = (),
    capacity: Mapping[str, int] | None = None,
) -> Rehearsed:  # fmt: skip
    options = Options(with_it=tuple(may), without_it=tuple(one for one in may if one.strategy != MINE))
    return Rehearsed(
        candidate=CANDIDATE, options=options, nights=7, capacity=capacity or {},
        with_it=plan(*with_it), without_it=plan(*without_it),
    )  # fmt: skip


def test_what_is_shared_with_each_strategy_is_counted_by_customers_and_by_contacts() -> None:
    found = rehearsed(
        [
            planned(option("A", MINE, "rm", 9)),
            planned(option("D", OTHER, "rm", 5)),
            planned(option("E", THIRD, "sms", 1)),
        ],
        [planned(option(name, OTHER, "rm", 5)) for name in ("A", "B", "D")],
    )
    audiences = {"idle-salary": frozenset("ABX"), "stay-close": frozenset("ABCDE")}
    third, other = overlaps(found, frozenset("ABCD"), audiences)
    assert (third.strategy_id, third.customers, third.share, third.share_of_theirs) == ("stay-close", 4, 1.0, 0.8)
    assert (third.contacts, third.displaced, third.same_customers) == (0, -1, 0)
    assert (other.strategy_id, other.customers, other.share, other.share_of_theirs) == ("idle-salary", 2, 0.5, 2 / 3)
    assert (other.contacts, other.displaced, other.same_customers) == (3, 2, 1)


def test_nobody_is_shared_where_an_audience_is_empty() -> None:
    nobody: Mapping[str, frozenset[str]] = {"idle-salary": frozenset(), "stay-close": frozenset("A")}
    for audience in (frozenset[str](), frozenset("B")):
        assert {
            (one.customers, one.share, one.share_of_theirs) for one in overlaps(rehearsed([], []), audience, nobody)
        } == {(0, 0.0, 0.0)}


def test_what_gives_way_is_what_the_others_lose_and_not_what_they_gain() -> None:
    found = rehearsed(
        [
            planned(option("A", MINE, "rm", 9)),
            planned(option("E", THIRD, "rm", 4)),
            planned(option("F", THIRD, "rm", 4)),
        ],
        [planned(option(name, OTHER, "rm", 5)) for name in ("A", "B")] + [planned(option("E", THIRD, "rm", 4))],
        may=[
            option("A", MINE, "rm", 9),
            option("A", MINE, "sms", 3),
            option("B", MINE, "sms", 3),
            option("B", OTHER, "rm", 5),
        ],
    )
    run = dry_run(found, stand_in(SimpleNamespace(as_of=None)))
    assert (run.displaced, run.nights, run.leads, run.planned) == (2, 7, 2, 1)
    assert (run.value, run.value_with, run.value_without) == (9, 17, 14)
    assert run.added_value == 3


def test_only_what_is_sent_has_a_value_and_each_channel_says_what_is_withheld() -> None:
    mine = [
        planned(option("A", MINE, "rm", 9)), planned(option("B", MINE, "rm", 8), control=True),
        planned(option("C", MINE, "rm", 7), held_by="universal/2026Q4"),
    ]  # fmt: skip
    run = dry_run(rehearsed(mine, []), stand_in(SimpleNamespace(as_of=None)))
    first = run.channels[0]
    assert (first.channel, first.planned, first.sent, first.withheld) == ("rm", 3, 1, 2)
    assert (run.value, run.value_with) == (24, 9)
    assert {one.planned for one in run.channels[1:]} == {0}


def by_name(found: Sequence[Load]) -> dict[str, tuple[int, int, int, int, int]]:
    return {f"{one.kind}:{one.who}": (one.wanted, one.ours, one.sent, one.capacity, one.over) for one in found}


def test_a_desk_is_asked_for_the_best_contact_of_each_customer_of_every_strategy() -> None:
    may = [
        option("A", MINE, "rm", 9), option("A", MINE, "sms", 3), option("B", OTHER, "rm", 5),
        option("B", MINE, "rm", 4), option("C", MINE, "rm", 0), option("D", MINE, "sms", 2),
        option("D", OTHER, "rm", 1), option("E", MINE, "sms", 2), option("E", MINE, "rm", 6),
    ]  # fmt: skip
    chosen = [planned(may[0]), planned(may[2], control=True)]
    room = {"rm:S1": 1, "volume:sms": 5, "strategy:maturity-care": 50}
    found = loads(rehearsed(chosen, [], may=may, capacity=room))
    assert by_name(found) == {
        "rm:S1": (3, 2, 1, 1, 2),
        "strategy:idle-salary": (1, 0, 0, 0, 1),
        "strategy:maturity-care": (3, 3, 1, 50, 0),
        "volume:sms": (1, 1, 0, 5, 0),
    }
    assert [one.over for one in found] == sorted((one.over for one in found), reverse=True)


def test_what_catalogues_hold_and_branches_limits_are_told_and_households_are_not() -> None:
    one = option("A", MINE, "sms", 9)
    taking = replace(one, possible=replace(one.possible, takes=("stock:B003", "branch:B1", "household:H1")))
    found = loads(rehearsed([planned(taking)], [], may=[taking], capacity={"branch:B1": 0, "stock:B003": 5}))
    assert {(load.kind, load.who): load.over for load in found if load.kind in {"stock", "branch", "household"}} == {
        ("stock", "B003"): 0, ("branch", "B1"): 1,
    }  # fmt: skip


def test_a_strategys_own_budget_is_a_resource_in_fen() -> None:
    paid = running("maturity-care", budget_yuan=3)
    may = [
        replace(option("A", paid, "sms", 9), cost=200, sale_value=9_000),
        replace(option("B", paid, "sms", 9), cost=250, sale_value=9_000),
    ]
    found = loads(rehearsed([planned(may[0])], [], may=may, capacity={"spend:maturity-care": 300}))
    assert by_name(found)["spend:maturity-care"] == (450, 450, 200, 300, 150)


@pytest.mark.django_db
def test_a_weeks_room_is_seven_days_of_all_but_what_no_day_adds_to(tmp_path: Path, engine: DuckDBEngine) -> None:
    home = home_in(tmp_path)
    ledger.write(home, "run1", decisions("run1", n=10, strategy_id="idle-salary"))
    desk = [{"staff_id": "S1", "role": "rm", "branch_id": "B1", "daily_capacity": 10, "qualified_for": "investment"}]
    night = night_of(home, engine, MemoryBank(engine, {"staff": desk}))
    few = running("idle-salary", daily_maximum=5, stop=Stop(max_units=30))
    paid = running("maturity-care", daily_maximum=5, budget_yuan=40)
    candidate = Candidate(mine=paid, others=(few,), replaces=None)
    scene = stand_in(
        SimpleNamespace(
            night=night,
            held=None,
            unit_of=None,
            members={paid.experiment: [], few.experiment: []},
            around=SimpleNamespace(limits=Limits(room={"branch:B1": 9})),
        )
    )
    nothing = Options(with_it=(), without_it=())
    room = rehearse(scene, candidate, nothing, nights=7, busy=Counter({"S1": 4})).capacity
    assert (room["rm:S1"], room["volume:sms"] % 7, room["branch:B1"]) == (6 + 6 * 10, 0, 63)
    assert (room["strategy:maturity-care"], room["strategy:idle-salary"], room["spend:maturity-care"]) == (
        35,
        20,
        4_000,
    )
    one = rehearse(scene, candidate, nothing, nights=1, busy=Counter({"S1": 4})).capacity
    assert (one["rm:S1"], one["strategy:maturity-care"], one["spend:maturity-care"]) == (6, 5, 4_000)
    assert 7 * one["volume:sms"] == room["volume:sms"]
