from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.sandbox.conftest import cells
from tests.sandbox.makers import NOTHING, actions, day, differences, everything, world_from, world_of
from wealthloop.bank.contract import CHANNELS
from wealthloop.errors import InvalidInput
from wealthloop.sandbox import CardSeen, Contact, DayEvents, World
from wealthloop.sandbox.draws import Ints

RM, REMOTE = CHANNELS.index("rm"), CHANNELS.index("remote_agent")


def _ordered(world: World, number: int, wanted: object = None) -> DayEvents:
    world.begin(day(number))
    world.order(everything(world, number) if wanted is None else wanted)  # type: ignore[arg-type]
    return world.end()


def _of(events: DayEvents, who: Ints) -> list[object]:
    """What some customers did of their own or because they were contacted."""
    bought, left = np.isin(events.bought_customer, who), np.isin(events.outflow_customer, who)
    return [
        events.bought_customer[bought].tolist(), events.bought_product[bought].tolist(),
        events.bought_amount[bought].tolist(), events.bought_lot[bought].tolist(),
        events.outflow_customer[left].tolist(), events.outflow_amount[left].tolist(), events.logins[who].tolist(),
    ]  # fmt: skip


def test_customers_who_are_not_contacted_do_the_same_under_two_policies() -> None:
    left, right = world_of(), world_of()
    spared = np.arange(0, left.size, 2)
    differed = False
    for number in range(1, 26):
        other = everything(right, number + 100)
        one = _ordered(left, number, NOTHING)
        two = _ordered(right, number, replace(other, customer=other.customer // 2 * 2 + 1))
        assert _of(one, spared) == _of(two, spared), number
        differed |= bool(two.bought_by_contact.any())

    assert differed


def test_a_fork_that_is_fed_the_same_does_the_same_and_writes_the_same_bytes(tmp_path: Path) -> None:
    world = world_of(customers=400)
    _ordered(world, 1)
    world.begin(day(2))
    twin = world.fork()
    for name, one in (("world", world), ("twin", twin)):
        one.order(everything(one, 2))
        one.end(tmp_path / name / "2")
        one.begin(day(3))
        one.order(NOTHING)
        one.end(tmp_path / name / "3")

    files = {name: _bytes(tmp_path / name) for name in ("world", "twin")}
    assert files["world"] == files["twin"]
    assert len(files["world"]) > 8


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_what_happens_in_a_fork_leaves_the_world_alone() -> None:
    world, untouched = world_of(customers=500), world_of(customers=500)
    twin = world.fork()
    for number in range(1, 11):
        _ordered(twin, number)

    ends = [[_ordered(one, number, NOTHING) for number in range(1, 6)] for one in (world, untouched)]
    assert [differences(*pair) for pair in zip(*ends, strict=True)] == [[]] * 5


def test_a_twin_that_replays_the_contacts_made_has_the_same_day() -> None:
    world = world_of()
    for number in range(1, 16):
        twin = world.fork()
        events = _ordered(world, number)
        twin.begin(day(number))
        twin.replay(events.made)
        assert differences(twin.end(), events) == [], number


def test_a_twin_replays_a_day_of_the_platform_too() -> None:
    world = world_of()
    book = np.flatnonzero(world.seen().rm >= 0)
    at = datetime(2026, 3, 3, 3, tzinfo=UTC)
    cards = [
        CardSeen(card_id=f"K{i}", customer_id=world.customer_ids[i], staff_id=world.rm_ids[world.seen().rm[i]],
                 strategy_id="c", product_id="P017", state="new", position=i) for i in book.tolist()
    ]  # fmt: skip
    contacts = [
        Contact(contact_id=f"M{channel}{i}", customer_id=world.customer_ids[i], channel=channel, at=at)
        for i in book.tolist() for channel in ("sms", "rm")
    ]  # fmt: skip
    twin = world.fork()
    world.work_cards(day(1), cards)
    events = world.advance(day(1), contacts=contacts, out=None)
    twin.begin(day(1))
    twin.replay(events.made)

    assert {"c", None} == set(events.made.strategy.tolist())
    assert [name for name in differences(twin.end(), events) if not name.startswith("made.")] == []


def test_made_tells_what_happened_with_the_strategy_of_each_contact() -> None:
    world = world_of()
    wanted = everything(world, 1)
    world.begin(day(1))
    world.order(wanted)
    made = world.made()
    asked = set(zip(wanted.customer.tolist(), wanted.channel.tolist(), wanted.product.tolist(), wanted.strategy,
                    strict=True))  # fmt: skip
    got = list(zip(made.customer.tolist(), made.channel.tolist(), made.product.tolist(), made.strategy, strict=True))

    assert 0 < len(got) < len(wanted.customer)
    assert set(got) <= asked
    assert len(set(zip(made.customer.tolist(), made.channel.tolist(), strict=True))) == len(got)
    assert not (made.interested & ~made.reached).any()
    assert world.seen().bound[made.customer, made.channel].all()


def test_people_do_not_exceed_their_capacity_however_many_cards_there_are() -> None:
    world = world_of()
    everybody = np.arange(world.size)
    worked = 0
    for number in range(1, 11):
        events = _ordered(world, number, actions(everybody, "rm" if number % 2 else "remote_agent"))
        calls = Counter(world.seen().rm[events.made.customer[events.made.channel == RM]].tolist())
        capacities = world.capacities()
        assert all(count <= capacities["rm_capacity"][seat] for seat, count in calls.items())
        assert -1 not in calls
        assert (events.made.channel == REMOTE).sum() <= capacities["remote_capacity"]
        worked += len(events.made.customer)

    assert worked > 300


def test_better_ranks_are_called_first(tmp_path: Path) -> None:
    world = world_from(tmp_path, "[desk]\nnoise = 0.0\ninsight = 0.0\n[staff]\nact_floor = 1.0\nabsent_share = 0.0\n")
    book = np.flatnonzero(world.seen().rm == 0)
    events = _ordered(world, 1, actions(book, "rm", rank=[-float(i) for i in book]))
    called = events.made.customer

    assert 5 <= len(called) < len(book)
    assert called.tolist() == sorted(book.tolist(), reverse=True)[: len(called)]


def test_an_unreached_customer_is_tried_three_times_and_an_interested_one_gets_one_follow_up(tmp_path: Path) -> None:
    differs = "[staff]\nabsent_share = 0.0\n[channels.rm]\nreached = 0.4\ninterested = 1.0\n"
    world = world_from(tmp_path, differs, customers=600)
    book = np.flatnonzero(world.seen().rm >= 0)[:40]
    calls: list[tuple[int, bool, bool, float]] = []
    for number in range(1, 40):
        made = _ordered(world, number, actions(book, "rm") if number == 1 else NOTHING).made
        calls += zip(made.customer.tolist(), made.reached.tolist(), made.interested.tolist(), made.warmth.tolist(),
                     strict=True)  # fmt: skip
    missed, answered = Counter(c[0] for c in calls if not c[1]), Counter(c[0] for c in calls if c[1])
    again = [c for c in calls if c[3] > 1.0]

    assert 3 in missed.values()
    assert max(missed.values()) <= 3
    assert again
    assert max(answered.values()) == 2
    assert max(Counter(c[0] for c in again if c[1]).values()) == 1


def test_a_card_that_nobody_takes_up_goes_back_after_its_days(tmp_path: Path) -> None:
    world = world_from(tmp_path, "[desk]\ncard_days = 3\ndiligence = 0.0\n")
    counts = []
    for number in range(1, 6):
        _ordered(world, number, actions(np.arange(50), "rm") if number == 1 else NOTHING)
        counts.append(len(world._desks))

    assert counts[0] > 0
    assert counts == [counts[0], counts[0], 0, 0, 0]


def test_rms_on_leave_do_not_call(tmp_path: Path) -> None:
    world = world_from(tmp_path, "[staff]\nabsent_share = 1.0\n")
    events = _ordered(world, 1, actions(np.arange(world.size), "rm"))

    assert len(events.made.customer) == 0


def test_a_benefit_raises_interest_with_decreasing_returns() -> None:
    interested = []
    for cost in (0, 5_000, 10_000, 1_000_000):
        world = world_of(customers=3000)
        wanted = actions(np.arange(world.size), "wecom")
        world.begin(day(1))
        world.order(replace(wanted, incentive=np.full(world.size, cost)))
        interested.append(int(world.made().interested.sum()))
        warmth = world.made().warmth

    assert interested == sorted(interested)
    assert interested[0] < interested[-1]
    assert warmth.max() == pytest.approx(1.4)


def test_wordings_differ_and_the_standard_one_changes_nothing() -> None:
    world = world_of()
    wanted = replace(actions(np.arange(90), "sms"), variant=np.arange(90) % 3)
    world.begin(day(1))
    world.order(wanted)
    made = world.made()
    by_wording = [set(made.warmth[made.customer % 3 == variant].tolist()) for variant in range(3)]

    assert by_wording[0] == {1.0}
    assert [len(worths) for worths in by_wording] == [1, 1, 1]
    assert len(set.union(*by_wording)) == 3


def test_nothing_piles_up_while_nothing_is_written() -> None:
    world = world_of(customers=300)
    for number in range(1, 4):
        _ordered(world, number)
    scene = world._played

    assert scene is not None
    assert sum(getattr(scene.records, field.name).rows for field in fields(scene.records)) == 0


def test_a_day_that_was_not_written_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    world = world_of(customers=300)
    _ordered(world, 1)
    world.begin(day(2))
    world.order(NOTHING)
    world.end(tmp_path)
    days = {at.date() for at in cells(pq.read_table(tmp_path / "transactions.parquet"), "at")}
    assert days == {day(2)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customer": np.array([0, 99_999])}, "customer == 0..99999"),
        ({"product": np.array([-2, 0])}, "product == -2..0"),
        ({"channel": np.array([0, 7])}, "channel == 0..7"),
        ({"strategy": ("s",)}, "strategy has 1 rows, must have 2"),
    ],
)
def test_actions_that_the_world_cannot_carry_out_are_refused(change: dict[str, object], said: str) -> None:
    world = world_of(customers=200, days=1)
    world.begin(day(1))

    with pytest.raises(InvalidInput, match=said):
        world.order(replace(actions(np.array([0, 1]), "sms"), **change))  # type: ignore[arg-type]


def test_a_day_has_its_order() -> None:
    world = world_of(customers=200, days=1)
    with pytest.raises(InvalidInput, match="must begin first"):
        world.order(NOTHING)
    with pytest.raises(InvalidInput, match="must begin first"):
        world.end()
    world.begin(day(1))
    with pytest.raises(InvalidInput, match="must not begin twice"):
        world.begin(day(1))
    world.order(NOTHING)
    with pytest.raises(InvalidInput, match="must not be worked twice"):
        world.order(NOTHING)
    world.end()
    with pytest.raises(InvalidInput, match="goes day by day"):
        world.begin(day(1))
