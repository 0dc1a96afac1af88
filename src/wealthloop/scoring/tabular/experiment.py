"""Experiments from any table: columns become the units of arms, each problem named by its column and row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Pending, Trial, always_valid_effect, sample_ratio
from wealthloop.experiments.anytime import compare_anytime
from wealthloop.experiments.boundary import always_valid_pvalue
from wealthloop.experiments.clusters import LEAST_CLUSTERS
from wealthloop.experiments.fixed import Compared, Kind, Units, compare
from wealthloop.experiments.monitor import Method
from wealthloop.experiments.randomised import SMALL_ARM, compare_randomised
from wealthloop.scoring.tabular.encode import binary, needed, numbers, texts
from wealthloop.scoring.types import Floats

Rows: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a table; empty names are not asked."""

    variant: str
    control: str
    metric: str
    kind: Kind
    denominator: str
    covariate: str
    cluster: str
    strata: str
    method: Method
    alpha: float
    shares: str
    cut: float | None = None
    """Amounts are held in [-cut, cut]; fixed before the start."""
    planned_n: int = 0
    """Units of both arms at which an always-valid interval is tightest; 0: those at hand."""


def analyze(table: pa.Table, asked: Question) -> list[dict[str, Any]]:
    """Compare every treatment of a table with control, by name.

    Raises:
        InvalidInput: a column is missing, a cell is empty or no number, control is not there, or the method cannot
            read what is asked.
    """
    needed(table, asked.variant, asked.metric, asked.denominator, asked.covariate, asked.cluster, asked.strata)
    if not 0.0 < asked.alpha < 0.5:
        raise InvalidInput(f"alpha == {asked.alpha}, must lie between 0 and 0.5")
    if asked.cut is not None and (asked.kind != "mean" or not asked.cut > 0):
        raise InvalidInput(f"--cut {asked.cut:g}: must be above 0, and only amounts (kind mean) are cut")
    arm = np.array(texts(table, asked.variant), dtype=object)
    names = sorted(set(arm.tolist()))
    if asked.control not in names:
        raise InvalidInput(f"column {asked.variant}: no row of {asked.control}, there are {', '.join(names)}")
    if len(names) < 2:
        raise InvalidInput(f"column {asked.variant}: control alone, there must be a treatment beside it")
    every = _held(_units(table, asked), asked)
    ratio = _sample_ratio(arm, names, asked.shares)
    return [
        {
            "variant": name, "metric": asked.metric,
            **_compared(every, arm == asked.control, arm == name, asked),
            "checks": {"sample_ratio": ratio, **_warnings(every, arm == asked.control, arm == name)},
        }
        for name in names if name != asked.control
    ]  # fmt: skip


def _units(table: pa.Table, asked: Question) -> Units:
    value = binary(table[asked.metric], name=asked.metric) if asked.kind == "binary" else finite(table, asked.metric)
    if asked.kind == "ratio" and not asked.denominator:
        raise InvalidInput("--kind ratio needs --denominator, the column below the line")
    return Units(
        value=value, denominator=finite(table, asked.denominator) if asked.kind == "ratio" else None,
        covariate=finite(table, asked.covariate) if asked.covariate else None,
        stratum=_codes(table, asked.strata) if asked.strata else None,
        cluster=_codes(table, asked.cluster) if asked.cluster else None,
    )  # fmt: skip


def _only(units: Units, ours: Rows) -> Units:
    return Units(
        value=units.value[ours], denominator=None if units.denominator is None else units.denominator[ours],
        covariate=None if units.covariate is None else units.covariate[ours],
        stratum=None if units.stratum is None else units.stratum[ours],
        cluster=None if units.cluster is None else units.cluster[ours],
    )  # fmt: skip


def _held(every: Units, asked: Question) -> Units:
    """Return units with amount and covariate cut on both sides."""
    cut = asked.cut
    if cut is None:
        return every
    covariate = None if every.covariate is None else np.clip(every.covariate, -cut, cut)
    return replace(every, value=np.clip(every.value, -cut, cut), covariate=covariate)


def _estimand(asked: Question) -> str:
    plain = {"mean": "difference in means", "binary": "difference in shares", "ratio": "difference in ratios of sums"}
    return plain[asked.kind] + ("" if asked.cut is None else f", winsorised at {asked.cut:g} on both sides")


def _compared(every: Units, control: Rows, treated: Rows, asked: Question) -> dict[str, Any]:
    how = _always_valid if asked.method == "always-valid" else _fixed
    return {**how(every, control, treated, asked), "estimand": _estimand(asked)}


def _fixed(every: Units, control: Rows, treated: Rows, asked: Question) -> dict[str, Any]:
    arms = _only(every, control), _only(every, treated)
    if _is_small(every, control, treated, asked):
        return _told(compare_randomised(*arms, alpha=asked.alpha))
    return _told(compare(*arms, kind=asked.kind, alpha=asked.alpha))


def _is_small(every: Units, control: Rows, treated: Rows, asked: Question) -> bool:
    """Say whether an arm is so small that an amount's ordinary interval would be too narrow."""
    smaller = min(int(control.sum()), int(treated.sum())) / int((control | treated).sum())
    return smaller < SMALL_ARM and asked.kind != "binary" and len(np.unique(every.value[control | treated])) > 2


def _always_valid(every: Units, control: Rows, treated: Rows, asked: Question) -> dict[str, Any]:
    """Read rows in the file's order, as they matured."""
    ours = control | treated
    planned = asked.planned_n or int(ours.sum())
    if asked.kind == "ratio" or asked.cluster or asked.strata:
        arms = _only(every, control), _only(every, treated)
        found = compare_anytime(*arms, kind=asked.kind, n_planned=planned, alpha=asked.alpha)
        told = _pending(found, control, treated) if isinstance(found, Pending) else _told(found)
    else:
        told = _running(every, control, treated, asked)
    return {**told, "planned_n": planned}


def _running(every: Units, control: Rows, treated: Rows, asked: Question) -> dict[str, Any]:
    ours = control | treated
    trial = Trial(
        treated=treated[ours], outcome=every.value[ours], share=float(treated[ours].mean()),
        covariate=None if every.covariate is None else every.covariate[ours],
    )  # fmt: skip
    n = int(ours.sum())
    planned = asked.planned_n or n
    found = always_valid_effect(trial, n_planned=planned, alpha=asked.alpha)
    if isinstance(found, Pending):
        return _pending(found, control, treated)
    base, error = float(every.value[control].mean()), found.sd / float(np.sqrt(n))
    return {
        "effect": found.estimate, "relative_effect": found.estimate / base if base else None,
        "interval": [found.low, found.high],
        "pvalue": always_valid_pvalue(found.estimate, error, n, n_planned=planned, alpha=asked.alpha),
        "n_control": found.n_control, "n_treatment": found.n_treated, "method": found.method,
    }  # fmt: skip


def _told(one: Compared) -> dict[str, Any]:
    return {
        "effect": one.effect, "relative_effect": one.relative_effect, "interval": [one.low, one.high],
        "pvalue": one.pvalue, "n_control": one.n_control, "n_treatment": one.n_treatment, "method": one.method,
    }  # fmt: skip


def _pending(why: Pending, control: Rows, treated: Rows) -> dict[str, Any]:
    told = {"code": why.code, "zh": why.zh, "en": why.en}
    if why.code == "small_arm":
        told["zh"] += "；期满时可用 --method fixed 看一次，届时采用随机化检验"
        told["en"] += "; at its end it can be read once, by a randomisation test (--method fixed)"
    return {
        "effect": None, "relative_effect": None, "interval": None, "pvalue": None, "n_control": int(control.sum()),
        "n_treatment": int(treated.sum()), "method": "always-valid", "pending": told,
    }  # fmt: skip


def _sample_ratio(arm: NDArray[Any], names: Sequence[str], shares: str) -> dict[str, Any]:
    wanted = {name: 1 / len(names) for name in names}
    if shares:
        wanted = _shares(shares, names)
    counts = [int((arm == name).sum()) for name in names]
    found = sample_ratio(counts, [wanted[name] for name in names])
    return {
        "ok": found.ok, "pvalue": found.p_value, "counts": dict(zip(names, counts, strict=True)),
        "expected": wanted, "assumed_equal": not shares,
    }  # fmt: skip


def _shares(text: str, names: Sequence[str]) -> dict[str, float]:
    told: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.rpartition("=")
        try:
            told[name.strip()] = float(share)
        except ValueError as error:
            raise InvalidInput(f"--shares {part}: must be written as name=share") from error
    if sorted(told) != list(names) or min(told.values()) <= 0:
        raise InvalidInput(f"--shares must name {', '.join(names)}, each above 0")
    total = sum(told.values())
    return {name: share / total for name, share in told.items()}


def _warnings(every: Units, control: Rows, treated: Rows) -> dict[str, Any]:
    if every.cluster is None:
        return {}
    counts = [len(np.unique(every.cluster[ours])) for ours in (control, treated)]
    both = len(np.intersect1d(every.cluster[control], every.cluster[treated]))
    return {"clusters": {"control": counts[0], "treatment": counts[1], "in_both_arms": both,
                         "ok": min(counts) >= LEAST_CLUSTERS and not both}}  # fmt: skip


def finite(table: pa.Table, name: str) -> Floats:
    """Return a column as numbers.

    Raises:
        InvalidInput: a cell is none.
    """
    values = numbers(table[name])
    odd = np.flatnonzero(~np.isfinite(values))
    if odd.size:
        raise InvalidInput(f"column {name}, row {int(odd[0]) + 1}: no number, {odd.size} row(s) are like that")
    return values


def _codes(table: pa.Table, name: str) -> NDArray[np.int64]:
    _, codes = np.unique(np.array(texts(table, name)), return_inverse=True)
    return codes.astype(np.int64)
