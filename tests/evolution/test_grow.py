"""From one strategy to a confirmed child: proposed where it works, decided by people, confirmed by its own arms."""

from datetime import timedelta

import numpy as np
import pytest

from tests.evolution.growing import DAYS, EFFECT, NOW, RICH, Bank, N, root
from tests.reports.worlds import day
from wealthloop.access.models import AuditEntry
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, InvalidInput, NotAllowed, NotFound
from wealthloop.evolution.agenda import agenda
from wealthloop.evolution.decide import accept, conclude_won, refuse
from wealthloop.evolution.judge import judge
from wealthloop.evolution.models import Kind, Proposal, ProposalState
from wealthloop.evolution.propose import propose_children
from wealthloop.evolution.repository import document_of, proposals
from wealthloop.evolution.tree import tree
from wealthloop.kit import day_end
from wealthloop.strategies import life
from wealthloop.strategies.models import StrategyState, StrategyVersion

CLOSED = DAYS + 31
"""A day on which every window has closed."""


@pytest.fixture
def grown(bank: Bank, engine: DuckDBEngine) -> Proposal:
    """The first proposal, after the root's customers have matured."""
    version = bank.launch(root())
    bank.contact(root(), version, np.arange(N), first=0, effect=EFFECT)
    return propose_children(bank.tables(engine), engine, bank.home, as_of=day(CLOSED), most=3)[0]


def test_a_child_is_proposed_for_whom_and_through_what_it_works(grown: Proposal) -> None:
    document = document_of(grown)
    assert [step.channel for step in document.channels] == ["rm"]
    cuts = [rule.at_least for rule in document.audience.features if rule.feature == "aum_average"]
    assert cuts
    assert RICH / 100 < (cuts[0] or 0) <= 2 * RICH, "the poor are left out, the rich are not"
    assert (document.parent, document.layer, document.reserve) == ("fund/v1", "fund", 0.5)
    expected = grown.evidence["expected"]
    assert expected["low"] < EFFECT < expected["high"]
    assert expected["needed"] > 100
    assert grown.state == ProposalState.OPEN


def test_the_same_evidence_proposes_nothing_twice(grown: Proposal, bank: Bank, engine: DuckDBEngine) -> None:
    assert propose_children(bank.tables(engine), engine, bank.home, as_of=day(CLOSED), most=3) == []
    later = propose_children(bank.tables(engine), engine, bank.home, as_of=day(CLOSED + 5), most=3)
    assert grown.evidence["choices"] not in [row.evidence["choices"] for row in later], "a child has its customers"


def test_a_child_takes_no_name_that_people_have_given(bank: Bank, engine: DuckDBEngine) -> None:
    version = bank.launch(root())
    bank.contact(root(), version, np.arange(N), first=0, effect=EFFECT)
    life.submit(root().model_copy(update={"id": "fund-1"}), "li", NOW)
    row = propose_children(bank.tables(engine), engine, bank.home, as_of=day(CLOSED), most=1)[0]
    assert (row.strategy_id, document_of(row).id) == ("fund-2", "fund-2")
    life.submit(root().model_copy(update={"id": "fund-2"}), "li", NOW)
    with pytest.raises(Conflict, match="fund-2 is another strategy by now"):
        accept(row.proposal_id, "li", NOW)
    assert Proposal.objects.get(pk=row.proposal_id).number is None


def test_people_decide_once_and_the_author_does_not_approve(grown: Proposal) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        refuse(grown.proposal_id, "li", NOW, reason=" ")
    row = accept(grown.proposal_id, "li", NOW)
    assert (row.number, row.stream, row.version) == (1, 1, 1)
    said = AuditEntry.objects.filter(verb="proposal.accepted").values_list("actor", "object_id", "detail__about")
    assert list(said) == [("li", f"{row.strategy_id}/v1", "fund/v1")]
    version = StrategyVersion.objects.get(strategy_id=row.strategy_id)
    assert version.state == StrategyState.IN_REVIEW
    with pytest.raises(NotAllowed):
        life.approve(row.strategy_id, 1, "li", NOW)
    with pytest.raises(Conflict, match="accepted"):
        accept(grown.proposal_id, "li", NOW)
    with pytest.raises(NotFound):
        accept("nothing", "li", NOW)


def test_an_open_one_stands_on_the_agenda_of_the_review_with_its_owner_and_date(grown: Proposal, bank: Bank) -> None:
    point = agenda(bank.home, day(CLOSED))[0]
    assert (point.strategy_id, point.version, point.owner) == ("fund", 1, root().owner)
    assert point.due_on == grown.proposed_on + timedelta(days=60)
    assert grown.strategy_id in point.what.en
    for row in proposals():
        refuse(row.proposal_id, "li", day_end(day(CLOSED + 9), bank.home.zone), reason="no")
    assert agenda(bank.home, day(CLOSED)) == ()
    bank.home.set_current(as_of=day(CLOSED + 99), run_id="r1")
    found = {n: len(agenda(bank.home, day(CLOSED + n))) for n in (-1, 0, 9, 10)}
    assert found == {-1: 0, 0: len(proposals()), 9: len(proposals()), 10: 0}
    Proposal.objects.update(state=ProposalState.LAPSED, decided_at=None)
    assert [len(agenda(bank.home, day(CLOSED + n))) for n in (60, 61)] == [len(proposals()), 0]


def test_a_refused_one_stays_on_record_and_takes_no_place(grown: Proposal) -> None:
    row = refuse(grown.proposal_id, "li", NOW, reason="too many calls")
    assert (row.state, row.number, row.reason) == (ProposalState.REFUSED, None, "too many calls")
    said = AuditEntry.objects.filter(verb="proposal.refused").values_list("actor", "object_id", "detail__reason").get()
    assert said == ("li", grown.strategy_id, "too many calls")
    for state in (ProposalState.REFUSED, ProposalState.LAPSED):
        Proposal.objects.filter(pk=grown.proposal_id).update(state=state)
        with pytest.raises(Conflict, match=f"is {state}"):
            accept(grown.proposal_id, "zhao", NOW)
        with pytest.raises(Conflict, match=f"is {state}"):
            refuse(grown.proposal_id, "zhao", NOW, reason="once more")


def test_nobody_decides_for_two_months_and_it_lapses(grown: Proposal, bank: Bank, engine: DuckDBEngine) -> None:
    propose_children(bank.tables(engine), engine, bank.home, as_of=day(CLOSED + 61), most=1)
    assert Proposal.objects.get(pk=grown.proposal_id).state == ProposalState.LAPSED


def started(grown: Proposal, bank: Bank, *, effect: float) -> None:
    """Accept a child, launch it and let its customers mature."""
    accept(grown.proposal_id, "li", NOW)
    life.approve(grown.strategy_id, 1, "zhao", NOW)
    life.launch(grown.strategy_id, 1, "zhao", NOW, on=day(CLOSED))
    who = np.flatnonzero(bank.rich & (bank.channel == "rm"))
    bank.contact(document_of(grown), 1, who, first=CLOSED + 1, effect=effect)


def test_a_child_that_works_is_confirmed_scaled_and_stands_in_the_tree(
    grown: Proposal, bank: Bank, engine: DuckDBEngine
) -> None:
    started(grown, bank, effect=EFFECT)
    later = day(2 * CLOSED + 1)
    found = judge(bank.tables(engine), engine, bank.home, as_of=later)
    (confirmed,) = found.confirmed
    assert np.exp(confirmed.log_e) >= 1 / confirmed.level == pytest.approx(1200)
    assert confirmed.low < EFFECT < confirmed.high
    (scale,) = [row for row in found.proposed if row.kind == Kind.SCALE]
    document = document_of(scale)
    assert (document.reserve, [arm.share for arm in document.arms]) == (None, [0.95, 0.05])
    assert not judge(bank.tables(engine), engine, bank.home, as_of=later).confirmed
    row = accept(scale.proposal_id, "li", NOW)
    conclude_won(row, "zhao", NOW)
    assert StrategyVersion.objects.get(strategy_id=grown.strategy_id, version=1).verdict == "won"
    assert row.version == 2
    nodes = tree()
    assert [(node["strategy"], node["depth"]) for node in nodes][:2] == [("fund", 0), (grown.strategy_id, 1)]
    assert nodes[1]["confirmed"]["n"] == confirmed.n
    assert nodes[0]["children"] == [grown.strategy_id]
    with pytest.raises(NotFound):
        tree(root="nobody")


def test_a_child_that_adds_nothing_is_not_confirmed_and_its_end_is_proposed(
    grown: Proposal, bank: Bank, engine: DuckDBEngine
) -> None:
    started(grown, bank, effect=0.0)
    found = judge(bank.tables(engine), engine, bank.home, as_of=day(2 * CLOSED + 1))
    assert not found.confirmed
    (end,) = [row for row in found.proposed if row.strategy_id == grown.strategy_id]
    assert (end.kind, end.evidence["why"]) == (Kind.RETIRE, "lost")
    accept(end.proposal_id, "li", NOW)
    assert StrategyVersion.objects.get(strategy_id=grown.strategy_id).verdict == "lost"


def test_a_child_whose_time_is_over_ends_without_a_verdict(grown: Proposal, bank: Bank, engine: DuckDBEngine) -> None:
    accept(grown.proposal_id, "li", NOW)
    life.approve(grown.strategy_id, 1, "zhao", NOW)
    life.launch(grown.strategy_id, 1, "zhao", NOW, on=day(CLOSED))
    days = document_of(grown).stop.max_days
    assert days is not None
    for after, proposed in ((days - 2, 0), (days - 1, 1)):
        found = judge(bank.tables(engine), engine, bank.home, as_of=day(CLOSED) + timedelta(days=after))
        assert len([row for row in found.proposed if row.strategy_id == grown.strategy_id]) == proposed
