"""Open proposals as the points of a review: what, of which strategy, whose, by when."""

from datetime import date, datetime
from typing import Final

from wealthloop.delivery.content import Bilingual
from wealthloop.evolution.models import Kind, Proposal, ProposalState
from wealthloop.evolution.propose import LAPSES
from wealthloop.evolution.repository import proposals
from wealthloop.experiments import strategy_version
from wealthloop.kit import Home
from wealthloop.reports.packs import Proposal as Point
from wealthloop.reports.packs import states_until
from wealthloop.strategies.repository import held_in, version_row

_WHAT: Final = {
    Kind.CHILD: ("试行子策略 {id}", "try the child {id}"),
    Kind.SCALE: ("将 {id} 推广到全体", "offer {id} to everybody"),
    Kind.RETIRE: ("终止 {id}", "end {id}"),
}


def agenda(home: Home, as_of: date) -> tuple[Point, ...]:
    """Return the proposals that are open, or were at the end of a past day, the oldest first; due before they lapse.

    Args:
        home: the home.
        as_of: the day of the pack: proposals are told as versions are (``reports.packs.states_until``).
    """
    until = states_until(home, as_of)
    if until is None:
        return tuple(_point(row) for row in proposals(states=(ProposalState.OPEN,)))
    return tuple(_point(row) for row in proposals() if _was_open(row, as_of, until))


def _was_open(row: Proposal, day: date, until: datetime) -> bool:
    """Say whether a proposal had been made, and neither been decided nor lapsed, by the end of a day."""
    undecided = row.decided_at is None or row.decided_at >= until
    return undecided and row.proposed_on <= day <= row.proposed_on + LAPSES


def _point(row: Proposal) -> Point:
    strategy_id, version = strategy_version(row.about)
    zh, en = (words.format(id=row.strategy_id) for words in _WHAT[Kind(row.kind)])
    document, _ = held_in(version_row(strategy_id, version))
    return Point(
        what=Bilingual(zh=zh, en=en), strategy_id=strategy_id, version=version, owner=document.owner,
        due_on=row.proposed_on + LAPSES,
    )  # fmt: skip
