"""A version lives once: submitted, approved by another, launched, paused, retired; never changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.policies.build import facts
from wealthloop.access.audit import verify_chain
from wealthloop.access.models import AuditEntry
from wealthloop.errors import Conflict, DocumentError, InvalidInput, NotAllowed, NotFound
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import screen
from wealthloop.policies.types import Action
from wealthloop.strategies.actions import live_action, planned_action
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import (
    approve,
    check,
    conclude,
    draft,
    launch,
    pause,
    reject,
    resume,
    retire,
    running,
    sign,
    submit,
)
from wealthloop.strategies.load import content_hash, json_hash, shipped, starting
from wealthloop.strategies.models import StrategySignature, StrategyState, StrategyVersion
from wealthloop.strategies.repository import held_in, version_row, versions

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = date(2026, 11, 23)
IDLE, CARE, CLOSE = starting()
pytestmark = pytest.mark.django_db


def start(document: Strategy = IDLE, *, on: date = DAY) -> StrategyVersion:
    made = submit(document, "li", NOW)
    approve(made.strategy_id, made.version, "zhao", NOW)
    return launch(made.strategy_id, made.version, "wang", NOW, on=on)


def edited(**change: object) -> Strategy:
    return IDLE.model_copy(update=change)


def live(version: int = 1) -> Action:
    return live_action(IDLE.id, version, channel="sms", product=None, not_after=DAY, texts=("x",), consent_on_file=True)


def approval_holds(action: Action) -> bool:
    rule = load_pack().rule("AP-01")
    return rule.ask(facts(), action, NOW, rule.parameters).allowed


def test_a_version_goes_from_review_to_running_and_every_step_is_audited() -> None:
    start()
    pause(IDLE.id, 1, "wang", NOW)
    resume(IDLE.id, 1, "wang", NOW)
    retire(IDLE.id, 1, "wang", NOW)
    verbs = list(AuditEntry.objects.order_by("sequence").values_list("verb", "actor"))
    assert verbs == [
        ("strategy.submitted", "li"),
        ("strategy.signed", "zhao"),
        ("strategy.approved", "zhao"),
        ("strategy.launched", "wang"),
        ("strategy.paused", "wang"),
        ("strategy.resumed", "wang"),
        ("strategy.retired", "wang"),
    ]
    assert verify_chain().intact


def test_i11_the_same_content_is_the_same_version_and_an_edit_is_a_new_one() -> None:
    first = submit(IDLE, "li", NOW)
    assert submit(IDLE, "chen", NOW).pk == first.pk
    second = submit(edited(daily_maximum=7), "li", NOW)
    assert (first.version, second.version, second.state) == (1, 2, StrategyState.IN_REVIEW)
    assert held_in(version_row(IDLE.id, 1))[0].daily_maximum == IDLE.daily_maximum


def test_i11_an_edit_of_a_running_version_leaves_it_running_until_the_new_one_is_approved_and_launched() -> None:
    start()
    submit(edited(daily_maximum=7), "li", NOW)
    assert [one.version for one in running(DAY)] == [1]
    with pytest.raises(Conflict, match="in_review"):
        launch(IDLE.id, 2, "wang", NOW, on=DAY)
    approve(IDLE.id, 2, "zhao", NOW)
    launch(IDLE.id, 2, "wang", NOW, on=DAY)
    assert [(one.version, one.state) for one in versions(IDLE.id)] == [(1, "retired"), (2, "running")]
    assert running(DAY)[0].document.daily_maximum == 7


def test_i11_a_paused_version_ends_when_a_newer_one_is_launched() -> None:
    start()
    pause(IDLE.id, 1, "wang", NOW)
    start(edited(daily_maximum=7))
    assert [(one.version, one.state) for one in versions(IDLE.id)] == [(1, "retired"), (2, "running")]


def test_a_retired_content_that_is_submitted_again_is_a_new_version() -> None:
    start()
    retire(IDLE.id, 1, "wang", NOW)
    assert submit(IDLE, "li", NOW).version == 2


def test_i17_nobody_approves_their_own_work() -> None:
    submit(IDLE, "li", NOW)
    with pytest.raises(NotAllowed, match="li wrote"):
        approve(IDLE.id, 1, "li", NOW)
    assert versions()[0].approved_by == ""


def test_i17_content_that_changed_after_submission_is_not_approved() -> None:
    submit(IDLE, "li", NOW)
    row = versions()[0]
    row.document["daily_maximum"] = 9_999
    row.save()
    with pytest.raises(Conflict, match="not what li submitted"):
        approve(IDLE.id, 1, "zhao", NOW)


@pytest.mark.parametrize(("hashed", "said"), [(True, "zhao approved"), (False, "li submitted")])
def test_i17_content_that_changed_after_approval_is_not_launched(hashed: bool, said: str) -> None:
    submit(IDLE, "li", NOW)
    approve(IDLE.id, 1, "zhao", NOW)
    other = edited(daily_maximum=9_999)
    row = versions()[0]
    row.document = other.model_dump(mode="json")
    row.content_hash = content_hash(other) if hashed else row.content_hash
    row.save()
    with pytest.raises(Conflict, match=f"not what {said}"):
        launch(IDLE.id, 1, "wang", NOW, on=DAY)


def test_i17_content_that_changed_while_running_is_not_sent() -> None:
    start()
    assert approval_holds(live())
    row = versions()[0]
    row.document["card"]["zh"]["message"] = "稳赚"
    row.save()
    assert not approval_holds(live())
    assert not approval_holds(planned_action(running(DAY)[0], channel="sms", product=None, not_after=DAY))


def test_i4_a_paused_version_does_not_contact_until_resumed() -> None:
    start()
    assert live().running is True
    pause(IDLE.id, 1, "wang", NOW)
    assert live().running is False
    assert running(DAY) == ()
    resume(IDLE.id, 1, "wang", NOW)
    assert live().running is True


@pytest.mark.parametrize("gone", ["success", "arms"])
def test_a_launch_without_criterion_or_control_is_refused_even_if_it_got_past_review(gone: str) -> None:
    submit(IDLE, "li", NOW)
    row = versions()[0]
    del row.document[gone]
    row.content_hash = json_hash(row.document)
    row.save()
    approve(IDLE.id, 1, "zhao", NOW)
    with pytest.raises(DocumentError, match=gone):
        launch(IDLE.id, 1, "wang", NOW, on=DAY)
    assert running(DAY) == ()


def test_a_document_that_breaks_a_rule_is_refused_at_submission() -> None:
    broken = edited(arms=IDLE.arms[:1])
    with pytest.raises(DocumentError, match="control"):
        submit(broken, "li", NOW)
    assert versions() == []


@pytest.mark.parametrize(
    "step",
    [
        lambda: approve(IDLE.id, 9, "zhao", NOW),
        lambda: launch(IDLE.id, 9, "zhao", NOW, on=DAY),
        lambda: pause(IDLE.id, 9, "zhao", NOW),
        lambda: live(9),
    ],
)
def test_a_version_that_is_not_there_is_said_to_be_missing(step: Callable[[], object]) -> None:
    with pytest.raises(NotFound, match="version 9"):
        step()


@pytest.mark.parametrize(
    "step",
    [
        lambda: approve(IDLE.id, 1, "zhao", NOW),
        lambda: launch(IDLE.id, 1, "zhao", NOW, on=DAY),
        lambda: resume(IDLE.id, 1, "zhao", NOW),
    ],
)
def test_a_step_out_of_turn_is_refused(step: Callable[[], object]) -> None:
    start()
    with pytest.raises(Conflict, match="is running, must be"):
        step()


def stands() -> tuple[list[dict[str, object]], list[dict[str, object]], int]:
    rows = [[*some.objects.order_by("pk").values()] for some in (StrategyVersion, StrategySignature)]
    return rows[0], rows[1], AuditEntry.objects.count()


STEPS: dict[str, tuple[tuple[str, ...], Callable[[], object]]] = {
    "sign": (("submit",), lambda: sign(IDLE.id, 1, "zhao", LATER)),
    "reject": (("submit",), lambda: reject(IDLE.id, 1, "li", LATER, "withdrawn")),
    "check": (("draft",), lambda: check(IDLE.id, 1, "li", LATER)),
    "launch": (("submit", "sign"), lambda: launch(IDLE.id, 1, "wang", LATER, on=DAY)),
    "pause": (("submit", "sign", "launch"), lambda: pause(IDLE.id, 1, "wang", LATER)),
    "resume": (("submit", "sign", "launch", "pause"), lambda: resume(IDLE.id, 1, "wang", LATER)),
    "conclude": (("submit", "sign", "launch"), lambda: conclude(IDLE.id, 1, "won", "wang", LATER, "it sells")),
    "retire": (("submit",), lambda: retire(IDLE.id, 1, "wang", LATER)),
    "submit": ((), lambda: submit(IDLE, "li", NOW)),
    "draft": ((), lambda: draft(IDLE, "li", NOW)),
}
"""By step the steps before it, and how it is taken."""


@pytest.mark.parametrize("step", [name for name in STEPS if name not in {"submit", "draft"}])
def test_a_step_that_is_taken_twice_is_refused_and_changes_nothing(step: str) -> None:
    before, take = STEPS[step]
    for one in before:
        STEPS[one][1]()
    take()
    stood = stands()
    with pytest.raises((Conflict, NotAllowed)):
        take()
    assert stands() == stood


@pytest.mark.parametrize("by", ["li", "chen"])
@pytest.mark.parametrize("state", ["draft", "submit", "sign", "launch", "pause"])
def test_the_same_content_again_changes_nothing_wherever_it_stands(state: str, by: str) -> None:
    for one in (*STEPS[state][0], state):
        STEPS[one][1]()
    stood = stands()
    if state != "draft":
        assert submit(IDLE, by, LATER).pk == draft(IDLE, by, LATER).pk == stood[0][0]["id"]
    assert draft(IDLE, by, LATER).pk == stood[0][0]["id"]
    assert stands() == stood


def test_a_version_contacts_from_its_day_on_and_carries_its_experiment() -> None:
    start(on=date(2026, 11, 24))
    assert running(DAY) == ()
    one = running(date(2026, 11, 24))[0]
    assert one.experiment == "idle-salary/v1"
    assert [(arm.name, arm.control) for arm in one.arms] == [("contact", False), ("control", True)]


def test_running_versions_come_by_id() -> None:
    for document in (CLOSE, CARE, IDLE):
        start(document)
    assert [one.strategy_id for one in running(DAY)] == ["idle-salary", "maturity-care", "stay-close"]


def test_a_contact_ends_with_the_document() -> None:
    start(edited(not_after=date(2026, 11, 20)))
    assert live().not_after == date(2026, 11, 20)


def test_a_strategy_that_counts_assessments_invites_to_one_and_no_other_does() -> None:
    document = next(one for one in shipped() if one.id == "reassessment")
    start(document)
    start()
    invites = {
        one.strategy_id: planned_action(one, channel="sms", product=None, not_after=DAY).invites_assessment
        for one in running(DAY)
    }
    assert invites == {"reassessment": True, IDLE.id: False}
    tired = facts(assessed_on=(DAY, DAY))
    invitation = planned_action(running(DAY)[1], channel="sms", product=None, not_after=DAY)
    assert "SU-06" in screen(tired, invitation, now=NOW, pack=load_pack()).reason_code


def test_planned_and_live_contacts_are_the_same_to_the_rules_but_for_the_words() -> None:
    start()
    planned = planned_action(running(DAY)[0], channel="sms", product=None, not_after=DAY)
    assert replace(live(), texts=None, consent_on_file=None) == planned
    assert planned.approved_categories == frozenset({"cash_management", "money_fund"})


@pytest.mark.parametrize("verdict", ["won", "lost", "inconclusive"])
def test_a_concluded_version_contacts_nobody_any_more_and_says_its_verdict(verdict: str) -> None:
    start()
    row = conclude(IDLE.id, 1, verdict, "qian", NOW, "the interval lies above zero")
    assert (row.state, row.verdict, row.concluded_by, row.reason) == (
        StrategyState.CONCLUDED, verdict, "qian", "the interval lies above zero",
    )  # fmt: skip
    assert running(DAY) == ()
    assert live().running is False
    entry = AuditEntry.objects.order_by("-sequence")[0]
    assert (entry.verb, entry.detail["verdict"]) == ("strategy.concluded", verdict)


def test_a_paused_version_can_be_concluded_and_a_concluded_one_goes_nowhere_but_to_rest() -> None:
    start()
    pause(IDLE.id, 1, "wang", NOW)
    conclude(IDLE.id, 1, "lost", "qian", NOW, "no better than control")
    with pytest.raises(Conflict, match="is concluded, must be"):
        resume(IDLE.id, 1, "wang", NOW)
    with pytest.raises(Conflict, match="is concluded, must be"):
        conclude(IDLE.id, 1, "won", "qian", NOW, "on second thoughts")
    assert retire(IDLE.id, 1, "wang", NOW).verdict == "lost"


def test_a_winner_is_scaled_by_a_new_version_of_the_same_content() -> None:
    start()
    conclude(IDLE.id, 1, "won", "qian", NOW, "it sells")
    start()
    assert [(one.version, one.state) for one in versions(IDLE.id)] == [(1, "concluded"), (2, "running")]


@pytest.mark.parametrize(("verdict", "reason", "said"), [("great", "x", "verdict == great"), ("won", " ", "reason")])
def test_a_verdict_is_one_of_three_and_has_a_reason(verdict: str, reason: str, said: str) -> None:
    start()
    with pytest.raises(InvalidInput, match=said):
        conclude(IDLE.id, 1, verdict, "qian", NOW, reason)
    assert [one.version for one in running(DAY)] == [1]


def test_what_never_ran_is_not_concluded() -> None:
    submit(IDLE, "li", NOW)
    with pytest.raises(Conflict, match="is in_review, must be running or paused"):
        conclude(IDLE.id, 1, "won", "qian", NOW, "it sells")
