"""How versions stood at an instant that is over: as of every step, whatever has happened since."""

from datetime import UTC, date, datetime, timedelta

import pytest

from wealthloop.access.models import Person
from wealthloop.kit import Home
from wealthloop.strategies import life
from wealthloop.strategies.history import versions_at
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.repository import version_row
from wealthloop.strategies.signing import missing
from wealthloop.strategies.turns import turn_of

IDLE = next(one for one in shipped() if one.id == "idle-salary")
BEGIN = datetime(2026, 9, 1, 2, tzinfo=UTC)
TWO = '[needed]\nstrategy = ["strategy"]\ncompliance = ["compliance"]\n'
pytestmark = pytest.mark.django_db


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


@pytest.fixture(autouse=True)
def lived(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that has been through all that can happen to one, an hour a step."""
    home = Home.create(tmp_path_factory.mktemp("history") / "home")
    (home.root / "signatures.toml").write_text(TWO, encoding="utf-8")
    monkeypatch.setenv("WEALTHLOOP_HOME", str(home.root))
    for name, role in (("sun", "strategy"), ("he", "compliance")):
        Person.objects.create(username=name, role=role)
    which = (IDLE.id, 1)
    life.draft(IDLE, "li", at(1))
    life.check(*which, "li", at(2))
    life.submit(IDLE, "li", at(3))
    life.sign(*which, "he", at(4))
    life.reject(*which, "he", at(5), "too many words")
    life.submit(IDLE, "li", at(6))
    life.sign(*which, "he", at(7))
    life.sign(*which, "sun", at(8))
    life.launch(*which, "sun", at(9), on=date(2026, 9, 2))
    life.pause(*which, "sun", at(10))
    life.resume(*which, "he", at(11))
    life.conclude(*which, "won", "sun", at(12), "it sells")
    life.retire(*which, "sun", at(13))


def stood(hour: int) -> StrategyVersion:
    """Return the version just before the step of an hour and the one after it."""
    (row,) = versions_at(at(hour) + timedelta(minutes=30))
    return row


@pytest.mark.parametrize(
    ("hour", "state", "wants"),
    [
        (1, "draft", ("strategy", "compliance")), (2, "checked", ("strategy", "compliance")),
        (3, "in_review", ("strategy", "compliance")), (4, "in_review", ("strategy",)),
        (5, "draft", ("strategy", "compliance")), (6, "in_review", ("strategy", "compliance")),
        (7, "in_review", ("strategy",)), (8, "approved", ()), (9, "running", ()), (10, "paused", ()),
        (11, "running", ()), (12, "concluded", ()), (13, "retired", ()),
    ],
)  # fmt: skip
def test_the_state_and_the_missing_signatures_are_those_of_then(hour: int, state: str, wants: tuple[str, ...]) -> None:
    row, until = stood(hour), at(hour) + timedelta(minutes=30)
    if hour > 2:
        assert missing(row, until=until) == wants
    assert row.state == state
    if state == "in_review":
        assert turn_of(row, is_due=False, until=until).signatures == wants


def test_an_instant_that_no_longer_counts_does_not() -> None:
    assert versions_at(at(1)) == []
    assert [row.state for row in versions_at(at(9))] == ["approved"]
    assert missing(stood(3), until=at(4)) == ("strategy", "compliance")
    assert missing(stood(4), until=at(5)) == ("strategy",)


def test_what_a_step_writes_is_there_from_that_step_on() -> None:
    hours = range(1, 14)
    assert [h for h in hours if stood(h).reason == "too many words"] == [5]
    assert {h: stood(h).submitted_at for h in (2, 3, 5, 6)} == {2: None, 3: at(3), 5: at(3), 6: at(6)}
    assert [h for h in hours if stood(h).approved_at == at(8)] == [*range(8, 14)]
    assert [h for h in hours if stood(h).approved_by == "sun"] == [*range(8, 14)]
    assert [h for h in hours if stood(h).launched_on is not None] == [*range(9, 14)]
    for name, value in (("verdict", "won"), ("reason", "it sells"), ("concluded_by", "sun"), ("concluded_at", at(12))):
        assert [h for h in hours if getattr(stood(h), name) == value] == [12, 13], name


def test_an_approval_that_was_taken_back_is_not_one_any_more() -> None:
    other = IDLE.model_copy(update={"daily_maximum": 7})
    life.submit(other, "li", at(20))
    for by, hour in (("he", 21), ("sun", 22)):
        life.sign(IDLE.id, 2, by, at(hour))
    life.reject(IDLE.id, 2, "he", at(23), "not now")
    approved = [versions_at(at(hour))[1].approved_hash for hour in (22, 23, 24)]
    assert approved == ["", version_row(IDLE.id, 2).content_hash, ""]


def test_how_it_stands_now_is_not_touched_by_looking_back() -> None:
    stood(4)
    row = version_row(IDLE.id, 1)
    last = versions_at(at(14))[0]
    for field in StrategyVersion._meta.get_fields():
        if field.concrete:
            assert getattr(last, field.name) == getattr(row, field.name), field.name
