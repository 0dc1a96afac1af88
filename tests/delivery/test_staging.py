"""Intents are durable, complete and unique before anything is sent."""

from datetime import timedelta

import pytest

from tests.delivery.makers import NOW, new_intent
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.delivery.outbox import stage
from wealthloop.delivery.types import hash_of
from wealthloop.errors import Conflict, InvalidInput

pytestmark = pytest.mark.django_db


def test_an_intent_stands_as_it_was_staged() -> None:
    wanted = new_intent(1)
    assert stage([wanted], now=NOW) == 1
    row = Intent.objects.get(pk=wanted.intent_id)
    assert (row.state, row.created_at, row.content_hash) == (IntentState.PENDING, NOW, hash_of(row.content))
    assert row.not_after == wanted.not_after


def test_staging_again_adds_only_what_is_new() -> None:
    stage([new_intent(1), new_intent(2)], now=NOW)
    assert stage([new_intent(1), new_intent(2), new_intent(3)], now=NOW) == 1
    assert Intent.objects.count() == 3


def test_staging_again_does_not_wake_what_has_ended() -> None:
    stage([new_intent(1)], now=NOW)
    Intent.objects.update(state=IntentState.SENT)
    stage([new_intent(1)], now=NOW)
    assert Intent.objects.get().state == IntentState.SENT


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"approval_hash": ""}, "without approval"),
        ({"consent_snapshot": {}}, "without consent"),
        ({"content_hash": ""}, "does not name this content"),
        ({"content_hash": "0" * 64}, "does not name this content"),
        ({"not_after": NOW}, "must be after not_before"),
    ],
)
def test_i3_an_intent_without_content_hash_approval_or_consent_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        stage([new_intent(1), new_intent(2, **changes)], now=NOW)
    assert Intent.objects.count() == 0, "all or none"


def test_the_same_intent_with_other_content_is_a_conflict() -> None:
    stage([new_intent(1)], now=NOW)
    other = new_intent(1, content={"text": {"zh": "another", "en": "another"}})
    with pytest.raises(Conflict, match="other content"):
        stage([other], now=NOW)


def test_i1_a_second_intent_for_the_same_step_is_a_conflict() -> None:
    stage([new_intent(1)], now=NOW)
    with pytest.raises(Conflict, match="same strategy version"):
        stage([new_intent(2, customer_id="C1", step="lead1/1")], now=NOW)
    assert Intent.objects.count() == 1


def test_another_step_of_the_same_customer_is_another_intent() -> None:
    same = {"customer_id": "C1"}
    assert stage([new_intent(1), new_intent(2, **same), new_intent(3, **same)], now=NOW) == 3


def test_thousands_are_staged_at_once() -> None:
    many = [new_intent(i, not_after=NOW + timedelta(days=1)) for i in range(1200)]
    assert stage(many, now=NOW) == 1200
    assert stage(many, now=NOW) == 0
