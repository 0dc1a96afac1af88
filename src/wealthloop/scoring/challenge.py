"""Champion against challenger: the same customers, later than what both learnt from, and the interval between them."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from wealthloop import features
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import Conflict
from wealthloop.kit import Home, buckets
from wealthloop.scoring.labels import labels_of
from wealthloop.scoring.matrix import members_of, with_regions
from wealthloop.scoring.qini import Measured, bootstrapped
from wealthloop.scoring.registry import ModelRecord
from wealthloop.scoring.score import log_odds_of
from wealthloop.scoring.snapshots import Snapshot
from wealthloop.scoring.types import Floats

MARGIN: Final = 0.01
"""By how much of AUC a challenger may be worse at most, as far as the interval can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How much better a challenger ranks than the champion."""

    model_id: str
    champion: str
    """Version."""
    challenger: str
    measure: str
    """``auc``, or ``qini`` of effects."""
    difference: Measured
    """Challenger less champion, with its 95 % interval by bootstrap over customers."""
    units: int
    margin: float = MARGIN

    @property
    def allows(self) -> bool:
        """Whether the challenger is better, or not worse by more than the margin."""
        return self.difference.low > -self.margin

    @property
    def sentence(self) -> str:
        """The finding in words."""
        one = self.difference
        return (
            f"{self.measure} of {self.units} customers differs by {one.estimate:+.4f} ({one.low:+.4f} to "
            f"{one.high:+.4f}), at most {self.margin} worse is allowed"
        )

    def told(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "allows": self.allows}


def compare(bank: BankTables, engine: Engine, home: Home, champion: ModelRecord, challenger: ModelRecord) -> Comparison:
    """Score the challenger's test customers by both: they were neither trained on nor calibrated with.

    Raises:
        Conflict: one of the two gives no scores, or there are no test customers of both classes.
    """
    snapshot, table, label = _test_customers(bank, engine, home, challenger)
    if not champion.has_scores or not challenger.has_scores:
        raise Conflict(f"model {challenger.model_id}: a version without scores cannot be compared")
    if not 0 < label.sum() < len(label):
        raise Conflict(f"model {challenger.model_id}: the test customers of {snapshot.day} show one class alone")
    ours, theirs = (_ordered(log_odds_of(home, one, table)) for one in (challenger, champion))

    def difference(weight: Floats) -> float:
        return _auc(ours, label, weight) - _auc(theirs, label, weight)

    return Comparison(
        model_id=challenger.model_id, champion=champion.version, challenger=challenger.version, measure="auc",
        difference=bootstrapped(difference, len(label)), units=len(label),
    )  # fmt: skip


def _test_customers(bank: BankTables, engine: Engine, home: Home, record: ModelRecord) -> tuple[Snapshot, Any, Floats]:
    manifest = record.manifest
    if manifest.later_day is None or manifest.labels_until is None:
        raise Conflict(f"model {record.model_id}: version {record.version} has no test customers")
    snapshot = Snapshot(day=manifest.later_day, last=manifest.labels_until)
    built = features.build(bank, engine, as_of=snapshot.day, home=home)
    table = with_regions(bank, engine, built, as_of=snapshot.day)
    tested = buckets(f"{manifest.seed}/halves", map(str, table["customer_id"].to_pylist())) >= 0.5
    table = table.take(np.flatnonzero(tested & members_of(table, manifest.spec.population)))
    label = labels_of(bank, engine, manifest.spec.target, snapshot=snapshot, features=table)
    return snapshot, table, label.astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ordered:
    """Customers by score, and where a step of equal scores begins."""

    order: Any
    starts: Any


def _ordered(score: Floats) -> _Ordered:
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    return _Ordered(order=order, starts=np.append(0, np.flatnonzero(np.diff(ranked)) + 1))


def _auc(ordered: _Ordered, label: Floats, weight: Floats) -> float:
    """Return the AUC of weighted customers, ties counted half; .5 where one class has no weight."""
    ours = weight[ordered.order]
    positives = np.add.reduceat(ours * label[ordered.order], ordered.starts)
    negatives = np.add.reduceat(ours * (1 - label[ordered.order]), ordered.starts)
    pairs = float(positives.sum() * negatives.sum())
    below = np.cumsum(negatives) - negatives
    return float((positives * (below + negatives / 2)).sum()) / pairs if pairs else 0.5
