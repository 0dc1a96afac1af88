"""Places of a day: never more than there is, each lead once, whoever asks at once and wherever it is killed."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.makers import new_intent
from tests.filedb import in_threads, on_file_database
from tests.loop.makers import AS_OF, AT_WORK, TOMORROW, home_in, lead
from wealthloop import ledger
from wealthloop.delivery import outbox
from wealthloop.delivery.models import Intent
from wealthloop.kit import Home, stable_id
from wealthloop.leads import repository as leads
from wealthloop.leads.detect import Event
from wealthloop.leads.models import Lead, LeadState
from wealthloop.leads.repository import LeadView
from wealthloop.ledger import Disposition
from wealthloop.loop import placing
from wealthloop.loop.models import IntradayRun, Placement, Run, Taken
from wealthloop.loop.placing import (
    INTRADAY,
    Asked,
    Choice,
    Declined,
    Made,
    Outcome,
    Placed,
    Reason,
    finish,
    finish_all,
    left_of,
    reserve,
)

SMS, A = "volume:sms", "strategy:a"
ROOM = {SMS: 10, A: 100, "volume:wechat": 1}


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def night(tmp_path: Path, db: None) -> Run:  # noqa: ARG001 - opens the state plane
    home_in(tmp_path)
    return begun()


def begun() -> Run:
    return Run.objects.create(run_id="night", as_of=AS_OF, inputs={}, started_at=AT_WORK, finished_at=AT_WORK)


def recorded(customer: str, *, kind: str = "salary_idle") -> LeadView:
    """Record a lead and return it."""
    event = Event(
        trigger=kind, customer_id=customer, occurred_on=TOMORROW, expires_on=lead().expires_on, evidence={}, key="k"
    )
    leads.record([event], as_of=TOMORROW)
    one = leads.lead_id_of(event)
    return leads.by_ids([one])[one]


def contact(one: LeadView, uses: Mapping[str, int] | None = None, *, control: bool = False) -> Choice:
    def make(run_id: str) -> Made:
        decision = stable_id("decision", run_id, one.customer_id)
        row: dict[str, object] = {
            "decision_id": decision, "run_id": run_id, "as_of": AS_OF, "strategy_id": "a", "strategy_version": 1,
            "arm": "control" if control else "treatment", "arm_share": 0.5, "treated": not control,
            "disposition": Disposition.WITHHELD if control else Disposition.RELEASED, "lead_id": one.lead_id,
            "channel": "sms", "refill": False, "propensity": 1.0, "uplift": 0.1, "occasion": INTRADAY,
        }  # fmt: skip
        intent = new_intent(
            intent_id=decision, run_id=run_id, strategy_id="a", customer_id=one.customer_id, lead_id=one.lead_id,
            step=f"{one.lead_id}/0",
        )  # fmt: skip
        return Made(row=row, intent=None if control else intent)

    return Choice(uses=uses or {SMS: 1, A: 1}, make=make)


def ask(run: Run, *many: LeadView, room: Mapping[str, int] = ROOM, control: bool = False) -> list[Outcome]:
    asked = [Asked(lead=one, choices=(contact(one, control=control),)) for one in many]
    return reserve(run, TOMORROW, room, asked, now=AT_WORK)


def finished(home: Home, found: list[Outcome]) -> list[Outcome]:
    for one in found:
        if isinstance(one, Placed):
            finish(home, one.run_id, now=AT_WORK)
    return found


def reasons(found: list[Outcome]) -> list[Reason | None]:
    return [one.reason if isinstance(one, Declined) else None for one in found]


def stands(home: Home) -> dict[str, Any]:
    """Return what is known of placements wherever it is written."""
    rows = ledger.read(home).to_pylist()
    return {
        "placed": Placement.objects.count(),
        "taken": {row.resource: row.units for row in Taken.objects.all() if row.units},
        "rows": sorted((row["lead_id"], row["disposition"], row["occasion"]) for row in rows),
        "intents": sorted(Intent.objects.values_list("intent_id", flat=True)),
        "planned": Lead.objects.filter(state=LeadState.PLANNED).count(),
        "open_runs": IntradayRun.objects.filter(finished_at=None).count(),
        "hashes": {run.ledger_hash == ledger.digest(home, run.run_id) for run in IntradayRun.objects.all()},
        "left_to_stage": Placement.objects.exclude(intent=None).count(),
    }


@pytest.mark.django_db(transaction=True)
def test_i5_who_asks_at_once_takes_no_more_than_there_is_and_no_lead_or_customer_twice(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with on_file_database(tmp_path, "access", "policies", "leads", "delivery", "loop"):
        run = begun()
        own = [[recorded(f"C{worker}-{number}") for number in range(3)] for worker in range(6)]
        shared = recorded("S")
        twins = [recorded("T"), recorded("T", kind="funds_idle")]

        def work(worker: int) -> list[Outcome]:
            found = []
            for one in (shared, twins[worker % 2], *own[worker]):
                found += finished(home, ask(run, one))
            return found

        every = [one for several in in_threads(6, work) for one in several]  # type: ignore[attr-defined]
        fresh = [one.lead_id for one in every if isinstance(one, Placed) and one.fresh]
        assert len(fresh) == len(set(fresh)) == 10
        customers = [one.customer_id for one in every if isinstance(one, Placed) and one.fresh]
        assert (customers.count("S"), customers.count("T")) == (1, 1)
        assert sum(isinstance(one, Placed) and one.lead_id == shared.lead_id for one in every) == 6
        assert {one.reason for one in every if isinstance(one, Declined)} == {Reason.NO_ROOM, Reason.CONTACTED}
        found = stands(home)
        assert found["taken"] == {SMS: 10, A: 10}
        assert len(found["rows"]) == len(found["intents"]) == found["placed"] == found["planned"] == 10
        assert (found["open_runs"], found["hashes"], found["left_to_stage"]) == (0, {True}, 0)


@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        (placing, "person_keys", False),
        (ledger, "write", False),
        (ledger, "write", True),
        (outbox, "stage", True),
        (leads, "mark_planned", True),
    ],
)
def test_i1_a_kill_between_any_two_steps_loses_and_doubles_nothing(
    night: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str, *, after: bool
) -> None:
    home = Home.open(tmp_path / "home")
    sent, kept = recorded("C1"), recorded("C2")
    whole = [*ask(night, sent), *ask(night, kept, control=True)]
    real = getattr(where, name)

    def dies(*given: Any, **named: Any) -> None:  # noqa: ANN401
        if after:
            real(*given, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(where, name, dies)
        with pytest.raises(Killed):
            finished(home, whole)
    assert not Intent.objects.exists()
    assert IntradayRun.objects.filter(ledger_hash="").count() == finish_all(home, now=AT_WORK) == 2
    once = stands(home)
    assert once["rows"] == sorted(
        [(sent.lead_id, "released", INTRADAY), (kept.lead_id, "withheld", INTRADAY)]
    )  # fmt: skip
    assert (len(once["intents"]), once["planned"], once["open_runs"], once["hashes"]) == (1, 2, 0, {True})
    assert (once["taken"], once["left_to_stage"]) == ({SMS: 2, A: 2}, 0)
    assert finish_all(home, now=AT_WORK) == 0
    finished(home, whole)
    again = ask(night, sent)
    assert isinstance(again[0], Placed)
    assert not again[0].fresh
    assert stands(home) == once


def test_a_kill_while_the_place_is_taken_leaves_nothing(night: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    one = recorded("C1")

    def dies(**_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(Placement.objects, "create", dies)
        ask(night, one)
    assert not Placement.objects.exists()
    assert left_of(TOMORROW, ROOM) == ROOM
    assert reasons(ask(night, one)) == [None]


def test_the_next_best_contact_is_taken_where_the_best_does_not_fit(night: Run) -> None:
    first, second, third = (recorded(f"C{number}") for number in range(3))

    def asked(one: LeadView) -> Asked:
        return Asked(lead=one, choices=(contact(one, {"volume:wechat": 1, A: 1}), contact(one, {SMS: 1, A: 1})))

    found = reserve(night, TOMORROW, ROOM | {SMS: 1}, [asked(one) for one in (first, second, third)], now=AT_WORK)
    assert reasons(found) == [None, None, Reason.NO_ROOM]
    assert left_of(TOMORROW, ROOM | {SMS: 1}) == {SMS: 0, A: 98, "volume:wechat": 0}
    assert len({one.run_id for one in found if isinstance(one, Placed)}) == 1


def test_control_takes_a_place_so_that_the_next_lead_fares_alike_in_every_arm(night: Run) -> None:
    small = ROOM | {SMS: 1}
    assert reasons(ask(night, recorded("C1"), control=True, room=small)) == [None]
    assert reasons(ask(night, recorded("C2"), room=small)) == [Reason.NO_ROOM]


def test_another_day_has_its_own_room(night: Run) -> None:
    small = ROOM | {SMS: 1}
    assert reasons(ask(night, recorded("C1"), room=small)) == [None]
    later = TOMORROW.replace(day=TOMORROW.day + 1)
    asked = [Asked(lead=one, choices=(contact(one),)) for one in (recorded("C2"), recorded("C3"))]
    assert reasons(reserve(night, later, small, asked, now=AT_WORK)) == [None, Reason.NO_ROOM]


def test_once_a_later_night_is_at_work_nothing_is_placed_and_what_is_placed_stays(night: Run) -> None:
    early, late = recorded("C1"), recorded("C2")
    ask(night, early)
    Run.objects.create(run_id="later", as_of=TOMORROW, inputs={}, started_at=AT_WORK)
    found = ask(night, early, late)
    assert reasons(found) == [None, Reason.NIGHT_BEGUN]
    assert isinstance(found[0], Placed)
    assert not found[0].fresh


def test_a_lead_that_is_refused_says_why_and_takes_nothing(night: Run) -> None:
    asked = [Asked(lead=replace(lead(), lead_id=f"x{reason}"), refused=reason) for reason in Reason]
    assert reasons(reserve(night, TOMORROW, ROOM, asked, now=AT_WORK)) == list(Reason)
    assert not Placement.objects.exists()
