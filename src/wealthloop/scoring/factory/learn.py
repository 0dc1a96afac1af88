"""One model of many: sampled, screened, boosted where it pays, calibrated and measured on later rows.

A model may stand on a base: the log-odds of a wider model of the same target. Its own trees then learn only what its
rows do otherwise, and none where later rows do not show that this is real: a thin slice borrows what it lacks.
"""

from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from wealthloop.kit import content_hash
from wealthloop.scoring.calibrate import BetaCalibration, fit_beta
from wealthloop.scoring.factory.binning import Codes
from wealthloop.scoring.factory.screen import screen
from wealthloop.scoring.measure import (
    Distribution,
    Observed,
    Slope,
    auc,
    calibration_slope,
    distribution,
    expected_calibration_error,
    reliability,
)
from wealthloop.scoring.types import Floats, Learner, Why

SETTINGS: Final[dict[str, Any]] = {
    "objective": "binary", "learning_rate": 0.12, "num_leaves": 8, "min_data_in_leaf": 20, "lambda_l2": 5.0,
    "feature_fraction": 0.5, "max_bin": 64, "min_data_in_bin": 1, "bin_construct_sample_cnt": 5_000,
    "enable_bundle": False, "feature_pre_filter": False, "deterministic": True, "force_row_wise": True,
    "num_threads": 1, "verbosity": -1,
}  # fmt: skip
"""Small and regularised: a few hundred positives must not be learnt by heart."""
_ADDITIVE: Final[dict[str, Any]] = {"num_leaves": 2, "learning_rate": 0.1, "min_data_in_leaf": 10}
"""Trees of one split each add up columns and nothing else: all that few positives can tell."""
_FEW: Final = 200
"""Positives below which trees stay additive."""
ROUNDS: Final = 120
_PATIENCE: Final = 10
NEGATIVES: Final = 15
"""Negatives kept for each positive."""
_LEAST_NEGATIVES: Final = 2_000
_MOST_POSITIVES: Final = 5_000
_MOST_LATER: Final = 20_000
"""Negatives of the later rows on which a model is stopped, calibrated and measured."""
_SURE: Final = 2.0
_LEAST_TO_TRAIN: Final = 10
_LEAST_TO_CALIBRATE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one model learns from; places are rows of ``codes``."""

    key: str
    """Its name: draws are a pure function of it and the seed."""
    codes: Codes
    label: NDArray[np.bool_]
    """Shape (n_rows,)."""
    train: NDArray[np.int64]
    calibrate: NDArray[np.int64]
    """Later rows that stop the boosting and fit the calibration."""
    test: NDArray[np.int64]
    """Other later rows, used for nothing but the measures."""
    base: Floats | None = None
    """Log-odds of a wider model, shape (n_rows,)."""
    monotone: tuple[tuple[int, int], ...] = ()
    """Columns that may only raise (1) or only lower (-1) the likelihood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model over codes and what later rows say of it."""

    learner: Learner
    why: Why
    text: str | None
    """LightGBM's text over the codes of ``columns``; None where the model is its base alone, or a constant."""
    columns: tuple[int, ...]
    rounds: int
    offset: float
    """Added to the margin, which is of sampled rows, before it is calibrated."""
    calibration: BetaCalibration
    leaks: tuple[int, ...]
    auc: float | None
    slope: Slope | None
    calibration_error: float | None
    distribution: Distribution
    reliability: tuple[Observed, ...]
    """Of the test rows, by tenth of the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """Some rows of a part, positives and negatives thinned each by its own share."""

    places: NDArray[np.int64]
    label: NDArray[np.bool_]
    shift: float
    """Log-odds that thinning added."""
    weight: Floats
    """How many rows each stands for."""


def learnable(lesson: Lesson) -> bool:
    """Say whether both classes occur often enough to train and to calibrate; on a base, 3 later positives do."""
    train, later = lesson.label[lesson.train], lesson.label[lesson.calibrate]
    enough = lesson.base is not None or _LEAST_TO_TRAIN <= train.sum() < len(train)
    return bool(enough and _LEAST_TO_CALIBRATE <= later.sum() < len(later))


def learn(lesson: Lesson, *, seed: int) -> Learned:
    """Fit one model; ``learnable`` must hold. The same lesson and seed give the same text."""
    draw = np.random.default_rng(int(content_hash(f"{seed}/{lesson.key}".encode())[:16], 16))
    train = _drawn(lesson, lesson.train, draw, each=NEGATIVES, most=_MOST_POSITIVES)
    calibrate = _drawn(lesson, lesson.calibrate, draw, each=NEGATIVES, most=_MOST_LATER)
    test = _drawn(lesson, lesson.test, draw, each=10 * NEGATIVES, most=_MOST_LATER)
    screened = screen(lesson.codes[train.places], train.label)
    learner, why = _choice(lesson, int(train.label.sum()), len(screened.columns))
    boosted = None
    if learner in {"trees", "additive"}:
        boosted = _boost(lesson, train, calibrate, screened.columns, _settings(lesson, learner, screened.columns, seed))
        learner, why = _worth_it(lesson, calibrate, boosted, learner, why)
    trees = boosted if learner in {"trees", "additive"} else None
    shift = train.shift if lesson.base is None and trees is not None else 0.0
    return _finished(lesson, calibrate, test, trees, learner=learner, why=why, shift=shift, leaks=screened.leaks)


def _choice(lesson: Lesson, positives: int, telling: int) -> tuple[Learner, Why]:
    """Choose a learner from the cheap look."""
    alone: Learner = "constant" if lesson.base is None else "pooled"
    if positives < _LEAST_TO_TRAIN:
        return alone, Why(rule="few_positives", figure=positives)
    if not telling:
        return alone, Why(rule="no_signal", figure=0)
    if positives < _FEW:
        return "additive", Why(rule="few_positives", figure=positives)
    return "trees", Why(rule="signal", figure=telling)


def _worth_it(
    lesson: Lesson, calibrate: _Drawn, boosted: "_Boosted", learner: Learner, why: Why
) -> tuple[Learner, Why]:
    """Keep trees on a base only where they lower the loss of later rows by more than two standard errors.

    The same rows have chosen the number of trees, so one would be met by chance too often.
    """
    if lesson.base is None:
        return learner, why
    base = lesson.base[calibrate.places] + calibrate.shift
    gained = _losses(base, calibrate.label) - _losses(base + boosted.margins(lesson, calibrate), calibrate.label)
    error = float(gained.std(ddof=1) / np.sqrt(len(gained))) if len(gained) > 1 else 0.0
    gain = float(gained.mean())
    if gain <= _SURE * error:
        return "pooled", Why(rule="no_gain", figure=round(gain, 6))
    return learner, Why(rule="gain", figure=round(gain, 6))


def _losses(margins: Floats, label: NDArray[np.bool_]) -> Floats:
    """Return each row's log loss."""
    losses: Floats = np.logaddexp(0.0, np.where(label, -margins, margins))
    return losses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boosted:
    """Trees, without the base on which they stand."""

    booster: lgb.Booster
    columns: NDArray[np.int64]

    @property
    def rounds(self) -> int:
        """Trees that early stopping kept."""
        return int(self.booster.best_iteration)

    def margins(self, lesson: Lesson, drawn: _Drawn) -> Floats:
        """Return what the trees add, shape (n,)."""
        if not len(drawn.places):
            return np.zeros(0)
        x = _matrix(lesson, drawn, self.columns)
        found: Floats = np.asarray(self.booster.predict(x, raw_score=True, num_threads=1), dtype=np.float64)
        return found


def _settings(lesson: Lesson, learner: Learner, columns: NDArray[np.int64], seed: int) -> dict[str, Any]:
    settings = {**SETTINGS, **(_ADDITIVE if learner == "additive" else {}), "seed": seed}
    bound = dict(lesson.monotone)
    if any(column in bound for column in columns.tolist()):
        settings["monotone_constraints"] = [bound.get(column, 0) for column in columns.tolist()]
    return settings


def _boost(
    lesson: Lesson, train: _Drawn, calibrate: _Drawn, columns: NDArray[np.int64], settings: dict[str, Any]
) -> _Boosted:
    data = lgb.Dataset(
        _matrix(lesson, train, columns), train.label.astype(np.float32), init_score=_start(lesson, train),
        params=settings,
    )  # fmt: skip
    later = lgb.Dataset(
        _matrix(lesson, calibrate, columns), calibrate.label.astype(np.float32), reference=data,
        init_score=_start(lesson, calibrate), params=settings,
    )  # fmt: skip
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    booster = lgb.train(settings, data, num_boost_round=ROUNDS, valid_sets=[later], callbacks=[stop])
    return _Boosted(booster=booster, columns=columns)


def _matrix(lesson: Lesson, drawn: _Drawn, columns: NDArray[np.int64]) -> NDArray[np.float32]:
    return lesson.codes[drawn.places][:, columns].astype(np.float32)


def _start(lesson: Lesson, drawn: _Drawn) -> Floats | None:
    """Return the base of sampled rows, as sampled."""
    return None if lesson.base is None else lesson.base[drawn.places] + drawn.shift


def _drawn(lesson: Lesson, places: NDArray[np.int64], draw: np.random.Generator, *, each: int, most: int) -> _Drawn:
    """Thin the rows of a part: at most so many positives, and so many negatives for each."""
    label = lesson.label[places]
    positives, negatives = places[label], places[~label]
    ones = _some(positives, most, draw)
    zeros = _some(negatives, min(max(each * len(ones), _LEAST_NEGATIVES), _MOST_LATER * 5), draw)
    kept = np.concatenate([ones, zeros])
    order = np.argsort(kept, kind="stable")
    weights = (len(positives) / max(len(ones), 1), len(negatives) / max(len(zeros), 1))
    chosen = np.arange(len(kept)) < len(ones)
    return _Drawn(
        places=kept[order], label=chosen[order],
        shift=float(np.log(weights[1]) - np.log(weights[0])) if len(ones) and len(zeros) else 0.0,
        weight=np.where(chosen, weights[0], weights[1])[order],
    )  # fmt: skip


def _some(places: NDArray[np.int64], most: int, draw: np.random.Generator) -> NDArray[np.int64]:
    return places if len(places) <= most else draw.choice(places, most, replace=False, shuffle=False)


def _finished(
    lesson: Lesson, calibrate: _Drawn, test: _Drawn, trees: _Boosted | None, *,
    learner: Learner, why: Why, shift: float, leaks: tuple[int, ...],
) -> Learned:  # fmt: skip
    """Calibrate on later rows and measure on others.

    ``shift`` is what thinning added to the trees' own margins; thinning moves the intercept of the calibration and
    nothing else (Prentice and Pyke, 1979).
    """
    offset = calibrate.shift - shift
    fitted = fit_beta(_margins(lesson, calibrate, trees) + offset, calibrate.label.astype(np.float64))
    calibration = BetaCalibration(a=fitted.a, b=fitted.b, c=fitted.c - calibrate.shift)
    on_calibrate = calibration.apply(_margins(lesson, calibrate, trees) + offset)
    tested = calibration.apply(_margins(lesson, test, trees) + offset)
    outcomes = test.label.astype(np.float64)
    return Learned(
        learner=learner, why=why, text=_text(trees), columns=_columns(trees),
        rounds=0 if trees is None else trees.rounds, offset=offset, calibration=calibration, leaks=leaks,
        auc=auc(tested, outcomes), slope=calibration_slope(tested, outcomes),
        calibration_error=expected_calibration_error(tested, outcomes, test.weight),
        reliability=reliability(tested, outcomes, test.weight),
        distribution=distribution(
            np.concatenate([on_calibrate, tested]), np.concatenate([calibrate.weight, test.weight])
        ),
    )  # fmt: skip


def _text(trees: _Boosted | None) -> str | None:
    return None if trees is None else str(trees.booster.model_to_string(num_iteration=trees.rounds))


def _columns(trees: _Boosted | None) -> tuple[int, ...]:
    return () if trees is None else tuple(trees.columns.tolist())


def _margins(lesson: Lesson, drawn: _Drawn, trees: _Boosted | None) -> Floats:
    own = np.zeros(len(drawn.places)) if trees is None else trees.margins(lesson, drawn)
    return own if lesson.base is None else own + lesson.base[drawn.places]
