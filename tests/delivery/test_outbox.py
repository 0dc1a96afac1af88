"""What is sent, what is not, and what becomes of it."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection

from tests.delivery.makers import NOW, Denying, Killed, Provider, allow, new_intent
from wealthloop.delivery import outbox
from wealthloop.delivery.connectors import FakeConnector, Guarantee
from wealthloop.delivery.models import Card, Intent, IntentState, Receipt
from wealthloop.delivery.repository import state_counts
from wealthloop.delivery.types import GateVerdict
from wealthloop.errors import NotAllowed, OutcomeUnknown, Refused
from wealthloop.kit import Home
from wealthloop.policies.models import Reservation
from wealthloop.policies.reserve import global_stop, lift_stop

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def send(
    home: Home, provider: Provider, *, now: datetime = NOW, gate: object = allow, limit: int | None = None
) -> dict[str, int]:
    return outbox.dispatch(home, now=now, gate=gate, worker="night", limit=limit, connectors=[provider])  # type: ignore[arg-type]


def settle(home: Home, provider: Provider, *, now: datetime = LATER, gate: object = allow) -> dict[str, int]:
    return outbox.recover(home, now=now, gate=gate, worker="night", connectors=[provider])  # type: ignore[arg-type]


def reserving(intent: Intent, *, now: datetime) -> GateVerdict:
    """A gate with one cap: a contact a customer."""
    others = Reservation.objects.filter(customer_id=intent.customer_id, released_at=None).exclude(pk=intent.pk)
    if others.exists():
        return GateVerdict(allowed=False, reason="FR-05")
    fields = {"customer_id": intent.customer_id, "channel": intent.channel, "at": now}
    Reservation.objects.update_or_create(intent_id=intent.pk, defaults=fields)
    return GateVerdict(allowed=True, reason="")


def state_of(number: int = 1) -> tuple[str, str]:
    row = Intent.objects.get(pk=new_intent(number).intent_id)
    return row.state, row.reason


def test_a_due_intent_is_sent_once_and_its_acceptance_is_kept(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider()
    assert send(home, provider) == {"sent": 1}
    assert send(home, provider) == {}
    row = Intent.objects.get()
    assert (row.state, row.provider_ref, row.finished_at) == (IntentState.SENT, f"ref-{row.pk}", NOW)
    assert provider.calls == [row.pk]
    assert Receipt.objects.get().kind == "accepted"


def test_an_intent_waits_for_its_time(home: Home) -> None:
    outbox.stage([new_intent(1, not_before=LATER)], now=NOW)
    assert send(home, Provider()) == {}
    assert send(home, Provider(), now=LATER) == {"sent": 1}


def test_i4_an_intent_past_its_end_expires_without_a_call(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider()
    assert send(home, provider, now=NOW + timedelta(days=6)) == {"expired": 1}
    assert (state_of(), provider.calls) == (("expired", "past_not_after"), [])


def test_i4_what_the_policies_forbid_is_suppressed_with_its_reason_and_no_call_is_made(home: Home) -> None:
    outbox.stage([new_intent(1), new_intent(2)], now=NOW)
    provider = Provider()
    assert send(home, provider, gate=Denying(frozenset({"C1"}))) == {"sent": 1, "suppressed": 1}
    assert state_of(1) == ("suppressed", "CO-03")
    assert provider.calls == [new_intent(2).intent_id]


def test_i4_content_that_was_changed_after_staging_is_not_sent(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    Intent.objects.update(content={"text": {"zh": "something else", "en": "something else"}})
    provider = Provider()
    assert send(home, provider) == {"suppressed": 1}
    assert (state_of(), provider.calls) == (("suppressed", "content_changed"), [])


def test_i7_a_gate_that_fails_means_do_not_send_and_leaves_no_reservation(home: Home) -> None:
    def broken(intent: Intent, *, now: datetime) -> GateVerdict:
        reserving(intent, now=now)
        raise TimeoutError("the facts did not come")

    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider()
    assert send(home, provider, gate=broken) == {"suppressed": 1}
    assert (state_of(), provider.calls) == (("suppressed", "gate_error"), [])
    assert not Reservation.objects.exists()


def test_the_gate_is_asked_inside_the_transaction_that_claims(home: Home) -> None:
    seen: list[bool] = []

    def gate(intent: Intent, *, now: datetime) -> GateVerdict:  # noqa: ARG001
        seen.append(connection.in_atomic_block)
        raise Killed

    outbox.stage([new_intent(1)], now=NOW)
    with pytest.raises(Killed):
        send(home, Provider(), gate=gate)
    assert seen == [True]
    assert state_of() == ("pending", "")


def test_i5_caps_hold_for_all_intents_of_a_customer_and_only_a_failure_gives_its_place_back(home: Home) -> None:
    outbox.stage([new_intent(i, customer_id="C1") for i in (1, 2, 3)], now=NOW)
    provider = Provider(before=[Refused("no such number")])
    assert send(home, provider, gate=reserving) == {"failed": 1, "sent": 1, "suppressed": 1}
    assert Reservation.objects.filter(released_at=None).count() == 1
    assert len(provider.accepted) == 1


def test_i5_an_unknown_outcome_keeps_its_place_under_the_caps(home: Home) -> None:
    outbox.stage([new_intent(i, customer_id="C1") for i in (1, 2)], now=NOW)
    provider = Provider(guarantee=Guarantee.NEITHER, before=[OutcomeUnknown("no answer")])
    assert send(home, provider, gate=reserving) == {"unknown": 1, "suppressed": 1}
    assert len(provider.calls) == 1


def test_i6_no_call_is_made_while_the_global_stop_is_on(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    global_stop("head", "test", NOW)
    provider = Provider()
    send(home, provider)
    assert (state_of(), provider.calls) == (("suppressed", "global_stop"), [])


def test_i6_a_stop_between_the_claim_and_the_call_holds_the_call(home: Home) -> None:
    def stops(intent: Intent, *, now: datetime) -> GateVerdict:
        global_stop("head", "test", now)
        return allow(intent, now=now)

    outbox.stage([new_intent(1), new_intent(2)], now=NOW)
    provider = Provider()
    send(home, provider, gate=stops)
    assert provider.calls == []


def test_i6_a_stop_during_a_call_lets_no_further_call_through(home: Home) -> None:
    class Stopping(Provider):
        def send(self, message):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            global_stop("head", "test", NOW)
            return super().send(message)

    outbox.stage([new_intent(i) for i in range(5)], now=NOW)
    provider = Stopping()
    assert send(home, provider) == {"sent": 1, "suppressed": 4}
    assert len(provider.calls) == 1


def test_a_refusal_is_a_failure_with_the_providers_reason(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    assert send(home, Provider(before=[Refused("no such number")])) == {"failed": 1}
    assert state_of() == ("failed", "refused: no such number")


@pytest.mark.parametrize("guarantee", list(Guarantee))
@pytest.mark.parametrize("moment", ["claimed", "before", "after"])
def test_i1_a_worker_that_dies_anywhere_leaves_at_most_one_acceptance(
    home: Home, guarantee: Guarantee, moment: str
) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(guarantee=guarantee)
    if moment == "claimed":
        Intent.objects.update(state=IntentState.CLAIMED, claimed_by="night", claimed_at=NOW)
    else:
        getattr(provider, moment).append(Killed())
        with pytest.raises(Killed):
            send(home, provider)
    assert state_of()[0] == "claimed"
    settle(home, provider)
    send(home, provider, now=LATER)
    if guarantee is Guarantee.NEITHER:
        assert state_of() == ("unknown", "worker_died")
        assert len(provider.accepted) == (moment == "after")
    else:
        assert state_of() == ("sent", "")
        assert len(provider.accepted) == 1


@pytest.mark.parametrize("guarantee", list(Guarantee))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_i8_a_call_without_an_answer_is_settled_only_as_far_as_the_guarantee_reaches(
    home: Home, guarantee: Guarantee, moment: str
) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(guarantee=guarantee)
    getattr(provider, moment).append(OutcomeUnknown("no answer"))
    send(home, provider)
    assert state_of()[0] == ("unknown" if guarantee is Guarantee.NEITHER else "claimed")
    for hour in range(1, 4):
        settle(home, provider, now=NOW + timedelta(hours=hour))
        send(home, provider, now=NOW + timedelta(hours=hour))
    if guarantee is Guarantee.NEITHER:
        assert (state_of(), len(provider.calls)) == (("unknown", "no_answer"), 1)
    else:
        assert state_of() == ("sent", "")
        assert len(provider.accepted) == 1


def test_i8_a_connector_that_breaks_may_have_sent(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(guarantee=Guarantee.NEITHER, after=[ValueError("cannot read the answer")])
    assert send(home, provider) == {"unknown": 1}
    assert state_of() == ("unknown", "connector_error")


def test_i8_a_query_that_may_still_miss_the_call_is_not_believed(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(guarantee=Guarantee.QUERYABLE, settles=timedelta(hours=2), before=[Killed()])
    with pytest.raises(Killed):
        send(home, provider)
    assert settle(home, provider, now=NOW + timedelta(hours=1)) == {"claimed": 1}
    assert settle(home, provider, now=NOW + timedelta(hours=2)) == {"pending": 1}


@pytest.mark.parametrize(
    ("now", "gate", "reason"),
    [
        (LATER, Denying(frozenset({"C1"})), "CO-03"),
        (NOW + timedelta(days=9), allow, "past_not_after"),
    ],
)
def test_i4_a_call_that_may_no_longer_be_made_is_not_repeated(
    home: Home, now: datetime, gate: object, reason: str
) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(before=[Killed()])
    with pytest.raises(Killed):
        send(home, provider)
    assert settle(home, provider, now=now, gate=gate) == {"unknown": 1}
    assert (state_of(), len(provider.calls)) == (("unknown", reason), 1)


def test_i6_nothing_is_repeated_while_the_global_stop_is_on(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(before=[Killed()])
    with pytest.raises(Killed):
        send(home, provider)
    global_stop("head", "test", NOW)
    assert settle(home, provider) == {"claimed": 1}
    lift_stop("head", LATER)
    assert settle(home, provider) == {"sent": 1}


def test_the_claim_of_another_worker_is_left_alone_until_its_lease_is_over(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    Intent.objects.update(state=IntentState.CLAIMED, claimed_by="other", claimed_at=NOW)
    assert settle(home, Provider(), now=NOW + outbox.LEASE - timedelta(seconds=1)) == {}
    assert settle(home, Provider(), now=NOW + outbox.LEASE) == {"sent": 1}


def test_i2_every_intent_ends_in_one_state_and_the_counts_add_up(home: Home) -> None:
    outbox.stage([new_intent(i) for i in range(20)], now=NOW)
    outbox.stage([new_intent(30, not_after=NOW + timedelta(hours=1))], now=NOW)
    provider = Provider(guarantee=Guarantee.NEITHER, before=[Refused("no"), OutcomeUnknown("no answer")])
    gate = Denying(frozenset({"C3", "C4", "C5"}))
    first = Counter(send(home, provider, gate=gate, limit=12))
    rest = Counter(send(home, provider, gate=gate, now=NOW + timedelta(days=2)))
    totals = Counter(first + rest)
    assert sum(totals.values()) == 21 == sum(row.count for row in state_counts(run_id="run1"))
    by_state: Counter[str] = Counter()
    for row in state_counts():
        by_state[row.state] += row.count
        assert row.reason or row.state == "sent"
    assert by_state == totals
    assert len(provider.accepted) == by_state["sent"]


def test_a_card_lies_on_the_desk_in_the_same_moment_as_its_intent_is_sent(home: Home) -> None:
    outbox.stage([new_intent(1, channel="rm")], now=NOW)
    assert outbox.dispatch(home, now=NOW, gate=allow, worker="night") == {"sent": 1}
    card = Card.objects.get()
    assert (card.staff_id, card.rank, card.customer_id, str(card.sent_on)) == ("S1", 1000, "C1", "2026-11-23")
    assert card.intent.provider_ref == f"card-{card.pk}"


def test_a_card_for_nobodys_desk_fails(home: Home) -> None:
    outbox.stage([new_intent(1, channel="rm", staff_id="")], now=NOW)
    assert outbox.dispatch(home, now=NOW, gate=allow, worker="night") == {"failed": 1}
    assert not Card.objects.exists()


def test_a_card_whose_content_is_no_card_fails_and_leaves_nothing(home: Home) -> None:
    outbox.stage([new_intent(1, channel="rm", content={"text": "no card"})], now=NOW)
    assert outbox.dispatch(home, now=NOW, gate=allow, worker="night") == {"failed": 1}
    assert not Card.objects.exists()


def test_i1_a_claim_on_a_card_that_was_never_made_is_given_back(home: Home) -> None:
    outbox.stage([new_intent(1, channel="rm")], now=NOW)
    Intent.objects.update(state=IntentState.CLAIMED, claimed_by="night", claimed_at=NOW)
    assert outbox.recover(home, now=NOW, gate=allow, worker="night") == {"pending": 1}
    assert outbox.dispatch(home, now=NOW, gate=allow, worker="night") == {"sent": 1}
    assert Card.objects.count() == 1


def test_the_shipped_fake_serves_every_machine_channel(home: Home) -> None:
    channels = sorted(FakeConnector.channels)
    outbox.stage([new_intent(i, channel=channel) for i, channel in enumerate(channels)], now=NOW)
    assert outbox.dispatch(home, now=NOW, gate=allow, worker="night") == {"sent": 6}
    assert len(FakeConnector(home.root / "fake_provider.sqlite3").accepted()) == 6


def test_a_real_connector_is_refused_on_a_simulated_home_before_anything_is_claimed(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    for of_kind in (home, home.with_kind("demonstration")):
        with pytest.raises(NotAllowed, match="reaches real people"):
            send(of_kind, Provider(real=True))
    assert state_of()[0] == "pending"
    assert send(home.with_kind("bank"), Provider(real=True)) == {"sent": 1}
