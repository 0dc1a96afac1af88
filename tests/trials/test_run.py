"""Policies at work: lawful, within the room, measured from what the bank's own tables say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pytest

from tests.trials.test_lawful import morning_of
from wealthloop.bank import CHANNELS
from wealthloop.sandbox import Actions, DayEvents, World
from wealthloop.trials.calendar import Calendar
from wealthloop.trials.lawful import FUNDS, shelf_of
from wealthloop.trials.morning import RM, SEAT, Morning, Policy, products_on, room_of
from wealthloop.trials.optimal import Optimal, true_values
from wealthloop.trials.pcvl import Arbitration, all_at_once, one_by_one
from wealthloop.trials.plain import AtRandom, BusinessAsUsual, Nobody
from wealthloop.trials.run import play
from wealthloop.trials.watch import Watch

CALENDAR = Calendar(measured=30)


class Watched:
    """A policy whose every order is checked before it goes out."""

    def __init__(self, policy: Policy, *, personal: bool) -> None:
        self.name, self._policy, self._personal, self.ordered = policy.name, policy, personal, 0

    def decide(self, morning: Morning) -> Actions:
        actions = self._policy.decide(morning)
        self.ordered += len(actions.customer)
        may = morning.lawful.channels(morning.seen, morning.day, personal=self._personal)
        place = {product: i for i, product in enumerate(morning.shelf.product.tolist())}
        open_now = {channel: products_on(morning, may, channel) for channel in set(actions.channel.tolist())}
        for who, channel, product in zip(actions.customer, actions.channel, actions.product, strict=True):
            assert open_now[int(channel)][who, place[int(product)]], (who, CHANNELS[int(channel)], product)
        used = Counter(actions.channel.tolist())
        by_rm = Counter(morning.seen.rm[actions.customer[actions.channel == RM]].tolist())
        assert all(count <= morning.room.rms[rm] for rm, count in by_rm.items())
        assert used[SEAT] <= morning.room.seats
        assert all(used[c] <= morning.room.volumes[c] for c in used if c not in (RM, SEAT))
        assert sum(morning.room.cost[c] * count for c, count in used.items()) <= morning.room.budget
        return actions

    def learn(self, day: int, events: DayEvents) -> None:
        self._policy.learn(day, events)


def policies(world: World) -> dict[str, Callable[[], Policy]]:
    score = np.linspace(0, 1, world.size)
    return {
        "none": Nobody,
        "bau": lambda: BusinessAsUsual(world.size),
        "random": lambda: AtRandom(3),
        "oracle": lambda: Optimal("oracle", true_values(world, 0.01)),
        "pcvl": lambda: Arbitration(lambda: score, world.customer_ids, shelf_of(world.spec)),
        "allocated": lambda: Arbitration(
            lambda: score, world.customer_ids, shelf_of(world.spec), name="allocated", serve=all_at_once
        ),
    }


@pytest.mark.parametrize("name", ["bau", "random", "oracle", "pcvl", "allocated"])
def test_every_order_is_lawful_and_within_the_room(past: tuple[World, Watch], name: str) -> None:
    world = past[0].fork()
    tight = replace(morning_of(world).room, seats=4, budget=2_000)
    policy = Watched(policies(world)[name](), personal=name != "bau")
    sums = play(policy, world, CALENDAR, tight, shelf_of(world.spec), seed=1, watch=None, on_day=lambda: None)
    assert policy.ordered > 30
    assert sums["contacts"].sum() > 0
    assert sums["cost"].sum() * 100 <= 2_000 * len(CALENDAR.days) * 3


def test_serving_all_at_once_is_worth_more_than_one_by_one_and_takes_no_more(past: tuple[World, Watch]) -> None:
    world = past[0].fork()
    morning = morning_of(world)
    morning = replace(morning, room=replace(morning.room, seats=4, budget=2_000))
    drawn = np.random.default_rng(5)
    priority = np.where(drawn.random((world.size, len(CHANNELS))) < 0.2, 20_000.0 * drawn.random((world.size, 1)), 0.0)
    priority[:, RM] = 0.0
    worth = {}
    for serve in (one_by_one, all_at_once):
        who, channel = serve(morning, priority)
        assert len(set(who.tolist())) == len(who) > 0
        assert morning.room.cost[channel].sum() <= 2_000
        assert (channel == SEAT).sum() <= 4
        worth[serve] = float((priority[who, channel] - morning.room.cost[channel]).sum())
    assert worth[all_at_once] > 1.05 * worth[one_by_one]


def test_a_policy_plays_the_same_year_twice(past: tuple[World, Watch]) -> None:
    def sums() -> dict[str, np.ndarray]:
        world = past[0].fork()
        room = morning_of(world).room
        return play(AtRandom(3), world, CALENDAR, room, shelf_of(world.spec), seed=1, watch=None, on_day=lambda: None)

    first, second = sums(), sums()
    assert all((first[name] == second[name]).all() for name in first)


def test_figures_are_those_of_the_banks_own_tables(past: tuple[World, Watch], tmp_path: Path) -> None:
    world = past[0].fork()
    watch = Handed(tmp_path)
    room, shelf = morning_of(world).room, shelf_of(world.spec)
    sums = play(AtRandom(3), world, CALENDAR, room, shelf, seed=1, watch=watch, on_day=lambda: None)
    measured = CALENDAR.days[-30:]
    moved = table(tmp_path, "transactions", measured)
    funds = {p.product_id for p in world.spec.products if p.category in FUNDS and not p.private}
    bought = [r for r in moved if r["kind"] == "buy" and r["product_id"] in funds]
    assert sums["sales"].sum() == pytest.approx(-sum(r["amount"] for r in bought))
    inflow = sum(r["amount"] for r in moved if r["kind"] in ("transfer_in", "transfer_out"))
    assert sums["inflow"].sum() == pytest.approx(inflow)
    assert sums["contacts"].sum() == len(table(tmp_path, "contacts", measured))
    assert sums["opt_outs"].sum() == len(table(tmp_path, "consents", measured))
    assert sums["complaints"].sum() == len(table(tmp_path, "complaints", measured))
    last = table(tmp_path, "holdings", measured[-1:])
    assert sums["aum"].sum() == pytest.approx(sum(r["balance"] for r in last))


class Handed(Watch):
    """A folder that keeps what is handed over."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def files(self, day: object) -> Path:
        return self._root / str(day)

    def take(self, day: object) -> None:
        """Leave the files where they are."""


def table(root: Path, name: str, days: list) -> list[dict]:  # type: ignore[type-arg]
    paths = [root / str(day) / f"{name}.parquet" for day in days]
    found = [str(path) for path in paths if path.exists()]
    return ds.dataset(found).to_table().to_pylist() if found else []


def test_net_sales_are_what_still_stands_after_ninety_days(past: tuple[World, Watch]) -> None:
    world = past[0].fork()
    long = Calendar(measured=100)
    room, shelf = morning_of(world).room, shelf_of(world.spec)
    sums = play(AtRandom(3), world, long, room, shelf, seed=1, watch=None, on_day=lambda: None)
    assert 0 < sums["net_sales"].sum() < sums["sales"].sum()
    assert (sums["net_sales"] <= sums["sales"] + 1e-9).all()


def test_nobody_contacted_costs_nothing_and_reaches_nobody(past: tuple[World, Watch]) -> None:
    world = past[0].fork()
    room = room_of(world, _book(world))
    sums = play(Nobody(), world, CALENDAR, room, shelf_of(world.spec), seed=1, watch=None, on_day=lambda: None)
    assert sums["contacts"].sum() == sums["cost"].sum() == sums["coverage"].sum() == 0
    assert sums["lower"].sum() == round(0.98 * world.size)


def _book(world: World):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from wealthloop.strategies.valuebook import parse_value_book
    from wealthloop.trials.jobs import year_book

    return parse_value_book(year_book(world.spec).encode(), name="book")
