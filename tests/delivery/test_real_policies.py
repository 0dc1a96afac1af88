"""The outbox with the policies themselves as its gate (I4, I5, I6)."""

from datetime import datetime, timedelta

import pytest

from tests.delivery.makers import NOW, Killed, Provider, new_intent
from tests.policies.build import action, facts
from wealthloop.delivery import outbox
from wealthloop.delivery.connectors import Guarantee
from wealthloop.delivery.models import Intent
from wealthloop.delivery.types import GateVerdict
from wealthloop.errors import Refused
from wealthloop.kit import Home
from wealthloop.policies.models import Reservation
from wealthloop.policies.pack import load_pack
from wealthloop.policies.reserve import global_stop, opt_out, reserve

pytestmark = pytest.mark.django_db
PACK = load_pack()


def gate(intent: Intent, *, now: datetime) -> GateVerdict:
    wanted = action(channel=intent.channel, strategy_id=intent.strategy_id)
    verdict = reserve(intent.pk, facts(customer_id=intent.customer_id), wanted, now=now, pack=PACK)
    return GateVerdict(allowed=verdict.allowed, reason=verdict.reason_code)


def send(home: Home, provider: Provider, *, now: datetime = NOW, worker: str = "night") -> dict[str, int]:
    return outbox.dispatch(home, now=now, gate=gate, worker=worker, connectors=[provider])


def reasons() -> list[str]:
    return sorted(Intent.objects.filter(state="suppressed").values_list("reason", flat=True))


def two_for_one_customer() -> None:
    outbox.stage([new_intent(i, customer_id="C1", not_after=NOW + timedelta(days=20)) for i in (1, 2)], now=NOW)


def test_i5_the_weekly_cap_on_text_messages_holds_across_workers(home: Home) -> None:
    two_for_one_customer()
    provider = Provider()
    first = outbox.dispatch(home, now=NOW, gate=gate, worker="a", limit=1, connectors=[provider])
    assert (first, send(home, provider, worker="b")) == ({"sent": 1}, {"suppressed": 1})
    assert (reasons(), len(provider.calls)) == (["FR-01"], 1)


def test_i5_a_refused_message_gives_its_place_back_and_an_unknown_one_does_not(home: Home) -> None:
    two_for_one_customer()
    provider = Provider(before=[Refused("no such number")])
    assert send(home, provider) == {"failed": 1, "sent": 1}
    assert Reservation.objects.filter(released_at=None).count() == 1


def test_i5_a_call_that_is_repeated_after_a_crash_does_not_stand_in_its_own_way(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider(guarantee=Guarantee.IDEMPOTENT_KEY, after=[Killed()])
    with pytest.raises(Killed):
        send(home, provider)
    assert outbox.recover(home, now=NOW, gate=gate, worker="night", connectors=[provider]) == {"sent": 1}
    assert len(provider.accepted) == 1
    assert Reservation.objects.count() == 1


def test_i4_a_refusal_after_staging_stops_what_is_queued(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    opt_out("C1", "*", "customer", NOW)
    provider = Provider()
    assert (send(home, provider), provider.calls) == ({"suppressed": 1}, [])
    assert reasons() == ["CO-03"]


def test_i4_nothing_leaves_in_the_quiet_hours(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    provider = Provider()
    assert send(home, provider, now=NOW + timedelta(hours=12)) == {"suppressed": 1}
    assert (reasons(), provider.calls) == (["QH-01"], [])


def test_i6_the_global_stop_is_a_reason_of_the_rules_too(home: Home) -> None:
    outbox.stage([new_intent(1)], now=NOW)
    global_stop("head", "test", NOW)
    provider = Provider()
    assert (send(home, provider), provider.calls) == ({"suppressed": 1}, [])
    assert reasons() == ["GS-01"]
