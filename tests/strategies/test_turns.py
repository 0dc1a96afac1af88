"""Whose turn it is, and which steps each role may take from each state: written out once more."""

from datetime import UTC, datetime
from typing import Final

import pytest

from wealthloop.access.models import Person, Role
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.signing import SigningRules
from wealthloop.strategies.turns import STEPS, may_take, steps_of, turn_of

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
IDLE = next(one for one in shipped() if one.id == "idle-salary")
RULES = SigningRules.model_validate({"needed": {"strategy": ["strategy"], "compliance": ["compliance", "head"]}})
STEERS: Final = {"strategy", "compliance", "head"}
WHO: Final = {
    "check": {"strategy"}, "submit": {"strategy"}, "launch": STEERS, "pause": STEERS, "resume": STEERS,
    "conclude": STEERS, "retire": STEERS, "sign": STEERS, "reject": STEERS,
}  # fmt: skip
FROM: Final = {
    "draft": {"check", "submit", "retire"}, "checked": {"submit", "retire"}, "in_review": {"sign", "reject", "retire"},
    "approved": {"reject", "launch", "retire"}, "running": {"pause", "conclude", "retire"},
    "paused": {"resume", "conclude", "retire"}, "concluded": {"retire"}, "retired": set(),
}  # fmt: skip
TURNS: Final = {
    "draft": ("submit", "li"), "checked": ("submit", "li"), "in_review": ("sign", ""),
    "approved": ("launch", IDLE.owner),
    "running": ("", ""), "paused": ("resume", IDLE.owner), "concluded": ("", ""), "retired": ("", ""),
}  # fmt: skip


@pytest.fixture
def row(db: None) -> StrategyVersion:
    """A version of li's that needs two signatures."""
    del db
    made = life.submit(IDLE, "li", NOW)
    made.needed = ["strategy", "compliance"]
    made.save()
    return made


@pytest.mark.parametrize("role", Role)
def test_a_role_takes_its_steps_from_their_states_alone(role: Role, row: StrategyVersion) -> None:
    for state in StrategyState:
        row.state = state
        wanted = {step for step in FROM[state] if role in WHO[step]}
        assert set(steps_of(row, by="mei", role=role, rules=RULES)) == wanted, state
    assert {step for step in STEPS if may_take(step, row, by="mei", role=role, rules=RULES)} == {
        step for step in STEPS if role in WHO[step]
    }
    assert not may_take("burn", row, by="mei", role=role, rules=RULES)


def test_the_author_signs_nothing_and_may_take_it_back(row: StrategyVersion) -> None:
    assert steps_of(row, by="li", role="strategy", rules=RULES) == ("reject", "retire")
    assert not may_take("sign", row, by="li", role="strategy", rules=RULES)
    assert steps_of(row, by="li", role="rm", rules=RULES) == ("reject",)


def test_who_has_signed_is_offered_no_second_signature(row: StrategyVersion) -> None:
    Person.objects.create(username="zhao", role="compliance")
    life.sign(IDLE.id, 1, "zhao", NOW, signature="compliance")
    assert "sign" not in steps_of(row, by="zhao", role="strategy", rules=RULES)
    assert "sign" not in steps_of(row, by="head", role="head", rules=RULES), "its signature is given"
    assert "sign" in steps_of(row, by="mei", role="strategy", rules=RULES)


@pytest.mark.parametrize("state", StrategyState)
def test_whose_turn_it_is(state: StrategyState, row: StrategyVersion) -> None:
    row.state = state
    turn = turn_of(row, is_due=False)
    assert (turn.step, turn.name) == TURNS[state]
    assert turn.signatures == (("strategy", "compliance") if state == "in_review" else ())
    due = turn_of(row, is_due=True)
    assert (due.step == "conclude") is (state in {"running", "paused"})
