"""Every reading of this room from the state plane."""

from typing import Final

from wealthloop.errors import NotFound
from wealthloop.policies.types import Approval
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import json_hash
from wealthloop.strategies.models import StrategyState, StrategyVersion

_parsed: Final[dict[str, Strategy]] = {}
"""Documents by digest: the content of a digest never changes, so reading it once is enough."""


def version_row(strategy_id: str, version: int, *, lock: bool = False) -> StrategyVersion:
    """Return the record of a version, locked for the caller's transaction where asked.

    Raises:
        NotFound: no such version.
    """
    rows = StrategyVersion.objects.select_for_update() if lock else StrategyVersion.objects.all()
    row = rows.filter(strategy_id=strategy_id, version=version).first()
    if row is None:
        raise NotFound(f"strategy {strategy_id} version {version}: not in this home")
    return row


def versions(strategy_id: str | None = None) -> list[StrategyVersion]:
    """Return all versions, or those of one strategy, oldest first."""
    rows = StrategyVersion.objects.order_by("strategy_id", "version")
    return list(rows if strategy_id is None else rows.filter(strategy_id=strategy_id))


def newest(strategy_id: str) -> StrategyVersion:
    """Return the newest version of a strategy.

    Raises:
        NotFound: the home has none.
    """
    rows = versions(strategy_id)
    if not rows:
        raise NotFound(f"strategy {strategy_id}: not in this home, submit its document first")
    return rows[-1]


def held_in(row: StrategyVersion) -> tuple[Strategy, Approval]:
    """Return the document and the approval beside the hash of what the record holds now: a changed document shows."""
    digest = json_hash(row.document)
    if digest not in _parsed:
        _parsed[digest] = Strategy.model_validate(row.document)
    approval = Approval(
        author=row.author, approved_by=row.approved_by, content_hash=digest, approved_hash=row.approved_hash
    )
    return _parsed[digest], approval


def models_in_use() -> frozenset[str]:
    """Return the ids of the models by which a running version chooses customers."""
    running = StrategyVersion.objects.filter(state=StrategyState.RUNNING)
    return frozenset(model_id for row in running for model_id in held_in(row)[0].model_ids)
