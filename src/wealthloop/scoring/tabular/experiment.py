"""Experiments from any table: columns become the units of arms, each problem named by its column and row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Pending, Trial, always_valid_effect, sample_ratio
from wealthloop.experiments.fixed import LEAST_CLUSTERS, Kind, Units, compare
from wealthloop.experiments.monitor import Checkpoint, Method, always_valid_pvalue
from wealthloop.scoring.tabular.encode import binary, needed, numbers, texts
from wealthloop.scoring.types import Floats

_SMALL_ARM: Final = 0.1
"""Share below which an amount's interval leans on more than its arm knows."""
_SUMS: Final = ("count_c", "count_t", "mean_c", "mean_t", "variance_c", "variance_t")
_NAMES: Final = ("experiment_id", "variant_id", "metric_id")


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


def analyze(table: pa.Table, asked: Question) -> list[dict[str, Any]]:
    """Compare every treatment of a table with control, by name.

    Raises:
        InvalidInput: a column is missing, a cell is empty or no number, control is not there, or the method cannot
            read what is asked.
    """
    needed(table, asked.variant, asked.metric, asked.denominator, asked.covariate, asked.cluster, asked.strata)
    if not 0.0 < asked.alpha < 0.5:
        raise InvalidInput(f"alpha == {asked.alpha}, must lie between 0 and 0.5")
    arm = np.array(texts(table, asked.variant), dtype=object)
    names = sorted(set(arm.tolist()))
    if asked.control not in names:
        raise InvalidInput(f"column {asked.variant}: no row of {asked.control}, there are {', '.join(names)}")
    if len(names) < 2:
        raise InvalidInput(f"column {asked.variant}: control alone, there must be a treatment beside it")
    every = _units(table, asked)
    ratio = _sample_ratio(arm, names, asked.shares)
    return [
        {
            "variant": name, "metric": asked.metric,
            **_compared(every, arm == asked.control, arm == name, asked),
            "checks": {"sample_ratio": ratio, **_warnings(every, arm == asked.control, arm == name, asked)},
        }
        for name in names if name != asked.control
    ]  # fmt: skip


def checkpoints(table: pa.Table) -> dict[tuple[str, str, str], list[Checkpoint]]:
    """Return the checkpoints of a table of sums, by experiment, variant and metric.

    Raises:
        InvalidInput: a column is missing, or a cell is empty or no number.
    """
    needed(table, *_NAMES, "time_since_start", *_SUMS)
    keys = zip(*(texts(table, name) for name in _NAMES), strict=True)
    columns = {name: _numbers(table, name) for name in ("time_since_start", *_SUMS)}
    found: dict[tuple[str, str, str], list[Checkpoint]] = {}
    for place, (experiment, variant, metric) in enumerate(keys):
        row = {name: float(columns[name][place]) for name in (*_SUMS, "time_since_start")}
        found.setdefault((experiment, variant, metric), []).append(
            Checkpoint(
                time=row["time_since_start"], count_c=int(row["count_c"]), count_t=int(row["count_t"]),
                mean_c=row["mean_c"], mean_t=row["mean_t"], variance_c=row["variance_c"], variance_t=row["variance_t"],
            )
        )  # fmt: skip
    return found


def _units(table: pa.Table, asked: Question) -> Units:
    value = binary(table[asked.metric], name=asked.metric) if asked.kind == "binary" else _numbers(table, asked.metric)
    if asked.kind == "ratio" and not asked.denominator:
        raise InvalidInput("--kind ratio needs --denominator, the column below the line")
    return Units(
        value=value, denominator=_numbers(table, asked.denominator) if asked.kind == "ratio" else None,
        covariate=_numbers(table, asked.covariate) if asked.covariate else None,
        stratum=_codes(table, asked.strata) if asked.strata else None,
        cluster=_codes(table, asked.cluster) if asked.cluster else None,
    )  # fmt: skip


def _only(units: Units, ours: NDArray[np.bool_]) -> Units:
    return Units(
        value=units.value[ours], denominator=None if units.denominator is None else units.denominator[ours],
        covariate=None if units.covariate is None else units.covariate[ours],
        stratum=None if units.stratum is None else units.stratum[ours],
        cluster=None if units.cluster is None else units.cluster[ours],
    )  # fmt: skip


def _compared(every: Units, control: NDArray[np.bool_], treated: NDArray[np.bool_], asked: Question) -> dict[str, Any]:
    if asked.method == "always-valid":
        return _always_valid(every, control, treated, asked)
    one = compare(_only(every, control), _only(every, treated), kind=asked.kind, alpha=asked.alpha)
    return {
        "effect": one.effect, "relative_effect": one.relative_effect, "interval": [one.low, one.high],
        "pvalue": one.pvalue, "n_control": one.n_control, "n_treatment": one.n_treatment, "method": one.method,
    }  # fmt: skip


def _always_valid(
    every: Units, control: NDArray[np.bool_], treated: NDArray[np.bool_], asked: Question
) -> dict[str, Any]:
    """Read rows in the file's order, as they matured."""
    if asked.kind == "ratio" or asked.cluster or asked.strata:
        raise InvalidInput(
            "--method always-valid reads means and shares of single units: leave ratio, cluster and strata out"
        )
    ours = control | treated
    share = float(treated[ours].mean())
    trial = Trial(
        treated=treated[ours], outcome=every.value[ours], share=share,
        covariate=None if every.covariate is None else every.covariate[ours],
    )  # fmt: skip
    n = int(ours.sum())
    found = always_valid_effect(trial, n_planned=n, alpha=asked.alpha)
    counts = {"n_control": int(control.sum()), "n_treatment": int(treated.sum())}
    if isinstance(found, Pending):
        return {"effect": None, "relative_effect": None, "interval": None, "pvalue": None, **counts,
                "method": "always-valid", "pending": {"code": found.code, "zh": found.zh, "en": found.en}}  # fmt: skip
    base = float(every.value[control].mean())
    return {
        "effect": found.estimate, "relative_effect": found.estimate / base if base else None,
        "interval": [found.low, found.high],
        "pvalue": always_valid_pvalue(found.estimate, found.sd / float(np.sqrt(n)), n, n), **counts,
        "method": found.method,
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


def _warnings(every: Units, control: NDArray[np.bool_], treated: NDArray[np.bool_], asked: Question) -> dict[str, Any]:
    found: dict[str, Any] = {}
    smaller = min(int(control.sum()), int(treated.sum())) / int((control | treated).sum())
    if asked.kind == "mean" and smaller < _SMALL_ARM and len(np.unique(every.value)) > 2:
        found["small_arm"] = {
            "zh": f"较小一组只占 {smaller:.1%}，重尾金额的区间可能偏窄", "share": smaller,
            "en": f"the smaller arm has {smaller:.1%} of the units: an interval of heavy tails may be too narrow",
        }  # fmt: skip
    if every.cluster is not None:
        counts = [len(np.unique(every.cluster[ours])) for ours in (control, treated)]
        both = len(np.intersect1d(every.cluster[control], every.cluster[treated]))
        found["clusters"] = {"control": counts[0], "treatment": counts[1], "in_both_arms": both,
                             "ok": min(counts) >= LEAST_CLUSTERS and not both}  # fmt: skip
    return found


def _numbers(table: pa.Table, name: str) -> Floats:
    values = numbers(table[name])
    odd = np.flatnonzero(~np.isfinite(values))
    if odd.size:
        raise InvalidInput(f"column {name}, row {int(odd[0]) + 1}: no number, {odd.size} row(s) are like that")
    return values


def _codes(table: pa.Table, name: str) -> NDArray[np.int64]:
    _, codes = np.unique(np.array(texts(table, name)), return_inverse=True)
    return codes.astype(np.int64)
