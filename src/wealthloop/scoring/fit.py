"""Fitting one model: boosted trees on older snapshots, stopped, calibrated and measured on later data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from wealthloop.scoring.calibrate import BetaCalibration, fit_beta
from wealthloop.scoring.measure import (
    Distribution,
    Slope,
    auc,
    calibration_slope,
    distribution,
    expected_calibration_error,
)
from wealthloop.scoring.types import Floats

LEARNER: Final[dict[str, str | int | float]] = {
    "objective": "binary",
    "learning_rate": 0.07,
    "num_leaves": 7,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
"""Small and regularised: a few hundred positives must not be learnt by heart."""

_ROUNDS: Final = 200
_PATIENCE: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Labelled customers of one or more snapshots."""

    ids: tuple[str, ...]
    x: Floats
    """Predictors, shape (n, n_predictors), NaN where not known."""
    y: Floats
    """0 or 1, shape (n,)."""

    @property
    def positives(self) -> int:
        """How many labels are 1."""
        return int(self.y.sum())

    def part(self, chosen: NDArray[np.bool_]) -> "Sample":
        """Return the rows that are chosen."""
        places = np.flatnonzero(chosen)
        return Sample(ids=tuple(self.ids[place] for place in places), x=self.x[places], y=self.y[places])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted model and what later data say of it."""

    text: str
    rounds: int
    calibration: BetaCalibration
    auc: float | None
    slope: Slope | None
    calibration_error: float | None
    distribution: Distribution


def joined(samples: Sequence[Sample]) -> Sample:
    """Return several samples as one, in order."""
    return Sample(
        ids=tuple(customer for sample in samples for customer in sample.ids),
        x=np.concatenate([sample.x for sample in samples]),
        y=np.concatenate([sample.y for sample in samples]),
    )


def fit(
    train: Sample, calibrate: Sample, test: Sample, *, names: Sequence[str], monotone: dict[str, int], seed: int
) -> Fitted:
    """Fit, stop and calibrate one model.

    Args:
        train: older snapshots; both classes must occur.
        calibrate: half of the newest snapshot, on which boosting stops and the calibration is fitted; both classes.
        test: the other half, used for nothing but the measures.
        names: the predictors' names, columns of ``x``.
        monotone: 1 or -1 for predictors that may only raise or lower the score.
        seed: of LightGBM; the same input and seed give the same text.
    """
    booster = _boost(train, calibrate, names, {**learner_of(names, monotone), "seed": seed})
    calibration = fit_beta(margins_of(booster, calibrate.x), calibrate.y)
    tested = calibration.apply(margins_of(booster, test.x))
    later = np.concatenate([calibration.apply(margins_of(booster, calibrate.x)), tested])
    return Fitted(
        text=booster.model_to_string(num_iteration=booster.best_iteration),
        rounds=int(booster.best_iteration),
        calibration=calibration,
        auc=auc(tested, test.y),
        slope=calibration_slope(tested, test.y),
        calibration_error=expected_calibration_error(tested, test.y),
        distribution=distribution(later),
    )


def learner_of(names: Sequence[str], monotone: dict[str, int]) -> dict[str, str | int | float]:
    """Return the learner's settings for these predictors."""
    if not monotone:
        return dict(LEARNER)
    constraints = ",".join(str(monotone.get(name, 0)) for name in names)
    return {**LEARNER, "monotone_constraints": constraints}


def _boost(
    train: Sample, calibrate: Sample, names: Sequence[str], settings: dict[str, str | int | float]
) -> lgb.Booster:
    data = lgb.Dataset(train.x, train.y, feature_name=list(names), params=settings)
    later = lgb.Dataset(calibrate.x, calibrate.y, reference=data, params=settings)
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    return lgb.train(settings, data, num_boost_round=_ROUNDS, valid_sets=[later], callbacks=[stop])


def margins_of(booster: lgb.Booster, x: Floats) -> Floats:
    """Return a model's log-odds before calibration, shape (n,)."""
    if x.shape[0] == 0:
        return np.zeros(0)
    return np.asarray(booster.predict(x, raw_score=True, num_threads=1), dtype=np.float64)


def contributions_of(booster: lgb.Booster, x: Floats) -> Floats:
    """Return what each predictor adds to each margin, in log-odds, shape (n, n_predictors + 1).

    The last column is the base; a row adds up to the customer's margin exactly (LightGBM's ``pred_contrib``, after
    Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020).
    """
    if x.shape[0] == 0:
        return np.zeros((0, x.shape[1] + 1))
    return np.asarray(booster.predict(x, pred_contrib=True, num_threads=1), dtype=np.float64)
