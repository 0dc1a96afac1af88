"""``learnable``: what could be learnt from what can be seen.

Models are trained on the true effects of another draw of the same world, with the platform's own features as the only
predictors. A contact's value is the funds at hand x a rate, and the rate is learnt in two parts: by fund for a call of
the remote desk, and by channel relative to that call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from wealthloop.bank import CHANNELS
from wealthloop.sandbox import Floats, World
from wealthloop.trials.lawful import USED, Shelf
from wealthloop.trials.morning import SEAT, Morning, funds_at_hand
from wealthloop.trials.watch import Watch

_AT_LEAST_FEN: Final = 1_000_000.0
"""Added to the funds at hand, so that the rate of a customer without any is a number."""
_ROUNDS: Final = 80
_LEARNER: Final = {
    "objective": "l2", "learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 40, "lambda_l2": 1.0,
    "feature_fraction": 0.6, "max_bin": 127, "deterministic": True, "force_row_wise": True, "num_threads": 1,
    "verbosity": -1, "seed": 7,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The truth on one day of another draw, beside what could be seen of it."""

    seen: Floats
    """Predictors, shape (n_customers, n_predictors)."""
    funds: Floats
    """Funds at hand, fen, shape (n_customers,)."""
    by_fund: Floats
    """True value of a call of the remote desk, fen, shape (n_customers, n_products)."""
    by_channel: Floats
    """True value of a contact with the best fund, fen, shape (n_customers, n_channels used)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The models: rates by fund, and channels relative to the remote desk."""

    funds: tuple[lgb.Booster, ...]
    channels: tuple[lgb.Booster, ...]


def lesson(world: World, watch: Watch, shelf: Shelf) -> Lesson:
    """Write down the truth of an evening beside what the watched tables show of it."""
    by_fund = world.true_values(SEAT, shelf.product)
    best = by_fund.argmax(axis=1)[:, None]
    by_channel = [
        np.take_along_axis(world.true_values(CHANNELS.index(name), shelf.product), best, axis=1) for name in USED
    ]
    return Lesson(
        seen=watch.matrix(),
        funds=funds_at_hand(world.seen()).astype(np.float64),
        by_fund=by_fund,
        by_channel=np.concatenate(by_channel, axis=1),
    )


def learn(lessons: Sequence[Lesson]) -> Learnt:
    """Train the models on every lesson together."""
    seen = np.concatenate([one.seen for one in lessons])
    base = np.concatenate([one.funds for one in lessons]) + _AT_LEAST_FEN
    by_fund = np.concatenate([one.by_fund for one in lessons]) / base[:, None]
    by_channel = np.concatenate([one.by_channel for one in lessons])
    best = by_fund.max(axis=1) * base
    data = lgb.Dataset(seen, free_raw_data=False, params={"max_bin": _LEARNER["max_bin"], "verbosity": -1})
    funds = tuple(_fit(data, target, None) for target in by_fund.T)
    known = best > 0
    some = lgb.Dataset(seen[known], free_raw_data=False, params={"max_bin": _LEARNER["max_bin"], "verbosity": -1})
    channels = tuple(_fit(some, column[known] / best[known], best[known] / best.mean()) for column in by_channel.T)
    return Learnt(funds=funds, channels=channels)


class Foreseen:
    """The learnt value of every contact, worked out once a day and kept for the channels of that day."""

    def __init__(self, learnt: Learnt, watch: Watch, worth: float) -> None:
        self._learnt, self._watch, self._worth = learnt, watch, worth
        self._day = -1
        self._by_fund = self._by_channel = np.zeros((0, 0))

    def __call__(self, morning: Morning, channel: int) -> Floats:
        """Return the fen that a contact with each fund is worth, shape (n_customers, n_products)."""
        if morning.day != self._day:
            self._look(morning)
        return self._by_fund * self._by_channel[:, USED.index(CHANNELS[channel]), None]

    def _look(self, morning: Morning) -> None:
        self._day = morning.day
        x = self._watch.matrix()
        open_now = morning.lawful.channels(morning.seen, morning.day, personal=True).any(axis=1)
        self._by_fund = np.zeros((morning.size, len(self._learnt.funds)))
        self._by_channel = np.zeros((morning.size, len(self._learnt.channels)))
        money = funds_at_hand(morning.seen)[open_now].astype(np.float64) + _AT_LEAST_FEN
        rates = _predicted(self._learnt.funds, x[open_now])
        self._by_fund[open_now] = rates * money[:, None] * self._worth
        self._by_channel[open_now] = _predicted(self._learnt.channels, x[open_now])


def _predicted(models: Sequence[lgb.Booster], x: Floats) -> Floats:
    return np.column_stack([np.asarray(model.predict(x), dtype=np.float64) for model in models])


def _fit(data: lgb.Dataset, target: Floats, weight: Floats | None) -> lgb.Booster:
    data.set_label(target)
    data.set_weight(weight)
    return lgb.train(dict(_LEARNER), data, num_boost_round=_ROUNDS)
