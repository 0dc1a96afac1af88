"""Versions as they stood at an instant that is over, told from the audit chain."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Final

from wealthloop.access.models import AuditEntry
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.moves import name_of
from wealthloop.strategies.repository import versions

_BECAME: Final[Mapping[str, StrategyState]] = {
    "strategy.drafted": StrategyState.DRAFT,
    "strategy.checked": StrategyState.CHECKED,
    "strategy.submitted": StrategyState.IN_REVIEW,
    "strategy.approved": StrategyState.APPROVED,
    "strategy.rejected": StrategyState.DRAFT,
    "strategy.launched": StrategyState.RUNNING,
    "strategy.paused": StrategyState.PAUSED,
    "strategy.resumed": StrategyState.RUNNING,
    "strategy.concluded": StrategyState.CONCLUDED,
    "strategy.retired": StrategyState.RETIRED,
}
"""By what the audit says of a version, the state in which it then was."""


def versions_at(until: datetime) -> list[StrategyVersion]:
    """Return the versions that there were at the end of a span, by strategy, oldest first, as they stood then.

    These are copies to read: they are not to be saved.

    Args:
        until: the first instant that no longer counts, with a zone.
    """
    steps: defaultdict[str, list[AuditEntry]] = defaultdict(list)
    for entry in AuditEntry.objects.filter(object_type="strategy", verb__in=_BECAME, at__lt=until).order_by("sequence"):
        steps[entry.object_id].append(entry)
    rows = versions()
    return [_stood(row, steps[name_of(row)]) for row in rows if name_of(row) in steps]


def _stood(row: StrategyVersion, steps: Iterable[AuditEntry]) -> StrategyVersion:
    """Return a version after some steps of its life, as nobody had gone on from there."""
    stood = copy(row)
    stood.submitted_at, stood.launched_on = None, None
    _unsigned(stood)
    stood.verdict, stood.concluded_by, stood.concluded_at, stood.reason = "", "", None, ""
    for step in steps:
        stood.state = _BECAME[step.verb]
        if step.verb == "strategy.submitted":
            stood.submitted_at, stood.reason = step.at, ""
        elif step.verb == "strategy.approved":
            stood.approved_by, stood.approved_at, stood.approved_hash = step.actor, step.at, row.content_hash
        elif step.verb == "strategy.rejected":
            _unsigned(stood)
            stood.reason = step.detail["reason"]
        elif step.verb == "strategy.launched":
            stood.launched_on = row.launched_on
        elif step.verb == "strategy.concluded":
            stood.verdict, stood.reason = step.detail["verdict"], step.detail["reason"]
            stood.concluded_by, stood.concluded_at = step.actor, step.at
    return stood


def _unsigned(stood: StrategyVersion) -> None:
    stood.approved_by, stood.approved_at, stood.approved_hash = "", None, ""
