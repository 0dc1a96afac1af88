"""A confirmed child for everybody: its launch ends its test; and what is handed in where nothing can be foretold."""

from datetime import date
from pathlib import Path

import pytest

from tests.evolution.growing import NOW, root
from wealthloop.access.models import AuditEntry
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, DocumentError
from wealthloop.evolution.judge import SCALED
from wealthloop.evolution.models import Kind, Proposal, ProposalState
from wealthloop.kit import Home
from wealthloop.rehearsal import launching
from wealthloop.strategies import life
from wealthloop.strategies.load import dump, shipped
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.repository import version_row, versions

DAY = date(2026, 9, 2)
CARE = next(one for one in shipped() if one.id == "maturity-care")
EVIDENCE = {"log_e": 8.0, "level": 0.001, "effect": 0.03, "low": 0.01, "high": 0.05, "n": 2000}


def audited() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("sequence").values_list("verb", "object_id"))


def test_a_broken_document_lets_none_in(tmp_path: Path, engine: DuckDBEngine, db: None) -> None:
    del db
    home = Home.create(tmp_path / "home")
    with pytest.raises(DocumentError, match="control"):
        launching.submit_all(
            home, BankTables(home, engine), engine, [CARE, root().model_copy(update={"arms": CARE.arms[:1]})],
            by="li", now=NOW,
        )  # fmt: skip
    assert versions() == []


@pytest.fixture
def home(tmp_path: Path, db: None) -> Home:
    """A home without tables, in which nothing is foretold, with a child in its test beside its root."""
    del db
    child = root().model_copy(update={"id": "fund-1", "parent": "fund/v1", "layer": "fund", "reserve": 0.5})
    for document in (root(), child):
        life.submit(document, "li", NOW)
        life.approve(document.id, 1, "zhao", NOW)
        life.launch(document.id, 1, "zhao", NOW, on=DAY)
    whole = child.model_copy(update={"reserve": None, "arms": SCALED})
    Proposal.objects.create(
        proposal_id="p1", kind=Kind.SCALE, strategy_id="fund-1", about="fund-1/v1", document=dump(whole),
        evidence=EVIDENCE, proposed_on=DAY,
    )  # fmt: skip
    return Home.create(tmp_path / "home")


def scaled(home: Home, engine: DuckDBEngine) -> None:
    row = launching.accept(home, BankTables(home, engine), engine, "p1", by="li", now=NOW)
    assert (row.state, row.version) == (ProposalState.ACCEPTED, 2)
    life.approve("fund-1", 2, "zhao", NOW)


def launch(home: Home, engine: DuckDBEngine, version: int = 2) -> StrategyVersion:
    return launching.launch(home, BankTables(home, engine), engine, "fund-1", version, by="zhao", now=NOW, on=DAY)


def test_launching_for_everybody_concludes_the_test_as_won_in_the_same_step(home: Home, engine: DuckDBEngine) -> None:
    scaled(home, engine)
    assert version_row("fund-1", 1).state == StrategyState.RUNNING
    before = len(audited())
    assert launch(home, engine).state == StrategyState.RUNNING
    tested = version_row("fund-1", 1)
    assert (tested.state, tested.verdict, tested.concluded_by) == (StrategyState.CONCLUDED, "won", "zhao")
    assert "effect 0.03" in tested.reason
    assert audited()[before:] == [("strategy.concluded", "fund-1/v1"), ("strategy.launched", "fund-1/v2")]


def test_a_launch_that_fails_leaves_the_test_running(
    home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled(home, engine)
    before = audited()

    def fails(*_: object, **__: object) -> None:
        raise Conflict("not today")

    monkeypatch.setattr(life, "launch", fails)
    with pytest.raises(Conflict, match="not today"):
        launch(home, engine)
    assert version_row("fund-1", 1).state == StrategyState.RUNNING
    assert audited() == before


def test_the_launch_of_a_child_ends_nothing_of_its_parent(home: Home, engine: DuckDBEngine) -> None:
    child = root().model_copy(update={"id": "fund-2", "parent": "fund/v1", "layer": "fund", "reserve": 0.5})
    Proposal.objects.create(
        proposal_id="p2", kind=Kind.CHILD, strategy_id="fund-2", about="fund/v1", document=dump(child),
        evidence=EVIDENCE, proposed_on=DAY,
    )  # fmt: skip
    bank = BankTables(home, engine)
    launching.accept(home, bank, engine, "p2", by="li", now=NOW)
    life.approve("fund-2", 1, "zhao", NOW)
    launching.launch(home, bank, engine, "fund-2", 1, by="zhao", now=NOW, on=DAY)
    assert [version_row(name, 1).state for name in ("fund", "fund-2")] == [StrategyState.RUNNING] * 2


def test_another_version_of_the_child_ends_no_test_as_won(home: Home, engine: DuckDBEngine) -> None:
    scaled(home, engine)
    edited = root().model_copy(update={"id": "fund-1", "daily_maximum": 3})
    assert life.submit(edited, "li", NOW).version == 3
    life.approve("fund-1", 3, "zhao", NOW)
    launch(home, engine, 3)
    assert [(row.state, row.verdict) for row in versions("fund-1")] == [
        ("retired", ""), ("approved", ""), ("running", ""),
    ]  # fmt: skip


def test_a_test_that_people_have_concluded_keeps_their_verdict(home: Home, engine: DuckDBEngine) -> None:
    scaled(home, engine)
    life.conclude("fund-1", 1, "inconclusive", "wang", NOW, "the season was odd")
    launch(home, engine)
    assert version_row("fund-1", 1).verdict == "inconclusive"
