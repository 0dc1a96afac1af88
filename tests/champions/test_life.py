"""Versions of models: written down once, changed by two people on evidence, taken back by one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.scoring.bank import AS_OF, MemoryBank, small_world
from wealthloop import scoring
from wealthloop.access.models import AuditEntry
from wealthloop.champions import life
from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.champions.register import register
from wealthloop.champions.repository import reviewed, versions, waiting
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, InvalidInput, NotAllowed, NotFound
from wealthloop.kit import Home
from wealthloop.scoring import Comparison, ModelRecord
from wealthloop.scoring.qini import Measured
from wealthloop.scoring.registry import publish, text_of

MODEL = "response/wealth_management/30d"
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
TODAY = date(2026, 11, 21)
pytestmark = pytest.mark.django_db


class Two:
    """A home with a version in use and another that waits."""

    def __init__(self, root: Path, bank: MemoryBank, engine: DuckDBEngine) -> None:
        self.home, self.bank, self.engine = Home.create(root, salt="a-test-salt"), bank, engine
        specs = [spec for spec in scoring.SPECS if spec.model_id == MODEL]
        (self.champion,) = scoring.train(bank, engine, self.home, as_of=AS_OF, seed=7, specs=specs)
        register([self.champion], (), now=NOW)
        manifest = self.champion.manifest.model_copy(update={"seed": 7, "code_version": "next"})
        self.challenger = publish(self.home, manifest, text_of(self.home, self.champion), current=False)
        register([self.challenger], {MODEL}, now=NOW)

    @property
    def current(self) -> ModelRecord:
        return scoring.record_of(self.home, MODEL)

    def compared(self, *, low: float = -0.001) -> Comparison:
        return Comparison(
            model_id=MODEL, champion=self.champion.version, challenger=self.challenger.version, measure="auc",
            difference=Measured(estimate=low + 0.002, low=low, high=low + 0.004), units=500,
        )  # fmt: skip


@pytest.fixture(scope="module")
def bank() -> tuple[MemoryBank, DuckDBEngine]:
    engine = DuckDBEngine()
    return MemoryBank(small_world().rows, engine), engine


@pytest.fixture
def two(tmp_path: Path, bank: tuple[MemoryBank, DuckDBEngine]) -> Two:
    return Two(tmp_path / "home", *bank)


def state_of(record: ModelRecord) -> str:
    return ModelVersion.objects.get(model_id=MODEL, version=record.version).state


def test_a_challenger_waits_and_writing_it_down_again_changes_nothing(two: Two) -> None:
    assert (state_of(two.champion), state_of(two.challenger)) == (VersionState.CHAMPION, VersionState.CHALLENGER)
    assert register([two.challenger], {MODEL}, now=NOW) == 0
    assert register([two.champion], (), now=NOW) == 0
    assert [row.version for row in versions()] == [two.champion.version]
    assert [row.version for row in waiting()] == [two.challenger.version]
    assert two.current == two.champion


def test_two_people_change_the_version_in_use_and_one_takes_it_back(two: Two) -> None:
    life.propose(MODEL, two.compared(), by="wei", now=NOW)
    assert two.current == two.champion
    with pytest.raises(NotAllowed, match="somebody else must approve"):
        life.approve(two.home, MODEL, by="wei", today=TODAY, now=NOW)
    row = life.approve(two.home, MODEL, by="lan", today=TODAY, now=NOW)
    assert (row.proposed_by, row.approved_by) == ("wei", "lan")
    assert two.current == two.challenger
    assert (state_of(two.champion), state_of(two.challenger)) == (VersionState.RETIRED, VersionState.CHAMPION)
    life.rollback(two.home, MODEL, by="lan", today=TODAY, now=NOW + timedelta(hours=1))
    assert two.current == two.champion
    assert (state_of(two.champion), state_of(two.challenger)) == (VersionState.CHAMPION, VersionState.RETIRED)
    with pytest.raises(NotFound, match="no version was in use before"):
        life.rollback(two.home, MODEL, by="lan", today=TODAY, now=NOW)
    verbs = list(AuditEntry.objects.filter(object_id=MODEL).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["model.proposed", "model.approved", "model.rolled_back"]


def test_a_version_that_may_be_worse_is_not_even_proposed(two: Two) -> None:
    with pytest.raises(Conflict, match=r"at most 0\.01 worse"):
        life.propose(MODEL, two.compared(low=-0.011), by="wei", now=NOW)
    assert two.compared(low=-0.0099).allows
    other = replace(two.compared(), champion="another")
    with pytest.raises(Conflict, match="compare again"):
        life.propose(MODEL, other, by="wei", now=NOW)
    with pytest.raises(Conflict, match="must propose it first"):
        life.approve(two.home, MODEL, by="lan", today=TODAY, now=NOW)
    assert two.current == two.champion


def test_what_has_expired_or_is_set_aside_is_not_used(two: Two) -> None:
    life.propose(MODEL, two.compared(), by="wei", now=NOW)
    late = two.challenger.manifest.expires_on
    with pytest.raises(Conflict, match="has expired"):
        life.approve(two.home, MODEL, by="lan", today=late, now=NOW)
    life.reject(MODEL, by="lan", now=NOW)
    assert state_of(two.challenger) == VersionState.RETIRED
    with pytest.raises(NotFound, match="no version waits"):
        life.approve(two.home, MODEL, by="lan", today=TODAY, now=NOW)
    with pytest.raises(NotFound, match="no version was in use before"):
        life.rollback(two.home, MODEL, by="lan", today=TODAY, now=NOW)


def test_a_refit_takes_the_place_of_the_version_before(two: Two) -> None:
    register([two.challenger], (), now=NOW + timedelta(days=1))
    assert (state_of(two.champion), state_of(two.challenger)) == (VersionState.RETIRED, VersionState.CHAMPION)
    assert ModelVersion.objects.filter(state=VersionState.CHAMPION).count() == 1


def test_the_same_model_compared_with_itself_is_level_and_a_blind_one_is_worse(two: Two) -> None:
    same = scoring.compare(two.bank, two.engine, two.home, two.champion, two.challenger)
    assert (same.difference.estimate, same.difference.low, same.difference.high) == (0.0, 0.0, 0.0)
    assert same.allows
    assert same.units == two.champion.manifest.sizes.test
    learnt = two.champion.manifest.learnt
    assert learnt is not None
    blind = two.champion.manifest.model_copy(
        update={"learnt": learnt.model_copy(update={"learner": "constant", "model_digest": ""}), "predictors": ()}
    )
    worse = scoring.compare(two.bank, two.engine, two.home, two.champion, publish(two.home, blind, None, current=False))
    assert worse.difference.high < 0
    assert learnt.auc is not None
    assert worse.difference.estimate == pytest.approx(0.5 - learnt.auc, abs=1e-9)
    assert not worse.allows


def test_a_state_that_does_not_exist_is_named() -> None:
    with pytest.raises(InvalidInput, match="state == best, must be one of"):
        versions(state="best")


def test_a_newer_challenger_takes_the_place_of_one_that_waits(two: Two) -> None:
    manifest = two.challenger.manifest.model_copy(update={"code_version": "after next"})
    newer = publish(two.home, manifest, text_of(two.home, two.champion), current=False)
    register([newer], {MODEL}, now=NOW)
    assert [row.version for row in waiting()] == [newer.version]
    assert state_of(two.champion) == VersionState.CHAMPION


def test_a_suspected_leak_chooses_again_once_it_is_signed_for(two: Two) -> None:
    with pytest.raises(Conflict, match="no leak is suspected"):
        life.review(MODEL, by="wei", note="persistent", now=NOW)
    ModelVersion.objects.filter(version=two.champion.version).update(flags=["leak_suspected"])
    with pytest.raises(InvalidInput, match="note is empty"):
        life.review(MODEL, by="wei", note=" ", now=NOW)
    assert reviewed() == frozenset()
    life.review(MODEL, by="wei", note="logins are a habit", now=NOW)
    assert reviewed() == {two.champion.version}
