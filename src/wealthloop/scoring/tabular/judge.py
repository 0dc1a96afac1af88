"""What rows that were not seen say of a model: calibration, leaks, shifts, flags; and what moves its scores."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from wealthloop.scoring.calibrate import fit_beta
from wealthloop.scoring.health import LEAK_AUC, flags_of
from wealthloop.scoring.measure import Slope, auc, calibration_slope, expected_calibration_error
from wealthloop.scoring.tabular.compare import Split
from wealthloop.scoring.tabular.encode import Encoding, Note
from wealthloop.scoring.tabular.learners import Model
from wealthloop.scoring.types import Flag, Floats

_SHIFT: Final = 1.5
"""The target's share in the newest rows, in times of the share before, from which a shift is told."""
_MOSTLY: Final = 0.05
"""Share of the rows that must know a number before it can tell the target."""
_PRIOR: Final = 20.0
"""Rows of the whole table's average that each category is given."""


def judged(
    margins: Floats, y: Floats, splits: Sequence[Split], *, by_time: bool
) -> tuple[Slope | None, float | None, int]:
    """Measure calibration on rows that the calibration has not seen: the newest part, or each fold by the others."""
    parts = [test for _, test in splits]
    measured = parts[-1:] if by_time and len(parts) > 1 else parts
    told, found = [], []
    for test in measured:
        others = [part for part in parts if part is not test]
        rest = np.concatenate(others) if others else test
        told.append(fit_beta(margins[rest], y[rest]).apply(margins[test]))
        found.append(y[test])
    p, outcomes = np.concatenate(told), np.concatenate(found)
    return calibration_slope(p, outcomes), expected_calibration_error(p, outcomes), len(p)


def leaks_of(x: Floats, y: Floats, encoding: Encoding) -> tuple[str, ...]:
    """Name the columns that tell the target nearly by themselves."""
    return tuple(column.name for place, column in enumerate(encoding.columns) if _alone(x[:, place], y, column.levels))


def _alone(values: Floats, y: Floats, levels: tuple[str, ...] | None) -> bool:
    """Say whether a column, or whether it is known at all, tells the target nearly by itself."""
    known = ~np.isnan(values)
    if _either(auc((~known).astype(np.float64), y)):
        return True
    if levels is None:
        return bool(known.mean() > _MOSTLY) and _either(auc(values[known], y[known]))
    codes = np.where(known, values, len(levels) + 1).astype(np.int64)
    counts = np.bincount(codes, minlength=len(levels) + 2)
    sums = np.bincount(codes, weights=y, minlength=len(levels) + 2)
    by_the_others = auc((sums[codes] - y + y.mean() * _PRIOR) / (counts[codes] - 1 + _PRIOR), y)
    return by_the_others is not None and by_the_others > LEAK_AUC


def _either(found: float | None) -> bool:
    return found is not None and max(found, 1 - found) > LEAK_AUC


def judged_flags(y: Floats, aucs: Sequence[float], slope: Slope | None, leaks: Sequence[str]) -> tuple[Flag, ...]:
    """Return the health flags; a column that tells the target by itself makes a leak suspected."""
    found = flags_of(positives=int(y.sum()), trained=True, auc=float(np.mean(aucs)), slope=slope)
    if leaks and Flag.LEAK_SUSPECTED not in found:
        found = (*(flag for flag in found if flag is not Flag.GOOD), Flag.LEAK_SUSPECTED)
    return found


def shifted(y: Floats, splits: Sequence[Split]) -> tuple[Note, ...]:
    """Say where the target's share has moved in the newest rows."""
    before, now = float(y[splits[-1][0]].mean()), float(y[splits[-1][1]].mean())
    if max(before, now) < _SHIFT * min(before, now):
        return ()
    return (
        Note(
            column="", rule="label_shift",
            en=f"the target's share moved from {before:.1%} to {now:.1%}: probabilities of later rows may be off, "
            "their order less so",
            zh=f"目标占比由 {before:.1%} 变为 {now:.1%}，概率可能偏移，排序较稳健",
        ),
    )  # fmt: skip


def strongest(model: Model, encoding: Encoding, x: Floats, *, top: int) -> list[dict[str, Any]]:
    """Return the columns that move scores most: by how much on average (log-odds), and in which direction."""
    added = model.contributions(x)
    weight = np.abs(added).mean(axis=0)
    found = []
    for place in np.argsort(-weight, kind="stable")[:top].tolist():
        if weight[place] == 0:
            break
        found.append({"column": encoding.columns[place].name, "log_odds": round(float(weight[place]), 4),
                      **_direction(x[:, place], added[:, place], encoding.columns[place].levels)})  # fmt: skip
    return found


def _direction(values: Floats, added: Floats, levels: tuple[str, ...] | None) -> dict[str, str]:
    known = ~np.isnan(values)
    if levels is not None:
        means = {code: float(added[values == code].mean()) for code in np.unique(values[known]).tolist()}
        high = max(means, key=lambda code: means[code])
        name = levels[int(high)] if int(high) < len(levels) else "(other)"
        return {"en": f"highest for {name}", "zh": f"{name} 时最高"}
    if known.sum() < 2 or np.ptp(values[known]) == 0 or np.ptp(added[known]) == 0:
        return {"en": "known or not", "zh": "是否已知"}
    rises = np.corrcoef(_ranks(values[known]), _ranks(added[known]))[0, 1] > 0
    return (
        {"en": "more raises the score", "zh": "越大越高"}
        if rises
        else {"en": "more lowers the score", "zh": "越大越低"}
    )


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)
