"""The bank's past: strategies that ran with a control before the platform came."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from wealthloop.errors import InvalidInput
from wealthloop.experiments import assign_many, experiment_id
from wealthloop.sandbox.arrays import texts
from wealthloop.sandbox.draws import Ints, Mask
from wealthloop.sandbox.responses import Approach, next_maturity, note_contacts, respond
from wealthloop.sandbox.staff import rm_of
from wealthloop.sandbox.state import NEVER, Scene, channel_index, day_date, day_number
from wealthloop.sandbox.types import PastDecision, RunningStrategy


def _large_inflow(scene: Scene) -> Mask:
    return scene.day - scene.state.inflow_on < scene.spec.triggers.active_days


def _large_outflow(scene: Scene) -> Mask:
    return scene.day - scene.state.outflow_on < scene.spec.triggers.active_days


def _deposit_maturing(scene: Scene) -> Mask:
    return next_maturity(scene) <= scene.spec.triggers.maturing_days


def _salary_idle(scene: Scene) -> Mask:
    state, rules = scene.state, scene.spec.triggers
    age = scene.day - state.salary_on
    idle = state.demand >= state.salary * rules.idle_part
    return (age >= rules.idle_after_days) & (age <= rules.idle_until_days) & idle


def _dormant_login(scene: Scene) -> Mask:
    return scene.day - scene.state.woke_on < scene.spec.triggers.active_days


def _near_tier(scene: Scene) -> Mask:
    aum, near = scene.state.aum, np.zeros(scene.size, dtype=np.bool_)
    for floor in scene.spec.triggers.tier_floors_yuan:
        near |= (aum >= floor * 100 * scene.spec.triggers.near_part) & (aum < floor * 100)
    return near


TRIGGERS: Final[dict[str, Callable[[Scene], Mask]]] = {
    "large_inflow": _large_inflow,
    "large_outflow": _large_outflow,
    "deposit_maturing": _deposit_maturing,
    "salary_idle": _salary_idle,
    "dormant_login": _dormant_login,
    "near_tier": _near_tier,
}
"""The bank's own rules, from what it sees: who is in an event today, shape (n_customers,)."""


class Operation:
    """One strategy at work; it remembers whom it planned, and plans in an order that does not know the arm."""

    def __init__(self, strategy: RunningStrategy, *, salt: str, size: int, product: int) -> None:
        for trigger in strategy.triggers:
            if trigger not in TRIGGERS:
                raise InvalidInput(f"trigger == {trigger}, must be one of {', '.join(TRIGGERS)}")
        self.strategy = strategy
        self._salt = salt
        self._channel = channel_index(strategy.channel)
        self._product = product
        self._planned_on = np.full(size, NEVER)

    def play(self, scene: Scene) -> list[PastDecision]:
        """Plan today's customers, withhold from control, contact treatment."""
        if scene.day < day_number(self.strategy.launched_on):
            return []
        event = self._events(scene)
        who = self._plan(scene, event)
        self._planned_on[who] = scene.day
        experiment = experiment_id(self.strategy.strategy_id, self.strategy.version)
        arm = assign_many(self._salt, experiment, [scene.ids[i] for i in who.tolist()], self.strategy.arms)
        treated = np.array([not a.control for a in self.strategy.arms], dtype=np.bool_)[arm]
        self._contact(scene, who[treated])
        rows = zip(who.tolist(), event[who].tolist(), arm.tolist(), treated.tolist(), strict=True)
        return [self._decision(scene, *row) for row in rows]

    def _events(self, scene: Scene) -> Ints:
        """Return the first of the strategy's triggers that each customer is in, -1 for none, shape (n_customers,)."""
        found = np.full(scene.size, -1)
        for place, trigger in reversed(list(enumerate(self.strategy.triggers))):
            found[TRIGGERS[trigger](scene)] = place
        return found

    def _plan(self, scene: Scene, event: Ints) -> Ints:
        again = scene.spec.triggers.planned_again_days
        free = scene.day - self._planned_on >= again
        may = scene.bound[self.strategy.channel] & scene.state.consent[:, self._channel]
        who = np.flatnonzero((event >= 0) & free & may)
        order = scene.uniform(f"plan/{self.strategy.strategy_id}")[who]
        chosen: Ints = np.sort(who[np.argsort(order, kind="stable")[: self.strategy.daily_capacity]])
        return chosen

    def _contact(self, scene: Scene, who: Ints) -> None:
        plain, name = np.ones(len(who)), self.strategy.strategy_id
        approach = Approach(
            channel=self.strategy.channel, who=who, product=np.full(len(who), self._product), warmth=plain,
            quality=plain, strategy=np.full(len(who), name, dtype=np.object_),
        )  # fmt: skip
        response = respond(scene, approach)
        at = scene.instants(who, since=570, until=1080, salt=31 + self._channel)
        number = texts(tuple(self._contact_id(scene, customer) for customer in who.tolist()))
        note_contacts(scene, approach, number=number, at=at, reached=response.reached)

    def _contact_id(self, scene: Scene, customer: int) -> str:
        return f"H{scene.stamp()}-{self.strategy.strategy_id}-{scene.ids[customer]}"

    def _decision(self, scene: Scene, customer: int, event: int, arm: int, treated: bool) -> PastDecision:  # noqa: FBT001
        strategy = self.strategy
        return PastDecision(
            day=day_date(scene.day),
            customer_id=scene.ids[customer],
            strategy_id=strategy.strategy_id,
            version=strategy.version,
            trigger=strategy.triggers[event],
            arm=strategy.arms[arm].name,
            treated=treated,
            channel=strategy.channel,
            staff_id=rm_of(scene, customer) if strategy.channel == "rm" else None,
            product_id=strategy.product_id,
            contact_id=self._contact_id(scene, customer) if treated else None,
        )


def operations_of(running: Sequence[RunningStrategy], scene: Scene, *, salt: str) -> list[Operation]:
    """Return the strategies ready to work.

    Raises:
        InvalidInput: a trigger, channel or product that the world does not have.
    """
    found = []
    for strategy in running:
        if strategy.product_id is not None and strategy.product_id not in scene.catalogue.ids:
            raise InvalidInput(f"product_id == {strategy.product_id}, must be a product of the world")
        if strategy.channel not in scene.bound:
            raise InvalidInput(f"channel == {strategy.channel}, must be one of {', '.join(scene.bound)}")
        product = scene.catalogue.index(strategy.product_id)
        found.append(Operation(strategy, salt=salt, size=scene.size, product=product))
    return found
