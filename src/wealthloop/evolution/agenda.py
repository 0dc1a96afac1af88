"""Open proposals as the points of a review: what, of which strategy, whose, by when."""

from typing import Final

from wealthloop.delivery.content import Bilingual
from wealthloop.evolution.models import Kind, Proposal, ProposalState
from wealthloop.evolution.propose import LAPSES
from wealthloop.evolution.repository import proposals
from wealthloop.experiments import strategy_version
from wealthloop.reports.packs import Proposal as Point
from wealthloop.strategies.repository import held_in, version_row

_WHAT: Final = {
    Kind.CHILD: ("试行子策略 {id}", "try the child {id}"),
    Kind.SCALE: ("将 {id} 推广到全体", "offer {id} to everybody"),
    Kind.RETIRE: ("终止 {id}", "end {id}"),
}


def agenda() -> tuple[Point, ...]:
    """Return the open proposals, the oldest first; each is due before it lapses."""
    return tuple(_point(row) for row in proposals(states=(ProposalState.OPEN,)))


def _point(row: Proposal) -> Point:
    strategy_id, version = strategy_version(row.about)
    zh, en = (words.format(id=row.strategy_id) for words in _WHAT[Kind(row.kind)])
    document, _ = held_in(version_row(strategy_id, version))
    return Point(
        what=Bilingual(zh=zh, en=en), strategy_id=strategy_id, version=version, owner=document.owner,
        due_on=row.proposed_on + LAPSES,
    )  # fmt: skip
