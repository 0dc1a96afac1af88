"""Rows of the day bring the leads that a night would find in them, and these their places at once, however often."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.loop.makers import AS_OF, AT_WORK, TOMORROW
from tests.loop.test_intraday import NOW, evening, home, strangers
from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.bank.arriving import Arrived, arrived
from wealthloop.cli import leads as cli
from wealthloop.cli import live as watching
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict
from wealthloop.kit import Home
from wealthloop.leads.detect import Event
from wealthloop.leads.models import Lead
from wealthloop.leads.repository import LeadView, open_leads
from wealthloop.leads.stream import reads
from wealthloop.leads.triggers import RULES
from wealthloop.loop import live as module
from wealthloop.loop.day import Day
from wealthloop.loop.live import TABLES, Brought, Live, open_live
from wealthloop.loop.models import Placement, Run
from wealthloop.loop.placing import INTRADAY, Declined, Outcome, Placed, Reason
from wealthloop.policies import facts

__all__ = ["evening", "home"]


def inflow(customer: str, number: int = 1, *, on: date = TOMORROW, yuan: int = 900_000) -> dict[str, Any]:
    """Return the line of a transfer that maturity-care answers."""
    row = {"transaction_id": f"live-{customer}-{number}", "customer_id": customer, "at": f"{on}T09:10:00+08:00"}
    return {"table": "transactions", "row": {**row, "kind": "transfer_in", "amount": yuan}}


def taken(live: Live, line: dict[str, Any]) -> list[Brought]:
    one = arrived(json.dumps(line).encode(), line=1, tables=TABLES, within=live.within)
    assert isinstance(one, Arrived), one
    return live.take(one, now=NOW)


def test_a_row_brings_the_lead_of_its_event_and_the_lead_takes_its_place(home: Home) -> None:
    live = open_live(home, now=NOW)
    who = [*strangers(live.day)[:20], *sorted(live.day.contacted)[:2]]
    found = [one for customer in who for one in taken(live, inflow(customer))]
    assert {one.event.trigger for one in found} == {"large_inflow"}
    assert {one.event.customer_id for one in found} == set(who)
    recorded = {lead.pk: lead for lead in Lead.objects.filter(found_on=TOMORROW)}
    assert recorded.keys() == {one.outcome.lead_id for one in found}
    assert {(lead.trigger, lead.occurred_on, lead.evidence["amount_fen"]) for lead in recorded.values()} == {
        ("large_inflow", TOMORROW, 90_000_000)
    }
    given = {one.outcome.lead_id for one in found if isinstance(one.outcome, Placed) and one.outcome.fresh}
    rows = [row for row in ledger.read(home).to_pylist() if row["occasion"] == INTRADAY]
    assert {row["lead_id"] for row in rows} == given
    assert len(given) > 2
    why = Counter(one.outcome.reason for one in found if isinstance(one.outcome, Declined))
    assert why[Reason.CONTACTED] == 2
    intents = Intent.objects.filter(pk__in=[row["decision_id"] for row in rows])
    assert {one.pk for one in intents} == {row["decision_id"] for row in rows if row["treated"]}


def test_a_row_that_comes_again_to_anybody_places_nothing_twice(home: Home) -> None:
    live, other = open_live(home, now=NOW), open_live(home, now=NOW)
    who = strangers(live.day)[:12]
    first = {customer: taken(live, inflow(customer)) for customer in who}
    left = (Placement.objects.count(), Intent.objects.count(), ledger.read(home).num_rows)
    assert [taken(live, inflow(customer)) for customer in who] == [[] for _ in who]
    assert taken(live, inflow(who[0], 2)) == []
    again = {customer: taken(other, inflow(customer)) for customer in who}
    later = open_live(home, now=NOW)
    restarted = {customer: taken(later, inflow(customer)) for customer in who}
    assert (Placement.objects.count(), Intent.objects.count(), ledger.read(home).num_rows) == left
    for customer in who:
        ((one,), (two,), (three,)) = first[customer], again[customer], restarted[customer]
        assert one.event == two.event == three.event
        assert two.outcome == three.outcome
        if isinstance(one.outcome, Placed):
            assert isinstance(two.outcome, Placed)
            assert (one.outcome.fresh, two.outcome.fresh) == (True, False)
            assert two.outcome.decision == one.outcome.decision
    assert left[0] > 2


def test_the_most_urgent_lead_of_a_row_takes_the_place(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    live = open_live(home, now=NOW)
    asked: list[list[str]] = []

    def place_all(_day: Day, many: list[LeadView], **_: object) -> list[Outcome]:
        asked.append([one.trigger for one in many])
        return []

    monkeypatch.setattr(module, "place_all", place_all)
    rules = {rule.name: rule for rule in RULES}
    two = ("salary_idle", "large_inflow")
    every = taken(Live(day=live.day, stream=_Two(two)), inflow("C1"))  # type: ignore[arg-type]
    assert rules["large_inflow"].priority > rules["salary_idle"].priority
    assert asked == [["large_inflow", "salary_idle"]]
    assert [one.event.trigger for one in every] == ["large_inflow", "salary_idle"]


class _Two:
    """A stream that finds events of some triggers in any row."""

    def __init__(self, triggers: tuple[str, ...]) -> None:
        self.triggers = triggers

    def take(self, rows: list[tuple[str, dict[str, Any]]]) -> list[Event]:
        ((_, row),) = rows
        return [
            Event(
                trigger=one, customer_id=row["customer_id"], occurred_on=TOMORROW, expires_on=TOMORROW, evidence={},
                key="k",
            )
            for one in self.triggers
        ]  # fmt: skip


def test_what_the_night_knew_already_and_what_was_over_bring_no_place(home: Home) -> None:
    live = open_live(home, now=NOW)
    bank = BankTables(home, DuckDBEngine(threads=1))
    names = ("transaction_id", "customer_id", "at", "kind", "amount")
    rows = bank.read("transactions", names, as_of=AS_OF, days=(AS_OF - timedelta(days=2), AS_OF)).to_pylist()
    rows = [row for row in rows if row["amount"] >= 5_000_000][:8]
    assert rows
    for row in rows:
        line = {**row, "at": f"{row['at'].isoformat()}Z", "amount": row["amount"] / 100}
        assert taken(live, {"table": "transactions", "row": line}) == []
    customer = strangers(live.day)[0]
    (late,) = taken(Live(day=live.day, stream=_Late()), inflow(customer))  # type: ignore[arg-type]
    assert late.outcome == Declined(lead_id=late.outcome.lead_id, reason=Reason.OVER)
    assert not Lead.objects.filter(pk=late.outcome.lead_id).exists()


class _Late(_Two):
    def __init__(self) -> None:
        super().__init__(("large_inflow",))

    def take(self, rows: list[tuple[str, dict[str, Any]]]) -> list[Event]:
        past = AS_OF - timedelta(days=9)
        return [replace(one, occurred_on=past, expires_on=past) for one in super().take(rows)]


def test_while_a_night_is_at_work_leads_are_recorded_for_it_and_after_the_day_nothing_is_taken(home: Home) -> None:
    live = open_live(home, now=NOW)
    first, second = strangers(live.day)[:2]
    Run.objects.create(run_id="tonight", as_of=TOMORROW, inputs={}, started_at=NOW)
    (found,) = taken(live, inflow(first))
    assert found.outcome == Declined(lead_id=found.outcome.lead_id, reason=Reason.NIGHT_BEGUN)
    assert found.outcome.lead_id in {lead.lead_id for lead in open_leads(TOMORROW)}
    assert not Placement.objects.exists()
    over = arrived(json.dumps(inflow(second)).encode(), line=1, tables=TABLES, within=live.within)
    assert isinstance(over, Arrived)
    with pytest.raises(Conflict, match="that day is over"):
        live.take(over, now=NOW + timedelta(days=1))
    assert not Lead.objects.filter(customer_id=second, found_on=TOMORROW).exists()
    assert taken(live, inflow(second)) != []


def test_rows_that_rules_of_contact_read_are_left_to_loads() -> None:
    assert not {*facts._CUSTOMER_COLUMNS, "contacts", "products", "staff"} & set(TABLES)
    assert set(TABLES) <= {table for rule in RULES for table in reads(rule)}


def test_the_command_answers_every_line(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(watching, "open_home", lambda _: home)
    live = open_live(home, now=AT_WORK)
    customer = strangers(live.day)[0]
    good, wrong = inflow(customer), inflow(customer, 2, yuan=1)
    wrong["row"]["amount"] = "1.005"
    lines = [json.dumps(good), "", "{", json.dumps(wrong), json.dumps(inflow(customer) | {"table": "consents"})]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join([*lines, json.dumps(good)]), encoding="utf-8")

    def told(*words: str, code: int = 0, given: str | None = None) -> Result:
        found = CliRunner().invoke(cli.app, ["watch", *words, "--home", str(home.root)], input=given)
        assert found.exit_code == code, found.output
        return found

    found = told(str(file))
    answers = [json.loads(line) for line in found.stdout.splitlines()]
    assert [one["line"] for one in answers] == [1, 3, 4, 5, 6]
    (lead,) = answers[0]["leads"]
    assert (lead["customer_id"], lead["trigger"], lead["occurred_on"]) == (customer, "large_inflow", str(TOMORROW))
    assert ("placed" in lead) != ("declined" in lead)
    assert [(one["refused"]["column"], one["refused"]["rule"], one["refused"]["text"]) for one in answers[1:4]] == [
        ("", "unreadable_json", ""), ("amount", "money_precision", "1.005"), ("table", "not_live", ""),
    ]  # fmt: skip
    assert {one["refused"]["file"] for one in answers[1:4]} == {str(file)}
    assert all(one["refused"]["do"] for one in answers[1:4])
    assert answers[4] == {"line": 6, "table": "transactions", "leads": []}
    assert "5 rows, 3 refused, 1 leads" in found.stderr.replace("\n", " ")
    (again,) = [json.loads(line) for line in told("-", given=json.dumps(good)).stdout.splitlines()]
    assert [one["lead_id"] for one in again["leads"]] == [lead["lead_id"]]
    assert Lead.objects.filter(customer_id=customer, found_on=TOMORROW).count() == 1
    told(str(tmp_path / "nowhere.jsonl"), code=1)
    instants = iter([NOW, NOW + timedelta(days=1)])
    monkeypatch.setattr(watching, "clock_of", lambda _: SimpleNamespace(now=lambda: next(instants)))
    ended = CliRunner().invoke(cli.app, ["watch", str(file), "--home", str(home.root)])
    assert isinstance(ended.exception, Conflict)
    assert str(ended.exception).startswith(f"{file}, line 1: not taken, nor any line after it: the prices are those of")
    assert ended.stdout == ""
