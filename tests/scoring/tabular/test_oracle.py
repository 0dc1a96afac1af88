"""Our learners beside econml's, over the same models of outcomes, folds and shares: the same effects."""

from typing import Any

import numpy as np
import pytest
from econml.dr import DRLearner
from econml.metalearners import SLearner, TLearner, XLearner
from sklearn.base import BaseEstimator

from wealthloop.scoring.tabular.causal import (
    Rows,
    dr_learner,
    pseudo_outcomes,
    responses,
    s_learner,
    t_learner,
    x_learner,
)

N = 2_400


class Ours(BaseEstimator):  # type: ignore[misc] # sklearn ships no types
    """Our model of an outcome as sklearn writes one."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed

    def fit(self, x: np.ndarray, y: np.ndarray) -> "Ours":
        self.response_ = responses(np.ascontiguousarray(x), np.asarray(y).ravel(), (), self.seed)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.response_(np.ascontiguousarray(x))


class Drawn(BaseEstimator):  # type: ignore[misc]
    """The share of an arm, which a trial knows."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share

    def fit(self, x: np.ndarray, y: np.ndarray) -> "Drawn":  # noqa: ARG002 - sklearn's signature
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.column_stack([np.full(len(x), 1 - self.share), np.full(len(x), self.share)])

    def score(self, x: np.ndarray, y: np.ndarray) -> float:  # noqa: ARG002 - sklearn's signature
        return 0.0


@pytest.fixture(scope="module")
def rows() -> Rows:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(N, 5))
    treated = (draw.random(N) < 0.4).astype(float)
    outcome = x[:, 1] + treated * (0.5 + x[:, 0]) + draw.normal(size=N)
    return Rows(
        x=x, categorical=(), treated=treated, outcome=outcome, share=np.full(N, float(treated.mean())),
        part=(np.arange(N) % 3).astype(float),
    )  # fmt: skip


def effect_of(learner: Any, rows: Rows) -> np.ndarray:  # noqa: ANN401 - econml ships no types
    learner.fit(rows.outcome, rows.treated.astype(int), X=rows.x)
    return np.asarray(learner.effect(rows.x)).ravel()


def test_t_equals_econml(rows: Rows) -> None:
    assert t_learner(rows, 7)(rows.x) == pytest.approx(effect_of(TLearner(models=Ours()), rows), abs=1e-9)


def test_s_ranks_as_econml(rows: Rows) -> None:
    """Econml hands over a column for each arm, so that trees differ a little where ours see one."""
    theirs = effect_of(SLearner(overall_model=Ours()), rows)
    assert np.corrcoef(s_learner(rows, 7)(rows.x), theirs)[0, 1] > 0.98


def test_x_equals_econml(rows: Rows) -> None:
    ours = x_learner(rows, 7)
    share = float(rows.treated.mean())
    learner = XLearner(models=Ours(7), cate_models=Ours(8), propensity_model=Drawn(share))
    assert ours(rows.x) == pytest.approx(effect_of(learner, rows), abs=1e-9)


def test_dr_equals_econml(rows: Rows) -> None:
    folds = [(np.flatnonzero(rows.part != part), np.flatnonzero(rows.part == part)) for part in range(3)]
    share = float(rows.share[0])
    learner = DRLearner(
        model_propensity=Drawn(share), model_regression=_ByArm(), model_final=Ours(7), cv=folds, min_propensity=1e-6
    )
    learner.fit(rows.outcome, rows.treated.astype(int), X=rows.x)
    assert dr_learner(rows, 7)(rows.x) == pytest.approx(np.asarray(learner.effect(rows.x)).ravel(), abs=1e-9)
    assert pseudo_outcomes(rows, 7).mean() == pytest.approx(float((rows.outcome * 0).mean()) + 0.5, abs=0.15)


class _ByArm(BaseEstimator):  # type: ignore[misc]
    """A model of each arm's outcome behind econml's one model, whose last column is the arm."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> "_ByArm":
        treated = x[:, -1] > 0
        self.models_ = [
            responses(np.ascontiguousarray(x[treated == one, :-1]), np.asarray(y).ravel()[treated == one], (), 7)
            for one in (False, True)
        ]
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        treated = x[:, -1] > 0
        inner = np.ascontiguousarray(x[:, :-1])
        return np.where(treated, self.models_[1](inner), self.models_[0](inner))

    def score(self, x: np.ndarray, y: np.ndarray) -> float:  # noqa: ARG002 - sklearn's signature
        return 0.0
