"""The page on which strategies grow: proposals are decided once, by those who may; the tree stands under its root."""

from datetime import UTC, date, datetime

import pytest

from tests.evolution.growing import root
from tests.web.conftest import LogIn
from wealthloop.access.models import AuditEntry, Person
from wealthloop.evolution import decide
from wealthloop.evolution.models import Confirmation, Kind, Proposal, ProposalState
from wealthloop.kit import Home
from wealthloop.rehearsal.ledger import kept
from wealthloop.strategies import life
from wealthloop.strategies.load import dump
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.web.views.growth import few

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
EVIDENCE = {
    "expected": {"effect": 0.031, "low": 0.012, "high": 0.05, "needed": 912, "days": 120, "yearly_value": 7_654_300},
    "honest": {"n": 3210},
}


@pytest.fixture
def proposed() -> Proposal:
    """An open child of a running root."""
    life.submit(root(), "li", NOW)
    life.approve("fund", 1, "zhao", NOW)
    life.launch("fund", 1, "zhao", NOW, on=date(2026, 9, 1))
    child = root().model_copy(update={"id": "fund-1", "parent": "fund/v1", "layer": "fund", "reserve": 0.5})
    return Proposal.objects.create(
        proposal_id="p1", kind=Kind.CHILD, strategy_id="fund-1", about="fund/v1", document=dump(child),
        evidence=EVIDENCE, proposed_on=date(2026, 11, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ("New child", "Expected effect", "+3.10 (1.20 to 5.00) points", "912", "Family tree", "Served by nothing"),
        ),
        ("zh-hans", ("新的子策略", "预期效应", "+3.10(1.20 至 5.00)个百分点", "912", "家谱", "无人服务")),
    ],
)
def test_a_proposal_tells_what_it_rests_on(
    language: str, said: tuple[str, ...], log_in: LogIn, proposed: Proposal
) -> None:
    text = log_in("strategist", language=language).get("/growth/").content.decode()
    assert [part for part in (*said, proposed.strategy_id) if part not in text] == []


def test_it_is_accepted_once_with_its_forecast_and_then_waits_for_another_approver(
    home: Home, log_in: LogIn, proposed: Proposal
) -> None:
    client = log_in("strategist")
    refused = client.post("/growth/p1/accept/")
    assert refused.status_code == 409
    assert "the test is under-powered" in refused.content.decode()
    proposed.refresh_from_db()
    assert (proposed.state, kept(home)) == (ProposalState.OPEN, ())
    assert client.post("/growth/p1/accept/", {"reason": "a pilot"}).status_code == 302
    entries = AuditEntry.objects.count()
    assert client.post("/growth/p1/accept/", {"reason": "a pilot"}).status_code == 409
    assert client.post("/growth/p1/refuse/", {"reason": "no"}).status_code == 409
    assert AuditEntry.objects.count() == entries
    proposed.refresh_from_db()
    assert (proposed.state, proposed.number) == (ProposalState.ACCEPTED, 1)
    assert [(one.experiment, one.occasion, one.reason) for one in kept(home)] == [("fund-1/v1", "submitted", "a pilot")]
    version = StrategyVersion.objects.get(strategy_id="fund-1")
    assert (version.state, version.author) == (StrategyState.IN_REVIEW, "strategist")


def test_a_refusal_needs_a_reason(log_in: LogIn, proposed: Proposal) -> None:
    client = log_in("strategist")
    assert client.post("/growth/p1/refuse/", {"reason": " "}).status_code == 400
    assert client.post("/growth/p1/refuse/", {"reason": "too many calls"}).status_code == 302
    proposed.refresh_from_db()
    assert (proposed.state, proposed.reason) == (ProposalState.REFUSED, "too many calls")
    assert client.post("/growth/p1/dance/").status_code == 404
    assert client.post("/growth/p9/accept/").status_code == 404


@pytest.mark.parametrize("role", ["rm", "technology", "data", "compliance", "product_manager"])
@pytest.mark.parametrize("step", ["accept", "refuse"])
def test_others_may_not_decide(role: str, step: str, log_in: LogIn, proposed: Proposal) -> None:
    Person.objects.create(username="other", role=role)
    assert log_in("other").post(f"/growth/p1/{step}/", {"reason": "because"}).status_code == 403
    proposed.refresh_from_db()
    assert proposed.state == ProposalState.OPEN


def test_a_confirmed_child_stands_under_its_parent_with_its_interval(log_in: LogIn, proposed: Proposal) -> None:
    decide.accept("p1", "strategist", NOW)
    Confirmation.objects.create(
        proposal=proposed, on=date(2026, 11, 20), log_e=8.0, level=0.05 / 60, effect=0.03, low=0.011, high=0.049, n=2000
    )
    text = log_in("strategist").get("/growth/").content.decode()
    assert "deep-1" in text
    assert "+3.00 (1.10 to 4.90) points" in text
    assert "1 confirmed" in text


@pytest.mark.parametrize(("count", "told"), [(None, "–"), (0, "<10"), (9, "<10"), (10, "10")])
def test_i19_small_counts_are_not_told(count: int | None, told: str) -> None:
    assert few(count) == told
