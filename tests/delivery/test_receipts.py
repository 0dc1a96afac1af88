"""Each receipt counts once, or is held with its reason (I13)."""

from datetime import timedelta

import pytest

from tests.delivery.makers import NOW, Provider, allow, new_intent
from wealthloop.delivery import outbox
from wealthloop.delivery.connectors import FakeConnector, ProviderReceipt
from wealthloop.delivery.models import HeldReceipt, Intent, Receipt
from wealthloop.delivery.receipts import ReceiptCounts
from wealthloop.kit import Home

pytestmark = pytest.mark.django_db
KEY = new_intent(1).intent_id


def said(number: int, kind: str = "delivered", reference: str = f"ref-{KEY}") -> ProviderReceipt:
    return ProviderReceipt(number=number, provider_ref=reference, kind=kind, at=NOW + timedelta(minutes=number))


def sent(home: Home, provider: Provider) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    outbox.dispatch(home, now=NOW, gate=allow, worker="night", connectors=[provider])


def collect(home: Home, provider: Provider) -> ReceiptCounts:
    return outbox.collect_receipts(home, now=NOW + timedelta(hours=1), connectors=[provider])["provider"]


def counts(**given: int) -> ReceiptCounts:
    return ReceiptCounts(**({"counted": 0, "repeated": 0, "held": 0, "released": 0} | given))


def test_i13_a_receipt_counts_once_however_often_it_is_said(home: Home) -> None:
    provider = Provider(said=[said(1), said(2), said(3, "opened")])
    sent(home, provider)
    assert collect(home, provider) == counts(counted=2, repeated=1)
    assert collect(home, provider) == counts(repeated=3)
    assert Receipt.objects.filter(kind="delivered").count() == 1
    assert provider.kept[:3] == [1, 2, 3]


def test_i13_a_receipt_of_no_known_message_is_held_with_its_reason(home: Home) -> None:
    provider = Provider(said=[said(1, reference="ref-nobody"), said(2, reference="")])
    sent(home, provider)
    assert collect(home, provider) == counts(held=2)
    assert collect(home, provider) == counts(repeated=2)
    assert set(HeldReceipt.objects.values_list("reason", flat=True)) == {"unknown_reference"}


def test_i13_a_receipt_of_an_unknown_kind_is_held(home: Home) -> None:
    provider = Provider(said=[said(1, "thought_about")])
    sent(home, provider)
    assert collect(home, provider) == counts(held=1)
    assert HeldReceipt.objects.get().reason == "unknown_kind"


def test_i13_a_receipt_that_came_before_its_acceptance_was_recorded_counts_afterwards(home: Home) -> None:
    provider = Provider(said=[said(1)])
    assert collect(home, provider) == counts(held=1)
    sent(home, provider)
    provider.said = []
    assert collect(home, provider) == counts(released=1)
    assert Receipt.objects.filter(kind="delivered").count() == 1
    assert not HeldReceipt.objects.exists()


def test_the_fake_writes_receipts_that_are_fetched_when_their_time_has_come(home: Home) -> None:
    channels = ["app_push", "wechat"]
    outbox.stage([new_intent(i, channel=channels[i % 2]) for i in range(60)], now=NOW)
    outbox.dispatch(home, now=NOW, gate=allow, worker="night")
    assert outbox.collect_receipts(home, now=NOW)["fake"].counted == 0
    first = outbox.collect_receipts(home, now=NOW + timedelta(minutes=5))["fake"]
    later = outbox.collect_receipts(home, now=NOW + timedelta(hours=2))["fake"]
    assert (first.held, later.held, first.repeated, later.repeated) == (0, 0, 0, 0)
    assert 50 <= first.counted <= 60
    assert 5 <= later.counted <= 35
    assert Receipt.objects.filter(kind="delivered").count() == first.counted
    assert outbox.collect_receipts(home, now=NOW + timedelta(days=1))["fake"] == counts()


def test_i13_a_kill_before_the_acknowledgement_counts_nothing_twice(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    outbox.dispatch(home, now=NOW, gate=allow, worker="night")
    hour = NOW + timedelta(hours=1)
    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "acknowledge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.collect_receipts(home, now=hour)
    assert outbox.collect_receipts(home, now=hour)["fake"] == counts(repeated=1)
    assert Receipt.objects.filter(intent=Intent.objects.get(), kind="delivered").count() == 1
