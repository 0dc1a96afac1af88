"""Learners of effects: S, T, X and DR, each over the same models of outcomes, and their average.

Künzel et al., "Metalearners for estimating heterogeneous treatment effects using machine learning", 2019 (S, T, X);
Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects", 2023 (DR, cross-fitted). A model of
outcomes is the average of a ridge regression and bagged small trees. On one split the learners can hardly be told
apart; their average is steadier than any of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import Ridge

from wealthloop.scoring.tabular.learners import Plan, planned
from wealthloop.scoring.types import Floats

Effect: TypeAlias = Callable[[Floats], Floats]
"""Gives the effect of rows of a matrix, shape (n,)."""

_PENALTY: Final = 100.0
_ROUNDS: Final = 60
_PARTS: Final = 5
_TREES: Final[dict[str, Any]] = {
    "objective": "regression", "verbosity": -1, "deterministic": True, "force_row_wise": True, "num_threads": 2,
    "num_leaves": 8, "learning_rate": 0.05, "min_data_in_leaf": 100, "lambda_l2": 10.0, "feature_fraction": 0.5,
    "bagging_fraction": 0.6, "bagging_freq": 1, "cat_smooth": 20.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Randomised rows of one arm and control, arrays of shape (n,) unless said otherwise."""

    x: Floats
    """Shape (n, n_columns)."""
    categorical: tuple[int, ...]
    treated: Floats
    """1 or 0."""
    outcome: Floats
    share: Floats
    """The probability of treatment, given what is known of the row."""
    part: Floats
    """The part of each row in cross-fitting, whole numbers from 0."""

    def only(self, mask: Any) -> "Rows":  # noqa: ANN401 - an array of bools
        """Return some of the rows."""
        return Rows(
            x=self.x[mask], categorical=self.categorical, treated=self.treated[mask], outcome=self.outcome[mask],
            share=self.share[mask], part=self.part[mask],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    """A model of an outcome."""

    plan: Plan
    ridge: Ridge
    trees: lgb.Booster

    def __call__(self, x: Floats) -> Floats:
        linear = np.asarray(self.ridge.predict(self.plan.design(x)), dtype=np.float64)
        return (linear + np.asarray(self.trees.predict(x, num_threads=2), dtype=np.float64)) / 2


def responses(x: Floats, y: Floats, categorical: Sequence[int], seed: int) -> Effect:
    """Fit a model of an outcome: ridge and small trees, averaged."""
    plan = planned(x, categorical)
    least = int(max(3, min(_TREES["min_data_in_leaf"], len(y) // 20)))
    settings = {**_TREES, "min_data_in_leaf": least, "seed": seed}
    data = lgb.Dataset(x, y, categorical_feature=list(categorical), params=settings)
    trees = lgb.train(settings, data, num_boost_round=_ROUNDS)
    return _Response(plan=plan, ridge=Ridge(alpha=_PENALTY).fit(plan.design(x), y), trees=trees)


def _arms(rows: Rows, y: Floats, seed: int) -> tuple[Effect, Effect]:
    """Fit the outcome of the treated and that of control."""
    treated = rows.treated > 0
    return (
        responses(rows.x[treated], y[treated], rows.categorical, seed),
        responses(rows.x[~treated], y[~treated], rows.categorical, seed),
    )


def s_learner(rows: Rows, seed: int) -> Effect:
    """One model of the outcome, the treatment a column of it."""
    both = responses(np.column_stack([rows.x, rows.treated]), rows.outcome, rows.categorical, seed)

    def effect(x: Floats) -> Floats:
        ones = np.ones(len(x))
        return both(np.column_stack([x, ones])) - both(np.column_stack([x, 0 * ones]))

    return effect


def t_learner(rows: Rows, seed: int) -> Effect:
    """A model of each arm's outcome."""
    with_it, without = _arms(rows, rows.outcome, seed)
    return lambda x: with_it(x) - without(x)


def x_learner(rows: Rows, seed: int) -> Effect:
    """Models of what each arm's rows did against what the other arm's model expects of them."""
    with_it, without = _arms(rows, rows.outcome, seed)
    gained = np.where(rows.treated > 0, rows.outcome - without(rows.x), with_it(rows.x) - rows.outcome)
    of_treated, of_control = _arms(rows, gained, seed + 1)
    share = float(rows.treated.mean())
    return lambda x: (1 - share) * of_treated(x) + share * of_control(x)


def dr_learner(rows: Rows, seed: int) -> Effect:
    """A model of doubly robust pseudo-outcomes."""
    return responses(rows.x, pseudo_outcomes(rows, seed), rows.categorical, seed)


def pseudo_outcomes(rows: Rows, seed: int) -> Floats:
    """Return doubly robust pseudo-outcomes, cross-fitted part by part: their average in any group is its effect."""
    found = np.empty(len(rows.outcome))
    for part in np.unique(rows.part).tolist():
        ours = rows.part == part
        with_it, without = _arms(rows.only(~ours), rows.outcome[~ours], seed)
        one = rows.only(ours)
        up, down = with_it(one.x), without(one.x)
        found[ours] = (
            up - down
            + one.treated * (one.outcome - up) / one.share
            - (1 - one.treated) * (one.outcome - down) / (1 - one.share)
        )  # fmt: skip
    return found


LEARNERS: Final[Mapping[str, Callable[[Rows, int], Effect]]] = {
    "S": s_learner, "T": t_learner, "X": x_learner, "DR": dr_learner,
}  # fmt: skip


def fit_all(rows: Rows, seed: int) -> dict[str, Effect]:
    """Fit every learner, and their average."""
    made = {name: learn(rows, seed) for name, learn in LEARNERS.items()}
    return {**made, "average": averaged(list(made.values()))}


def averaged(effects: Sequence[Effect]) -> Effect:
    """Return the average of some effects."""

    def effect(x: Floats) -> Floats:
        total: Floats = np.mean([one(x) for one in effects], axis=0)
        return total

    return effect
