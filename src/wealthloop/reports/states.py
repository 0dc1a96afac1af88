"""What became of every planned contact: the ledger joined with the outbox."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.delivery.models import Intent, IntentState
from wealthloop.ledger import Disposition

_OF_INTENT: Final[Mapping[str, str]] = {
    IntentState.PENDING: "pending",
    IntentState.CLAIMED: "pending",
    IntentState.SENT: "sent",
    IntentState.SUPPRESSED: "suppressed",
    IntentState.FAILED: "failed",
    IntentState.EXPIRED: "expired",
    IntentState.UNKNOWN: "unknown",
}
_OF_DISPOSITION: Final[Mapping[str, str]] = {
    Disposition.WITHHELD: "withheld",
    Disposition.IMPORTED_SENT: "sent",
    Disposition.IMPORTED_SUPPRESSED: "suppressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Planned contacts by arm and state, and every decision or intent that does not fit.

    ``lost``: released decisions without an intent; ``strangers``: intents without a released decision of this
    strategy version; ``wrong``: rows whose disposition is none that we know.
    """

    planned: Mapping[str, int]
    states: Mapping[str, Mapping[str, int]]
    lost: int
    strangers: int
    wrong: int

    @property
    def ok(self) -> bool:
        """Whether every arm's planned contacts equal the sum of its states and nothing is left over."""
        sums = all(total == sum(self.states[arm].values()) for arm, total in self.planned.items())
        return sums and not (self.lost or self.strangers or self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentIntent:
    """The part of an intent that a report needs."""

    customer_id: str
    state: str


def intents_of(strategy_id: str, version: int) -> dict[str, SentIntent]:
    """Return the intents of a strategy version by id."""
    rows = Intent.objects.filter(strategy_id=strategy_id, strategy_version=version)
    found = rows.values_list("intent_id", "customer_id", "state")
    return {intent_id: SentIntent(customer_id=customer, state=state) for intent_id, customer, state in found}


def unstaged_runs(decisions: pa.Table) -> frozenset[str]:
    """Return the runs of the ledger's newest day whose intents do not exist yet: their released contacts are pending.

    A night's decisions are on disk before its intents are staged, and so are those of a placement during the day.
    """
    if not decisions.num_rows:
        return frozenset()
    newest = decisions.filter(pc.equal(decisions["as_of"], decisions["as_of"][decisions.num_rows - 1]))
    runs = {str(run_id) for run_id in newest["run_id"].unique().to_pylist()}
    return frozenset(runs - set(Intent.objects.filter(run_id__in=sorted(runs)).values_list("run_id", flat=True)))


def reconcile(
    rows: pa.Table, every_row: pa.Table, intents: Mapping[str, SentIntent], *, unstaged: Collection[str]
) -> Reconciled:
    """Count the states of a strategy version's planned contacts.

    Args:
        rows: its decisions up to the report's day.
        every_row: its decisions of all days, for intents of later nights.
        intents: its intents (see ``intents_of``).
        unstaged: see ``unstaged_runs``.
    """
    planned: Counter[str] = Counter()
    states: dict[str, Counter[str]] = {}
    lost = wrong = 0
    picked = rows.select(["decision_id", "run_id", "arm", "disposition", "held_by"])
    for row in picked.to_pylist():
        planned[row["arm"]] += 1
        counts = states.setdefault(row["arm"], Counter())
        state = _state(row, intents, unstaged)
        if state is not None:
            counts[state] += 1
        elif row["disposition"] == Disposition.RELEASED:
            lost += 1
        else:
            wrong += 1
    return Reconciled(
        planned=planned, states=states, lost=lost, wrong=wrong, strangers=len(set(intents) - _released(every_row))
    )


def _state(row: Mapping[str, str], intents: Mapping[str, SentIntent], unstaged: Collection[str]) -> str | None:
    if row["held_by"]:
        return "held_out" if row["disposition"] == Disposition.WITHHELD else None
    if row["disposition"] != Disposition.RELEASED:
        return _OF_DISPOSITION.get(row["disposition"])
    intent = intents.get(row["decision_id"])
    if intent is not None:
        return _OF_INTENT[intent.state]
    return "pending" if row["run_id"] in unstaged else None


def _released(rows: pa.Table) -> set[str]:
    picked = rows.select(["decision_id", "disposition"]).to_pylist()
    return {row["decision_id"] for row in picked if row["disposition"] == Disposition.RELEASED}
