"""Each event makes one lead, which opens, is planned or expires."""

from datetime import date, timedelta

import pytest

from wealthloop.errors import InvalidInput
from wealthloop.leads import repository
from wealthloop.leads.detect import Event
from wealthloop.leads.models import Lead, LeadState
from wealthloop.leads.repository import RecordCounts

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


def event(
    customer: str = "C1", *, key: str = "k", trigger: str = "large_inflow", occurred: date = DAY, lives: int = 7
) -> Event:
    return Event(
        trigger=trigger,
        customer_id=customer,
        occurred_on=occurred,
        expires_on=occurred + timedelta(days=lives),
        evidence={"amount_fen": 6_000_000, "on": occurred.isoformat()},
        key=key,
    )


def test_an_event_makes_a_lead_with_its_evidence() -> None:
    assert repository.record([event()], as_of=DAY) == RecordCounts(found=1, new=1, known=0, late=0)
    (lead,) = repository.open_leads(DAY)
    assert lead.lead_id == repository.lead_id_of(event())
    assert (lead.customer_id, lead.evidence["amount_fen"], lead.found_on) == ("C1", 6_000_000, DAY)


def test_the_same_event_found_again_changes_nothing() -> None:
    repository.record([event()], as_of=DAY)
    again = replace_amount(event())
    counts = repository.record([again, again], as_of=DAY + timedelta(days=1))
    assert counts == RecordCounts(found=2, new=0, known=2, late=0)
    assert Lead.objects.get().evidence["amount_fen"] == 6_000_000
    assert Lead.objects.get().found_on == DAY


def test_what_another_worker_records_meanwhile_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    repository.record([event()], as_of=DAY)
    monkeypatch.setattr(repository, "_existing", lambda _: iter(()))
    repository.record([replace_amount(event()), event("C2")], as_of=DAY)
    assert {lead.customer_id: lead.evidence["amount_fen"] for lead in Lead.objects.all()} == {
        "C1": 6_000_000, "C2": 6_000_000,
    }  # fmt: skip


def replace_amount(found: Event) -> Event:
    return Event(
        **{name: getattr(found, name) for name in ("trigger", "customer_id", "occurred_on", "expires_on", "key")},
        evidence={"amount_fen": 1},
    )


def test_another_customer_trigger_or_key_is_another_lead() -> None:
    events = [event(), event("C2"), event(key="k2"), event(trigger="large_outflow")]
    assert repository.record(events, as_of=DAY).new == 4


def test_a_planned_lead_is_found_again_without_being_opened() -> None:
    repository.record([event()], as_of=DAY)
    assert repository.mark_planned([repository.lead_id_of(event())]) == 1
    repository.record([event()], as_of=DAY)
    assert repository.open_leads(DAY) == []
    assert repository.mark_planned([repository.lead_id_of(event())]) == 0


def test_i15_a_lead_is_not_open_before_it_was_found_nor_after_its_end() -> None:
    repository.record([event(occurred=DAY - timedelta(days=3))], as_of=DAY)
    assert repository.open_leads(DAY - timedelta(days=1)) == []
    assert len(repository.open_leads(DAY + timedelta(days=4))) == 1
    assert repository.open_leads(DAY + timedelta(days=5)) == []


def test_i15_an_event_of_the_future_is_refused() -> None:
    with pytest.raises(InvalidInput, match="must not be after"):
        repository.record([event(occurred=DAY + timedelta(days=1))], as_of=DAY)
    assert not Lead.objects.exists()


def test_an_event_that_was_over_before_it_was_found_makes_no_lead() -> None:
    late = event(occurred=DAY - timedelta(days=20))
    assert repository.record([late, event("C2")], as_of=DAY) == RecordCounts(found=2, new=1, known=0, late=1)


def test_only_open_leads_expire() -> None:
    repository.record([event(), event("C2"), event("C3", lives=30)], as_of=DAY)
    repository.mark_planned([repository.lead_id_of(event("C2"))])
    assert repository.expire(DAY + timedelta(days=7)) == 0
    assert repository.expire(DAY + timedelta(days=8)) == 1
    states = dict(Lead.objects.values_list("customer_id", "state"))
    assert states == {"C1": LeadState.EXPIRED, "C2": LeadState.PLANNED, "C3": LeadState.OPEN}


def test_i14_open_leads_stand_in_one_order_however_they_came() -> None:
    events = [event(f"C{n}", trigger=trigger) for n in (3, 1, 2) for trigger in ("near_tier", "large_inflow")]
    repository.record(events, as_of=DAY)
    found = [(lead.customer_id, lead.trigger) for lead in repository.open_leads(DAY)]
    assert found == sorted(found)


def test_thousands_are_recorded_and_planned() -> None:
    events = [event(f"C{n}") for n in range(1500)]
    assert repository.record(events, as_of=DAY).new == 1500
    ids = [repository.lead_id_of(one) for one in events]
    assert set(repository.by_ids([*ids, "nothing"])) == set(ids)
    assert repository.mark_planned(ids) == 1500
    assert {lead.state for lead in repository.by_ids(ids).values()} == {"planned"}


def test_leads_that_no_night_has_recorded_are_those_that_it_would_record() -> None:
    events = [event(), event("C2", trigger="birthday"), event("C3", occurred=DAY - timedelta(days=20))]
    shown = repository.unrecorded(events, as_of=DAY)
    assert Lead.objects.count() == 0
    repository.record(events, as_of=DAY)
    assert shown == repository.listed(DAY)
    assert [lead.trigger for lead in shown] == ["large_inflow", "birthday"]


def test_what_is_done_already_ends_the_open_leads_of_its_trigger_but_not_of_a_later_event() -> None:
    later = event(key="later", occurred=DAY - timedelta(days=1))
    events = [event(key="old", occurred=DAY - timedelta(days=3)), later, event(trigger="salary_idle"), event("C2")]
    repository.record(events, as_of=DAY)
    assert repository.end_done({("C1", "large_inflow"): DAY - timedelta(days=2)}) == 1
    left = {(lead.customer_id, lead.trigger, lead.occurred_on) for lead in repository.open_leads(DAY)}
    assert len(left) == 3
    assert ("C1", "large_inflow", DAY - timedelta(days=3)) not in left
