"""Learners of effects: S, T, X and DR, each over the same models of outcomes, and their average.

Künzel et al., "Metalearners for estimating heterogeneous treatment effects using machine learning", 2019 (S, T, X);
Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects", 2023 (DR, cross-fitted). A model of
outcomes is the average of a ridge regression and bagged small trees. On one split the learners can hardly be told
apart; their average is steadier than any of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import Ridge

from wealthloop.scoring.tabular.learners import Linear, planned, threads_for
from wealthloop.scoring.types import Floats

_PENALTY: Final = 100.0
_ROUNDS: Final = 60
_PARTS: Final = 5
_TREES: Final[dict[str, Any]] = {
    "objective": "regression", "verbosity": -1, "deterministic": True, "force_row_wise": True,
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
class Response:
    """A model of an outcome: the average of a line and boosted trees."""

    line: Linear
    trees: lgb.Booster

    def __call__(self, x: Floats) -> Floats:
        """Return the expected outcome, shape (n,)."""
        return (self.line.margins(x) + self._predicted(x)) / 2

    def contributions(self, x: Floats) -> Floats:
        """Return what each column adds to the expected outcome, shape (n, n_columns)."""
        return (self.line.contributions(x) + self._predicted(x, pred_contrib=True)[:, :-1]) / 2

    def _predicted(self, x: Floats, **how: Any) -> Floats:  # noqa: ANN401 - LightGBM's options
        if not len(x):
            return np.zeros((0, x.shape[1] + 1)) if how.get("pred_contrib") else np.zeros(0)
        return np.asarray(self.trees.predict(x, num_threads=threads_for(x), **how), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A response with its weight in an effect."""

    weight: float
    response: Response
    treated: float | None = None
    """What stands in the column of the treatment, where the response has one as its last column."""

    def seen(self, x: Floats) -> Floats:
        """Return the matrix that the response reads."""
        return x if self.treated is None else np.column_stack([x, np.full(len(x), self.treated)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect of rows: a weighted sum of responses, which is what every learner's effect comes to."""

    terms: tuple[Term, ...]

    def __call__(self, x: Floats) -> Floats:
        """Return the effect, shape (n,)."""
        found = np.zeros(len(x))
        for term in self.terms:
            found += term.weight * term.response(term.seen(x))
        return found

    def contributions(self, x: Floats) -> Floats:
        """Return what each column adds to the effect, against the average row, shape (n, n_columns)."""
        found = np.zeros(x.shape)
        for term in self.terms:
            found += term.weight * term.response.contributions(term.seen(x))[:, : x.shape[1]]
        return found


def responses(x: Floats, y: Floats, categorical: Sequence[int], seed: int) -> Response:
    """Fit a model of an outcome: ridge and small trees, averaged."""
    plan = planned(x, categorical)
    least = int(max(3, min(_TREES["min_data_in_leaf"], len(y) // 20)))
    settings = {**_TREES, "min_data_in_leaf": least, "seed": seed, "num_threads": threads_for(x)}
    data = lgb.Dataset(x, y, categorical_feature=list(categorical), params=settings)
    trees = lgb.train(settings, data, num_boost_round=_ROUNDS)
    ridge = Ridge(alpha=_PENALTY).fit(plan.design(x), y)
    weights = np.asarray(ridge.coef_, dtype=np.float64)
    return Response(line=Linear(plan=plan, weights=weights, base=float(ridge.intercept_)), trees=trees)


def _arms(rows: Rows, y: Floats, seed: int) -> tuple[Response, Response]:
    """Fit the outcome of the treated and that of control."""
    treated = rows.treated > 0
    return (
        responses(rows.x[treated], y[treated], rows.categorical, seed),
        responses(rows.x[~treated], y[~treated], rows.categorical, seed),
    )


def _of(*terms: tuple[float, Response]) -> Effect:
    return Effect(terms=tuple(Term(weight=weight, response=response) for weight, response in terms))


def s_learner(rows: Rows, seed: int) -> Effect:
    """One model of the outcome, the treatment a column of it."""
    both = responses(np.column_stack([rows.x, rows.treated]), rows.outcome, rows.categorical, seed)
    return Effect(terms=(Term(weight=1.0, response=both, treated=1.0), Term(weight=-1.0, response=both, treated=0.0)))


def t_learner(rows: Rows, seed: int) -> Effect:
    """A model of each arm's outcome."""
    with_it, without = _arms(rows, rows.outcome, seed)
    return _of((1.0, with_it), (-1.0, without))


def x_learner(rows: Rows, seed: int) -> Effect:
    """Models of what each arm's rows did against what the other arm's model expects of them."""
    with_it, without = _arms(rows, rows.outcome, seed)
    gained = np.where(rows.treated > 0, rows.outcome - without(rows.x), with_it(rows.x) - rows.outcome)
    of_treated, of_control = _arms(rows, gained, seed + 1)
    share = float(rows.treated.mean())
    return _of((1 - share, of_treated), (share, of_control))


def dr_learner(rows: Rows, seed: int) -> Effect:
    """A model of doubly robust pseudo-outcomes."""
    return _of((1.0, responses(rows.x, pseudo_outcomes(rows, seed), rows.categorical, seed)))


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
    share = 1 / len(effects)
    return Effect(terms=tuple(replace(term, weight=term.weight * share) for one in effects for term in one.terms))
