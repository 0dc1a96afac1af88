"""Uplift against the truth: a weekly lottery of calls in a world, effects learnt from it, and the truth opened after.

Each week some customers who may be called are drawn, and half of them go onto the remote agents' desks. From these
logged arms the platform's own model of effects is learnt. On a later evening it is judged: how it ranks customers by
their true effect, beside the platform's propensity; and what the same number of calls is truly worth where customers
are chosen by propensity (before) or by uplift (after), as a share of what could be learnt from the truth itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from scipy.stats import spearmanr

from wealthloop.errors import InvalidInput
from wealthloop.kit import Home, stable_id
from wealthloop.sandbox import Actions, Floats, Ints, Mask, World, load_world
from wealthloop.scoring.effectmodels import PROPENSITY, EffectUnits, effects_of, train_effect
from wealthloop.scoring.matrix import PREDICTORS
from wealthloop.strategies.valuebook import parse_value_book
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.jobs import OTHER_DRAW, year_book
from wealthloop.trials.lawful import Lawful, Shelf, best_product, shelf_of
from wealthloop.trials.learnable import Foreseen, learn, lesson
from wealthloop.trials.morning import SEAT, Morning, Room, actions_of, funds_at_hand, products_on, room_of
from wealthloop.trials.watch import Watch

_WEEK: Final = 7
_WINDOW: Final = 30
"""Days in which a purchase counts."""
_SEED: Final = 7
_MODEL: Final = "uplift/lottery/conversion"
_READ: Final = (
    "age", "tenure_days", "has_rm", "suitability_level", "aum", "aum_average", "balance_demand", "balance_deposit",
    "balance_cash", "balance_wealth", "balance_fund", "maturing_30d", "inflow_sum_30d", "outflow_sum_30d",
    "login_count_30d", "view_fund_count_30d", "view_wealth_count_30d", "buy_fund_count_90d", "buy_wealth_count_90d",
    "days_since_contact", "days_since_buy_fund", "days_since_view_fund", "salary_sum_30d", "concentration",
)  # fmt: skip
"""What effects are learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpliftPlan:
    """Draws of a world."""

    world: str
    customers: int
    weeks: int
    """Of the lottery."""
    seeds: int

    def check(self) -> None:
        """Check the numbers.

        Raises:
            InvalidInput: too few customers, weeks or draws.
        """
        for name, value, least in (
            ("customers", self.customers, 1_000),
            ("weeks", self.weeks, 2),
            ("seeds", self.seeds, 1),
        ):
            if value < least:
                raise InvalidInput(f"{name} == {value}, must be at least {least}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """One week's customers."""

    day: int
    customer: Ints
    treated: Mask
    x: Floats


def measure_uplift(plan: UpliftPlan, *, on_seed: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Play the lottery in draws of a world and judge what was learnt; see ``_judged`` for each draw's figures."""
    plan.check()
    spec = load_world(plan.world)
    draws = []
    for seed in range(1, plan.seeds + 1):
        with TemporaryDirectory(prefix="wealthloop-") as folder:
            draws.append({"seed": seed, **_draw(plan, seed, Path(folder))})
        on_seed(seed)
    names = [name for name, value in draws[0].items() if isinstance(value, float)]
    means = {name: float(np.mean([one[name] for one in draws if one[name] is not None])) for name in names}
    return {
        "world": spec.name, "version": spec.version, "customers": plan.customers, "weeks": plan.weeks,
        "means": means, "draws": draws,
    }  # fmt: skip


def _draw(plan: UpliftPlan, seed: int, folder: Path) -> dict[str, Any]:
    spec, salt, calendar = load_world(plan.world), stable_id("uplift", seed), Calendar(measured=1)
    book = parse_value_book(year_book(spec).encode(), name="the year's value book")

    def world_of(number: int, name: str) -> tuple[World, Watch]:
        world = World(seed=number, customers=plan.customers, salt=salt, spec=spec)
        watch = Watch(Home.create(folder / name, kind="simulated", bank_name=name, salt=salt), every=_WEEK)
        files = watch.files(calendar.past_ends)
        world.history(first=calendar.past_begins, last=calendar.past_ends, running=(), out=files)
        watch.flush(calendar.past_ends)
        return world, watch

    other, seen = world_of(seed + OTHER_DRAW, "other")
    shelf = shelf_of(spec)
    learnt = learn([lesson(other, seen, shelf)])
    world, watch = world_of(seed, "lottery")
    room, lawful = room_of(world, book), Lawful(world.size, shelf)
    draw, day = np.random.default_rng([seed, _SEED]), calendar.past_ends
    drawn: list[_Drawn] = []
    rests = np.zeros(world.size, dtype=np.int64)
    bought = np.full((world.size, plan.weeks * _WEEK + _WINDOW + 1), fill_value=False)
    begins = number_of(day) + 1
    for week in range(plan.weeks + -(-_WINDOW // _WEEK)):
        morning = _morning(world, shelf, lawful, room, number_of(day) + 1, draw)
        if week < plan.weeks:
            one = _lottery(morning, watch, rests > morning.day, draw)
            drawn.append(one)
            rests[one.customer] = morning.day + _WINDOW
        for step in range(_WEEK):
            day += timedelta(days=1)
            world.begin(day)
            orders = _orders(morning, drawn[week]) if step == 0 and week < plan.weeks else _nobody()
            lawful.note(orders, number_of(day))
            world.order(orders)
            events = world.end(out=watch.files(day))
            watch.take(day)
            place = number_of(day) - begins
            if place < bought.shape[1]:
                ours = np.isin(events.bought_product, shelf.product)
                bought[events.bought_customer[ours], place] = True
    evening = _morning(world, shelf, lawful, room, number_of(day) + 1, draw)
    units = _units(drawn, bought, begins)
    return _judged(watch, world, evening, units, Foreseen(learnt, watch, 1.0))


def _morning(world: World, shelf: Shelf, lawful: Lawful, room: Room, day: int, draw: np.random.Generator) -> Morning:
    return Morning(day=day, seen=world.seen(), shelf=shelf, lawful=lawful, room=room, drawn=draw.random(world.size))


def _suits(morning: Morning) -> Mask:
    """Return which funds each customer may be called with, shape (n_customers, n_products)."""
    may = morning.lawful.channels(morning.seen, morning.day, personal=True)
    return products_on(morning, may, SEAT)


def _lottery(morning: Morning, watch: Watch, resting: Mask, draw: np.random.Generator) -> _Drawn:
    """Draw as many customers as two weeks of seats could call, none within the window of an earlier draw; call half."""
    open_now = np.flatnonzero(_suits(morning).any(axis=1) & ~resting)
    size = min(len(open_now), 2 * _WEEK * morning.room.seats)
    chosen = draw.permutation(open_now)[: size // 2 * 2]
    treated = draw.permutation(np.arange(len(chosen)) % 2 == 0)
    return _Drawn(day=morning.day, customer=chosen, treated=treated, x=_known(watch)[chosen])


def _known(watch: Watch) -> Floats:
    """Return what effects are learnt from, shape (n_customers, n_predictors)."""
    return np.column_stack([watch.columns(_READ), watch.propensity()])


def _orders(morning: Morning, one: _Drawn) -> Actions:
    """Put those drawn for a call onto the desks, each with a fund that suits, at random."""
    who = one.customer[one.treated]
    suits = _suits(morning)[who]
    fund = (suits * morning.drawn[who, None] * (1 + np.arange(suits.shape[1]) % 3)).argmax(axis=1)
    keep = suits[np.arange(len(who)), fund]
    who, fund = who[keep], fund[keep]
    channel = np.full(len(who), SEAT)
    return actions_of(who, channel, morning.shelf.product[fund], np.arange(len(who), dtype=np.float64), name="lottery")


def _nobody() -> Actions:
    none = np.zeros(0, dtype=np.int64)
    return actions_of(none, none, none, np.zeros(0), name="")


def _units(drawn: list[_Drawn], bought: Mask, begins: int) -> EffectUnits:
    converted = np.concatenate([
        bought[one.customer, one.day - begins : one.day - begins + _WINDOW].any(axis=1) for one in drawn
    ])  # fmt: skip
    customers, sizes = np.concatenate([one.customer for one in drawn]), [len(one.customer) for one in drawn]
    return EffectUnits(
        customer_id=tuple(f"C{number}-{place}" for place, number in enumerate(customers.tolist())),
        x=np.concatenate([one.x for one in drawn]),
        predictors=(*_READ, PROPENSITY), treated=np.concatenate([one.treated for one in drawn]),
        first_day=np.repeat(np.array([one.day for one in drawn], "datetime64[D]"), sizes),
        converted=converted.astype(np.float64), share=0.5,
    )  # fmt: skip


def _judged(watch: Watch, world: World, evening: Morning, units: EffectUnits, foreseen: Foreseen) -> dict[str, Any]:
    """Judge on a later evening, by the truth; correlations and shares are over customers who may be called."""
    record = train_effect(
        watch.home, units, model_id=_MODEL, owner="trials", zh="抽签外呼", en="the lottery's calls",
        as_of=watch.evening, seed=_SEED,
    )  # fmt: skip
    suits = _suits(evening)
    open_now: Mask = np.asarray(suits.any(axis=1), dtype=np.bool_)
    value = best_product(world.true_values(SEAT, evening.shelf.product), suits)[1]
    chance = best_product(world.true_chance(SEAT, evening.shelf.product), suits)[1]
    funds = funds_at_hand(evening.seen).astype(np.float64)
    propensity = np.nan_to_num(watch.propensity())
    learnable = best_product(foreseen(evening, SEAT), suits)[1]
    scores: dict[str, Floats] = {"propensity": propensity * funds, "learnable": learnable}
    told: dict[str, Any] = {
        "drawn": len(units.treated), "treated": int(units.treated.sum()), "converted": int(units.converted.sum()),
        "may_be_called": int(open_now.sum()), "calls": evening.room.seats,
        "rank_correlation_propensity": _rank(propensity[open_now], chance[open_now]),
    }  # fmt: skip
    if record is None:
        return {**told, "learnt": False}
    uplift = effects_of(watch.home, record, _known(watch))
    scores["uplift"] = uplift * funds
    one = record.manifest
    values = {name: _worth(score, value, open_now, told["calls"]) for name, score in scores.items()}
    return {
        **told, "learnt": True, "flags": [str(flag) for flag in one.flags],
        "qini": one.ranking.estimate, "qini_low": one.ranking.low, "qini_high": one.ranking.high,
        "rank_correlation_uplift": _rank(uplift[open_now], chance[open_now]),
        "rank_correlation_uplift_value": _rank((uplift * funds)[open_now], value[open_now]),
        "rank_correlation_propensity_value": _rank((propensity * funds)[open_now], value[open_now]),
        "share_of_learnable_before": values["propensity"] / values["learnable"],
        "share_of_learnable_after": values["uplift"] / values["learnable"],
    }  # fmt: skip


def _rank(score: Floats, truth: Floats) -> float:
    return float(spearmanr(score, truth).statistic)


def _worth(score: Floats, value: Floats, open_now: Mask, calls: int) -> float:
    """Return the true value of calling the customers with the highest scores."""
    chosen = np.argsort(-np.where(open_now, score, -np.inf), kind="stable")[:calls]
    return float(value[chosen][open_now[chosen]].sum())


def lines(found: Mapping[str, Any]) -> list[str]:
    """Return the figures as people read them."""
    out = [f"{found['world']} v{found['version']}: {found['customers']:,} customers, {found['weeks']} weeks of lottery"]
    out += [f"{name}: {value:.4f}" for name, value in found["means"].items()]
    return out


assert set(_READ) <= set(PREDICTORS)
