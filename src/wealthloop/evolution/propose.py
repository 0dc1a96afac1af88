"""Children are proposed where the arms of a running strategy say that it works; people decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from django.db import transaction

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.evolution.children import child_of, evidence_of, expect
from wealthloop.evolution.conditions import rules_of
from wealthloop.evolution.evidence import Evidence, covered, gather
from wealthloop.evolution.models import Kind, Proposal, ProposalState
from wealthloop.evolution.repository import document_of, place_in_stream, proposals, stream
from wealthloop.evolution.search import LEAST_UNITS, search
from wealthloop.experiments.online import Stream
from wealthloop.kit import Home, stable_id
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import Running, running
from wealthloop.strategies.load import dump
from wealthloop.strategies.repository import versions

PER_PARENT: Final = 4
"""Cells that are looked for in one strategy at a time."""
LAPSES: Final = timedelta(days=60)
"""After so long an open proposal rests on old evidence and lapses."""
_LEAST: Final = 4 * LEAST_UNITS
_COUNTED: Final = (ProposalState.OPEN, ProposalState.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A child that could be proposed."""

    about: str
    document: Strategy
    evidence: dict[str, Any]
    yearly_value: int


def propose_children(bank: BankTables, engine: Engine, home: Home, *, as_of: date, most: int) -> list[Proposal]:
    """Look for children of every running strategy and keep the most valuable as open proposals.

    The same evidence makes the same proposal: a second call on the same day adds nothing.

    Args:
        bank: the bank's tables.
        engine: what reads them.
        home: the home.
        as_of: the last day that counts.
        most: how many are proposed at most.

    Returns:
        The new proposals, the most valuable first.
    """
    with transaction.atomic():
        Proposal.objects.filter(state=ProposalState.OPEN, proposed_on__lt=as_of - LAPSES).update(
            state=ProposalState.LAPSED, reason="nobody decided while its evidence was fresh"
        )
        number, _ = place_in_stream()
        found: list[_New] = []
        for version in running(as_of):
            evidence = gather(bank, engine, home, version, as_of=as_of)
            if evidence is not None and len(evidence.x) >= _LEAST:
                found += _children(evidence, stream(number), taken=_family(version))
        found.sort(key=lambda one: (-one.yearly_value, one.about, str(one.evidence["choices"])))
        return [made for one in found[:most] if (made := _keep(one, as_of)) is not None]


def _children(evidence: Evidence, tests: Stream, *, taken: Sequence[Strategy]) -> list[_New]:
    cells = search(
        evidence.units, evidence.choices, rules_of(evidence.x), most=PER_PARENT, among=~covered(evidence, taken)
    )
    made = []
    for cell in cells:
        expected = expect(evidence, cell, level=tests.level())
        if expected is not None and (cell.choices or cell.rules):
            document = child_of(evidence, cell, expected, strategy_id="to-be-named")
            told, about = evidence_of(cell, expected), evidence.version.experiment
            made.append(_New(about=about, document=document, evidence=told, yearly_value=expected.yearly_value))
    return made


def _family(version: Running) -> list[Strategy]:
    """Return the documents that were grown from a strategy and are open, in test or confirmed."""
    of_it = f"{version.strategy_id}/v"
    grown = proposals(kind=Kind.CHILD, states=_COUNTED)
    return [document_of(row) for row in grown if row.about.startswith(of_it)]


def _keep(new: _New, as_of: date) -> Proposal | None:
    """Keep a proposal under a name of its own; None where the very same stands already."""
    key = stable_id("child", new.about, repr(new.evidence["choices"]), repr(new.evidence["rules"]), as_of.isoformat())
    if Proposal.objects.filter(pk=key).exists():
        return None
    document = new.document.model_copy(update={"id": _free_name(new.document.shared_layer[:34])})
    return Proposal.objects.create(
        proposal_id=key, kind=Kind.CHILD, strategy_id=document.id, about=new.about, document=dump(document),
        evidence=new.evidence, proposed_on=as_of,
    )  # fmt: skip


def _free_name(root: str) -> str:
    """Return the next name of a child, ``root-N``, that neither a proposal nor a strategy of this home has."""
    grown = Proposal.objects.filter(kind=Kind.CHILD, strategy_id__startswith=f"{root}-")
    taken = {*grown.values_list("strategy_id", flat=True), *(row.strategy_id for row in versions())}
    return next(name for number in count(grown.count() + 1) if (name := f"{root}-{number}") not in taken)
