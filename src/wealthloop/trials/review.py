"""The scripted people of a year: they look at what the platform proposes, accept it, and sign each other's work."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.evolution.decide import accept, conclude_won, refuse
from wealthloop.evolution.judge import judge
from wealthloop.evolution.models import Confirmation, Kind, Proposal, ProposalState
from wealthloop.evolution.propose import propose_children
from wealthloop.evolution.repository import in_test, proposals
from wealthloop.kit import Home, opening
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy

EVERY: Final = 15
"""Days from one review to the next."""
NEW_AT_ONCE: Final = 6
"""Children that one review may begin."""
MOST_IN_TEST: Final = 20
"""Children that are tested at a time: they share the customers of one layer."""
AUTHOR: Final = "strategy"
APPROVER: Final = "compliance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What a review has changed."""

    confirmed: tuple[Confirmation, ...]
    launched: tuple[str, ...]
    """Versions, ``id/vN``, that contact from the next night on."""
    ended: tuple[str, ...]
    """Versions that contact no more."""


def launch(document: Strategy, now: datetime, on: date) -> str:
    """Submit, approve and launch a document by two people, and return the version's name."""
    row = life.submit(document, by=AUTHOR, now=now)
    return _launched(row.strategy_id, row.version, now, on)


def review(home: Home, engine: Engine, *, as_of: date, on: date) -> Reviewed:
    """Judge, decide and propose, as a committee that trusts the platform's figures would.

    Args:
        home: the platform's home.
        engine: what reads its tables.
        as_of: the last day that counts.
        on: the first day on which what is launched contacts.
    """
    bank, now = BankTables(home, engine), opening(on, home.zone) + timedelta(hours=8)
    found = judge(bank, engine, home, as_of=as_of)
    room = MOST_IN_TEST - len(in_test())
    propose_children(bank, engine, home, as_of=as_of, most=max(min(room, NEW_AT_ONCE), 0))
    launched: list[str] = []
    ended: list[str] = []
    with transaction.atomic():
        for row in proposals(states=(ProposalState.OPEN,)):
            _decide(row, now, on, launched, ended)
    return Reviewed(confirmed=found.confirmed, launched=tuple(launched), ended=tuple(ended))


def _decide(row: Proposal, now: datetime, on: date, launched: list[str], ended: list[str]) -> None:
    if row.kind == Kind.RETIRE and row.about.startswith("fund/"):
        refuse(row.proposal_id, AUTHOR, now, reason="the first strategy goes on: its children are found in its arms")
        return
    accepted = accept(row.proposal_id, AUTHOR, now)
    if accepted.kind == Kind.SCALE:
        conclude_won(accepted, APPROVER, now)
    if accepted.kind in (Kind.SCALE, Kind.RETIRE):
        ended.append(accepted.about)
    if accepted.version is not None:
        launched.append(_launched(accepted.strategy_id, accepted.version, now, on))


def _launched(strategy_id: str, version: int, now: datetime, on: date) -> str:
    life.approve(strategy_id, version, by=APPROVER, now=now)
    life.launch(strategy_id, version, by=APPROVER, now=now, on=on)
    return f"{strategy_id}/v{version}"
