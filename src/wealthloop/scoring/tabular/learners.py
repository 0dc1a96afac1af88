"""What can learn from a matrix: penalised logistic regression and bagged small trees; log-odds and reasons of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import LogisticRegression

from wealthloop.scoring.types import Floats

CHECKPOINTS: Final = (25, 50, 100, 200, 400)
"""Rounds of boosting among which validation chooses."""
_CLIP: Final = 0.005
"""Numbers beyond these quantiles of training are drawn in for the linear learner."""
_MOST_CELLS: Final = 100_000_000
_MUCH: Final = 4_000_000
"""Cells from which on two threads are faster than one."""
_FEW_STEPS: Final = 600
"""Columns of a design up to which Newton's method, which is exact and fast, can hold its square."""
_BASE: Final[dict[str, Any]] = {
    "objective": "binary", "verbosity": -1, "deterministic": True, "force_row_wise": True,
    "bagging_freq": 1, "cat_smooth": 20.0, "max_bin": 127, "min_data_in_bin": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A way to learn, by name."""

    name: str
    kind: str
    """``linear`` or ``trees``."""
    settings: dict[str, float]


LEARNERS: Final = (
    *(Learner(name=f"logistic {c:g}", kind="linear", settings={"c": c}) for c in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
    Learner(
        name="trees small", kind="trees",
        settings={"num_leaves": 4, "learning_rate": 0.05, "feature_fraction": 0.4, "bagging_fraction": 0.6,
                  "min_data_in_leaf": 20, "lambda_l2": 5.0},
    ),
    Learner(
        name="trees middle", kind="trees",
        settings={"num_leaves": 8, "learning_rate": 0.03, "feature_fraction": 0.3, "bagging_fraction": 0.6,
                  "min_data_in_leaf": 40, "lambda_l2": 5.0},
    ),
    Learner(
        name="trees large", kind="trees",
        settings={"num_leaves": 31, "learning_rate": 0.02, "feature_fraction": 0.3, "bagging_fraction": 0.5,
                  "min_data_in_leaf": 20, "lambda_l2": 10.0},
    ),
)  # fmt: skip


class Model(Protocol):
    """Something that was learnt."""

    def margins(self, x: Floats) -> Floats:
        """Return log-odds, shape (n,)."""

    def contributions(self, x: Floats) -> Floats:
        """Return what each column adds to the log-odds, shape (n, n_columns); the base is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A logistic regression over standardised numbers, flags of unknown ones, and a flag for each category."""

    plan: "Plan"
    weights: Floats
    base: float

    def margins(self, x: Floats) -> Floats:
        """Return log-odds, shape (n,)."""
        found: Floats = self.plan.design(x) @ self.weights + self.base
        return found

    def contributions(self, x: Floats) -> Floats:
        """Return what each column adds to the log-odds, against training's average, shape (n, n_columns)."""
        added = self.plan.design(x) * self.weights
        out = np.zeros((x.shape[0], x.shape[1]))
        np.add.at(out.T, self.plan.owners, added.T)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Boosted trees; several seeds are averaged."""

    boosters: tuple[lgb.Booster, ...]
    rounds: int

    def at(self, rounds: int) -> "Trees":
        """Return the same with fewer rounds."""
        return Trees(boosters=self.boosters, rounds=rounds)

    def margins(self, x: Floats) -> Floats:
        """Return log-odds, shape (n,)."""
        return _mean([_predict(booster, x, num_iteration=self.rounds) for booster in self.boosters])

    def contributions(self, x: Floats) -> Floats:
        """Return what each column adds to the log-odds (exact tree contributions), shape (n, n_columns)."""
        found = [_predict(one, x, num_iteration=self.rounds, pred_contrib=True) for one in self.boosters]
        return _mean(found)[:, :-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """The average of some models' log-odds."""

    models: tuple[Model, ...]

    def margins(self, x: Floats) -> Floats:
        """Return log-odds, shape (n,)."""
        return _mean([model.margins(x) for model in self.models])

    def contributions(self, x: Floats) -> Floats:
        """Return what each column adds to the log-odds, shape (n, n_columns)."""
        return _mean([model.contributions(x) for model in self.models])


def _mean(found: Sequence[Floats]) -> Floats:
    total: Floats = np.mean(found, axis=0)
    return total


def fits(learner: Learner, x: Floats) -> bool:
    """Say whether a matrix is small enough for a learner."""
    return learner.kind == "trees" or x.size <= _MOST_CELLS


def fit_linear(learner: Learner, x: Floats, y: Floats, categorical: Sequence[int]) -> Linear:
    """Fit a logistic regression whose weights shrink towards 0."""
    plan = planned(x, categorical)
    solver, tol = ("newton-cholesky", 1e-7) if len(plan.steps) < _FEW_STEPS else ("lbfgs", 1e-4)
    found = LogisticRegression(C=learner.settings["c"], solver=solver, tol=tol, max_iter=1_000).fit(plan.design(x), y)
    return Linear(plan=plan, weights=np.asarray(found.coef_[0], dtype=np.float64), base=float(found.intercept_[0]))


def fit_trees(
    learner: Learner, x: Floats, y: Floats, categorical: Sequence[int], *, rounds: int, seeds: int, seed: int
) -> Trees:
    """Fit boosted trees, once for each of some seeds."""
    settings = {**_BASE, **learner.settings}
    settings["min_data_in_leaf"] = int(max(3, min(settings["min_data_in_leaf"], len(y) // 20)))
    made = []
    for place in range(seeds):
        params = {**settings, "seed": seed + place, "num_threads": threads_for(x)}
        data = lgb.Dataset(x, y, categorical_feature=list(categorical), params=params, free_raw_data=True)
        made.append(lgb.train(params, data, num_boost_round=rounds))
    return Trees(boosters=tuple(made), rounds=rounds)


def threads_for(x: Floats) -> int:
    """Return how many threads pay for a matrix: two wait for each other longer than they work on a small one."""
    return 2 if x.size > _MUCH else 1


def _predict(booster: lgb.Booster, x: Floats, **how: Any) -> Floats:  # noqa: ANN401 - LightGBM's options
    if not x.shape[0]:
        return np.zeros((0, x.shape[1] + 1)) if how.get("pred_contrib") else np.zeros(0)
    return np.asarray(booster.predict(x, raw_score=True, num_threads=threads_for(x), **how), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How columns become a linear learner's design."""

    low: Floats
    high: Floats
    middle: Floats
    spread: Floats
    steps: tuple[tuple[int, str, float], ...]
    """For each column of the design: the column of the matrix, ``number``, ``unknown`` or ``code``, the code."""
    centre: Floats
    """Average of each column of the design over training."""

    @property
    def owners(self) -> Any:  # noqa: ANN401 - integers
        """The column of the matrix behind each column of the design."""
        return np.array([column for column, _, _ in self.steps], dtype=np.int64)

    def design(self, x: Floats) -> Floats:
        """Return the design, centred, shape (n, n_steps)."""
        return self.raw(x) - self.centre

    def raw(self, x: Floats) -> Floats:
        """Return the design before it is centred."""
        out = np.empty((x.shape[0], len(self.steps)))
        for place, (column, what, code) in enumerate(self.steps):
            out[:, place] = _STEPS[what](self, x[:, column], column, code)
        return out


def _number(plan: Plan, values: Floats, column: int, _: float) -> Floats:
    drawn = (np.clip(values, plan.low[column], plan.high[column]) - plan.middle[column]) / plan.spread[column]
    known: Floats = np.nan_to_num(drawn)
    return known


_Step: TypeAlias = Callable[[Plan, Floats, int, float], Floats]
_STEPS: Final[dict[str, _Step]] = {
    "number": _number,
    "unknown": lambda _plan, values, _column, _code: np.isnan(values).astype(np.float64),
    "code": lambda _plan, values, _column, code: (values == code).astype(np.float64),
}


def planned(x: Floats, categorical: Sequence[int]) -> Plan:
    """Return how the columns of a matrix become a centred design."""
    codes = set(categorical)
    size = x.shape[1]
    low, high, middle, spread = np.zeros(size), np.zeros(size), np.zeros(size), np.ones(size)
    steps: list[tuple[int, str, float]] = []
    for column in range(size):
        known = x[~np.isnan(x[:, column]), column]
        if column in codes:
            steps += [(column, "code", float(code)) for code in np.unique(known)]
        elif known.size:
            low[column], high[column] = np.quantile(known, (_CLIP, 1 - _CLIP))
            drawn = np.clip(known, low[column], high[column])
            middle[column] = drawn.mean()
            spread[column] = drawn.std() or 1.0
            steps.append((column, "number", 0.0))
        if 0 < known.size < x.shape[0]:
            steps.append((column, "unknown", 0.0))
    plan = Plan(low=low, high=high, middle=middle, spread=spread, steps=tuple(steps), centre=np.zeros(len(steps)))
    centre = plan.raw(x).mean(axis=0)
    return Plan(low=low, high=high, middle=middle, spread=spread, steps=tuple(steps), centre=centre)
