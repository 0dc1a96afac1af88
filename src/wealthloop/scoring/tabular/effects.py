"""Effects learnt from a randomised table: which arm does how much for whom, checked on rows that were not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.errors import InvalidInput
from wealthloop.scoring.measure import auc
from wealthloop.scoring.qini import Measured, Trial, gain_area, qini, uplift_at
from wealthloop.scoring.tabular.causal import LEARNERS, Effect, Rows, fit_all, pseudo_outcomes
from wealthloop.scoring.tabular.compare import hashed
from wealthloop.scoring.tabular.encode import Cells, Encoding, Note, binary, fit_encoding, needed, numbers
from wealthloop.scoring.tabular.learners import LEARNERS as PROPENSITY
from wealthloop.scoring.tabular.learners import fit_linear
from wealthloop.scoring.types import Floats

CONTROLS: Final = ("control", "no e-mail", "no email", "none", "no", "0", "0.0", "false", "holdout", "对照", "对照组")
"""Values of the treatment, in small letters, that are taken for control where none is named."""
_LEAST: Final = 50
"""Rows that each arm needs."""
_RANDOM: Final = 0.55
"""AUC of guessing the arm from the columns up to which arms are taken for randomised."""
_CUT: Final = 0.999
"""Outcomes beyond this quantile are drawn in while learning, where they are no 0 and 1; never when measured."""
_SHARES: Final = (0.02, 0.98)
_Z95: Final = 1.959963984540054
_FLATTEST: Final = 0.05
"""The least slope of the calibration, so that the order of scores stays."""
_AT: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """From a raw effect to a calibrated one: the best linear predictor of pseudo-outcomes, with its covariance."""

    mean: float
    slope: float
    centre: float
    variances: tuple[float, float]
    """Of mean and slope."""

    def at(self, raw: Floats) -> tuple[Floats, Floats, Floats]:
        """Return effect, low and high end of the 95 % interval of the average effect of rows with such scores."""
        away = raw - self.centre
        value = self.mean + self.slope * away
        half = _Z95 * np.sqrt(self.variances[0] + self.variances[1] * away**2)
        return value, value - half, value + half


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEffect:
    """What was learnt of one arm against control."""

    arm: str
    n_treated: int
    n_control: int
    average: Measured
    """The average effect, with its interval by the pseudo-outcomes."""
    ranking: Measured
    """Qini of rows not seen (``gain_area`` where outcomes are no 0 and 1)."""
    first: Measured
    """Average effect among the three tenths with the highest scores."""
    by_learner: dict[str, float]
    """The same ranking figure of each learner."""
    slope: Measured
    """Of the calibration, on rows not seen: 1 where the raw effects were right, 0 where they say nothing."""
    effect: Effect
    line: Line
    unseen: Floats
    """The raw effect of each row by learners that had not seen it, shape (n,)."""
    pseudo: Floats
    """Doubly robust pseudo-outcomes, shape (n,): their average in any group of rows is its effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedEffects:
    """Effects of every arm of a table."""

    encoding: Encoding
    control: str
    arms: tuple[ArmEffect, ...]
    binary: bool
    notes: tuple[Note, ...]

    def score(self, table: pa.Table) -> dict[str, tuple[Floats, Floats, Floats]]:
        """Return by arm effect, low and high end of its interval, each of shape (n_rows,)."""
        x = self.encoding.apply(table)
        return {one.arm: one.line.at(one.effect(x)) for one in self.arms}


def fit_effects(
    table: pa.Table, *, treatment: str, outcome: str, arms: Sequence[str] = (), drop: Sequence[str] = (), seed: int = 7
) -> FittedEffects:
    """Learn what each arm does for whom.

    Args:
        table: the rows of a trial.
        treatment: the column that names each row's arm.
        outcome: a column of two values, or of numbers.
        arms: control first, then the arms to learn; rows of other arms are left out. Empty: all, control by its name.
        drop: columns that are not learnt from.
        seed: of trees.

    Raises:
        InvalidInput: a column is not there, control cannot be told, an arm has too few rows, or an outcome is missing.
    """
    needed(table, treatment, outcome, *drop)
    names = _arms_of(table[treatment], treatment, arms)
    words = pc.cast(table[treatment], pa.string())
    table = table.filter(pc.is_in(words, value_set=pa.array(names)))
    label = np.array(pc.cast(table[treatment], pa.string()).to_pylist())
    y, is_binary = outcomes_of(table[outcome], outcome)
    left_out = {treatment, outcome, *drop}
    encoding, x, notes = fit_encoding(table, [name for name in table.column_names if name not in left_out])
    if not encoding.columns:
        raise InvalidInput("no column says who the rows are: all are constant, identifiers or left out")
    found: list[ArmEffect] = []
    more: list[Note] = []
    for arm in names[1:]:
        ours = (label == names[0]) | (label == arm)
        w = (label[ours] == arm).astype(np.float64)
        share, told = _share(x[ours], w, encoding, treatment, arm)
        more += told
        found.append(_arm(arm, x[ours], w, y[ours], share, encoding, is_binary=is_binary, seed=seed))
    return FittedEffects(
        encoding=encoding, control=names[0], arms=tuple(found), binary=is_binary, notes=(*notes, *more)
    )


def _arms_of(cells: Cells, name: str, asked: Sequence[str]) -> list[str]:
    """Return control and the arms, each with rows enough."""
    if cells.null_count:
        raise InvalidInput(f"column {name}: {cells.null_count} row(s) without an arm, leave them out")
    counts = {one["values"]: one["counts"] for one in pc.value_counts(pc.cast(cells, pa.string())).to_pylist()}
    if asked:
        unknown = [arm for arm in asked if arm not in counts]
        if unknown:
            raise InvalidInput(f"column {name}: no row of arm {unknown[0]}, there are {', '.join(sorted(counts))}")
        names = list(asked)
    else:
        controls = [arm for arm in counts if arm.lower() in CONTROLS]
        if len(controls) != 1:
            raise InvalidInput(
                f"column {name}: which of {', '.join(sorted(counts))} is control? Name it first in --arms"
            )
        names = [controls[0], *sorted(set(counts) - set(controls))]
    if len(names) < 2:
        raise InvalidInput(f"column {name}: control alone, there must be an arm beside it")
    few = [arm for arm in names if counts[arm] < _LEAST]
    if few:
        raise InvalidInput(f"column {name}: {counts[few[0]]} row(s) of arm {few[0]}, at least {_LEAST} are needed")
    return names


def outcomes_of(cells: Cells, name: str) -> tuple[Floats, bool]:
    """Return an outcome as numbers, and whether it is of two values; every row must have one."""
    if pc.count_distinct(cells, mode="all").as_py() == 2 and not cells.null_count:
        return binary(cells, name=name), True
    values = numbers(cells)
    if np.isnan(values).any():
        row = int(np.flatnonzero(np.isnan(values))[0])
        raise InvalidInput(f"column {name}, row {row + 1}: no number, every row needs its outcome")
    return values, False


def _share(
    x: Floats, w: Floats, encoding: Encoding, treatment: str, arm: str
) -> tuple[Floats, tuple[Note, ...]]:  # fmt: skip
    """Return the probability of treatment: one for all where the columns cannot tell who is treated, else fitted."""
    found = np.empty(len(w))
    for train, test in hashed(x, w):
        found[test] = fit_linear(PROPENSITY[1], x[train], w[train], encoding.categorical).margins(x[test])
    told = auc(found, w) or 0.5
    if told < _RANDOM:
        return np.full(len(w), float(w.mean())), ()
    fitted = np.clip(1 / (1 + np.exp(-found)), *_SHARES)
    note = Note(
        column=treatment, rule="not_random",
        en=f"who is in {arm} can be guessed (AUC {told:.2f}): no randomised trial, adjusted for the columns alone",
        zh=f"{arm} 的分组可被预测（AUC {told:.2f}），并非随机试验，仅按已知字段校正",
    )  # fmt: skip
    return fitted, (note,)


def _arm(
    arm: str, x: Floats, w: Floats, y: Floats, share: Floats, encoding: Encoding, *, is_binary: bool, seed: int
) -> ArmEffect:  # fmt: skip
    part = np.empty(len(w))
    for place, (_, test) in enumerate(hashed(x, w)):
        part[test] = place
    learnt = y if is_binary else np.minimum(y, np.quantile(y, _CUT))
    rows = Rows(x=x, categorical=encoding.categorical, treated=w, outcome=learnt, share=share, part=part)
    return arm_effect(arm, rows, y, is_binary=is_binary, seed=seed)


def arm_effect(arm: str, rows: Rows, measured: Floats, *, is_binary: bool, seed: int) -> ArmEffect:
    """Learn the effect of one arm by every learner, and judge each on rows that it had not seen.

    Args:
        arm: its name.
        rows: what is learnt from; ``part`` names the folds.
        measured: the outcome as it is measured, shape (n,), where ``rows`` has it drawn in.
        is_binary: whether outcomes are 0 and 1.
        seed: of trees.
    """
    unseen = {name: np.empty(len(measured)) for name in (*LEARNERS, "average")}
    for place in np.unique(rows.part).tolist():
        ours = rows.part == place
        for name, effect in fit_all(rows.only(~ours), seed).items():
            unseen[name][ours] = effect(rows.x[ours])
    rank = qini if is_binary else gain_area
    trials = {name: Trial(score=raw, treated=rows.treated, outcome=measured) for name, raw in unseen.items()}
    psi = pseudo_outcomes(rows, seed)
    line, slope = _calibrated(unseen["average"], psi)
    error = _Z95 * float(psi.std(ddof=1) / np.sqrt(len(psi)))
    mean = float(psi.mean())
    ranked = {name: rank(trial) for name, trial in trials.items()}
    return ArmEffect(
        arm=arm, n_treated=int(rows.treated.sum()), n_control=int((1 - rows.treated).sum()),
        average=Measured(estimate=mean, low=mean - error, high=mean + error), ranking=ranked["average"],
        first=uplift_at(trials["average"], _AT), by_learner={name: one.estimate for name, one in ranked.items()},
        slope=slope, effect=fit_all(rows, seed)["average"], line=line, unseen=unseen["average"], pseudo=psi,
    )  # fmt: skip


def _calibrated(raw: Floats, psi: Floats) -> tuple[Line, Measured]:
    """Regress pseudo-outcomes on effects that had not seen them (Chernozhukov et al., best linear predictor)."""
    centre = float(raw.mean())
    away = raw - centre
    spread = float((away**2).sum())
    slope = float(away @ psi) / spread if spread > 0 else 0.0
    left = psi - psi.mean() - slope * away
    variances = (
        float((left**2).sum()) / len(psi) ** 2,
        float((left**2 * away**2).sum()) / spread**2 if spread > 0 else 0.0,
    )
    half = _Z95 * float(np.sqrt(variances[1]))
    line = Line(mean=float(psi.mean()), slope=max(slope, _FLATTEST), centre=centre, variances=variances)
    return line, Measured(estimate=slope, low=slope - half, high=slope + half)
