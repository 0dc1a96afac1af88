"""The last gate: asked inside the claim, with the state of that instant."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from tests.filedb import in_threads, on_file_database
from tests.policies.build import NOW, action, facts
from wealthloop.access.models import AuditEntry
from wealthloop.errors import WealthloopError
from wealthloop.policies.models import Reservation
from wealthloop.policies.pack import load_pack
from wealthloop.policies.reserve import global_stop, lift_stop, opt_out, release, reserve, stopped
from wealthloop.policies.types import Action, Facts, Verdict

pytestmark = pytest.mark.django_db


def ask(intent: str, *, of: Facts | None = None, act: Action | None = None, days: float = 0) -> Verdict:
    at = NOW + timedelta(days=days)
    with transaction.atomic():
        return reserve(intent, of or facts(), act or action(), now=at, pack=load_pack())


def test_i5_a_second_call_in_30_days_is_refused_whatever_the_facts_said() -> None:
    assert ask("a").allowed
    assert ask("b").reason_code == "FR-03"
    assert ask("c", act=action(channel="remote_agent")).reason_code == "FR-03"
    assert Reservation.objects.count() == 1


def test_i5_contacts_in_stale_facts_are_not_believed() -> None:
    ask("a")
    assert not ask("b", of=facts(contacts=())).allowed


def test_another_customer_is_not_touched() -> None:
    ask("a")
    assert ask("b", of=facts(customer_id="C2")).allowed


def test_asked_again_the_same_intent_is_allowed_and_counts_once() -> None:
    assert ask("a").allowed
    assert ask("a").allowed
    assert Reservation.objects.get().at == NOW


def test_a_released_contact_no_longer_counts_and_one_of_unknown_outcome_does() -> None:
    ask("a")
    release("a", NOW)
    assert ask("b").allowed
    assert not ask("c").allowed


def test_an_intent_that_was_given_back_counts_anew_when_claimed_again() -> None:
    ask("a")
    release("a", NOW)
    ask("a", days=1)
    assert Reservation.objects.get().released_at is None
    assert not ask("b", days=2).allowed


def test_what_is_refused_reserves_nothing() -> None:
    assert not ask("a", of=facts(consents=None)).allowed
    assert not Reservation.objects.exists()


def test_a_service_message_reserves_nothing() -> None:
    assert ask("a", act=action(product=None, commercial=False)).allowed
    assert not Reservation.objects.exists()


def test_i4_a_refusal_after_planning_stops_what_is_queued() -> None:
    assert opt_out("C1", "*", "desk", NOW)
    assert not opt_out("C1", "*", "desk", NOW)
    assert ask("a").reason_code == "CO-03"
    assert AuditEntry.objects.get().object_id == "C1"


def test_i4_the_global_stop_holds_until_it_is_lifted() -> None:
    assert global_stop("zhao", "incident", NOW)
    assert not global_stop("li", "again", NOW)
    assert stopped()
    assert ask("a").reason_code == "GS-01"
    assert lift_stop("zhao", NOW)
    assert not stopped()
    assert not lift_stop("zhao", NOW)
    assert ask("a").allowed
    assert list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True)) == ["stop.put", "stop.lifted"]


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_nothing_is_promised() -> None:
    with pytest.raises(WealthloopError, match="transaction"):
        reserve("a", facts(), action(), now=NOW, pack=load_pack())


def race(tmp_path: Path, ask_one: Callable[[int], bool], workers: int = 6) -> int:
    with on_file_database(tmp_path, "policies", "access"):
        granted = sum(map(bool, in_threads(workers, ask_one)))
        assert Reservation.objects.filter(released_at=None).count() == granted
    return granted


def test_i5_of_workers_who_claim_at_the_same_time_one_gets_the_last_place(tmp_path: Path) -> None:
    assert race(tmp_path, lambda worker: ask(f"i{worker}").allowed) == 1


def test_i5_caps_hold_over_channels_and_workers_in_any_order(tmp_path: Path) -> None:
    def many(worker: int) -> bool:
        draw = random.Random(worker)
        channels = draw.choices(["wechat", "app_push", "wecom", "sms", "rm"], k=8)
        for number, channel in enumerate(channels):
            ask(f"w{worker}-{number}", act=action(channel=channel), days=draw.random())
        return True

    with on_file_database(tmp_path, "policies", "access"):
        in_threads(4, many)
        made = list(Reservation.objects.values_list("channel", flat=True))
    assert len(made) == 4
    for cap in load_pack().caps():
        assert sum(cap.covers(channel) for channel in made) <= cap.count
