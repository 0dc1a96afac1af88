"""Facts come from the tables and the state plane; what is not there stays unknown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.policies.build import NOW, action
from tests.scanned import ScannedBank
from wealthloop.bank import TABLES, storage_schema
from wealthloop.engines import DuckDBEngine
from wealthloop.policies import repository
from wealthloop.policies.facts import load_facts, load_products, missing_facts
from wealthloop.policies.models import OptOut, Reservation
from wealthloop.policies.pack import load_pack
from wealthloop.policies.reserve import global_stop
from wealthloop.policies.screen import screen
from wealthloop.policies.sync import sync_bank_contacts
from wealthloop.policies.types import StaffFacts

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 1, 2)  # noqa: DTZ001 - tables hold zone-less UTC

Row = dict[str, Any]


class Bank(ScannedBank):
    """Tables in memory."""

    def __init__(self, engine: DuckDBEngine, **tables: list[Row]) -> None:
        self._engine, self.tables = engine, tables

    def has(self, name: str) -> bool:
        return bool(self.tables.get(name))

    def table_at(self, name: str, as_of: date | None) -> pa.Table:  # noqa: ARG002
        schema = storage_schema(TABLES[name])
        rows = [
            {field: row.get(field) for field in schema.names} | {"known_at": AT} for row in self.tables.get(name, [])
        ]
        return pa.Table.from_pylist(rows, schema=schema)


ENGINE = DuckDBEngine(threads=1)

CONSENTS: list[Row] = [
    {"customer_id": "C1", "purpose": "marketing", "channel": None, "state": "granted", "at": AT},
    {"customer_id": "C1", "purpose": "personalisation", "channel": "*", "state": "granted", "at": AT},
    {"customer_id": "C1", "purpose": "marketing", "channel": "sms", "state": "revoked", "at": AT},
]
FULL: dict[str, list[Row]] = {
    "customers": [
        {"customer_id": "C1", "birth_date": date(1980, 5, 1), "open_date": date(2020, 1, 1)},
        {"customer_id": "C2", "birth_year": 1961, "open_date": date(2020, 1, 1), "legal_block": "frozen"},
    ],
    "consents": CONSENTS,
    "suitability": [
        {"customer_id": "C1", "level": "C2", "lowest_class": False, "assessed_at": date(2025, 1, 1)},
        {"customer_id": "C1", "level": "C3", "lowest_class": False, "assessed_at": date(2026, 3, 1)},
    ],
    "channel_identities": [
        {"customer_id": "C1", "channel": "sms", "address_token": "t", "bound_at": AT},
        {"customer_id": "C1", "channel": "wechat", "address_token": "t", "bound_at": AT, "unbound_at": AT},
    ],
    "book_assignments": [
        {"customer_id": "C1", "rm_id": "S1", "from": date(2024, 1, 1), "to": date(2026, 5, 1)},
        {"customer_id": "C1", "rm_id": "S2", "from": date(2026, 5, 1), "to": None},
        {"customer_id": "C1", "rm_id": "S3", "from": date(2026, 11, 23), "to": None},
    ],
    "staff": [{"staff_id": "S2", "role": "rm", "branch_id": "B1", "qualified_for": "investment;insurance"}],
    "products": [
        {"product_id": "P1", "name": "n", "category": "bond_fund", "regime": "investment", "issuer_risk": "R2",
         "seller_risk": "R3", "private": False, "on_sale_from": date(2025, 1, 1)},
    ],
}  # fmt: skip


def bank(**tables: list[Row]) -> Bank:
    return Bank(ENGINE, **tables)


def test_a_full_bank_gives_every_fact() -> None:
    OptOut.objects.create(customer_id="C1", channel="wecom", at=NOW, source="desk")
    Reservation.objects.create(intent_id="i", customer_id="C1", channel="sms", at=NOW - timedelta(days=3))
    held = load_facts(bank(**FULL), ENGINE, ["C1", "C2"], as_of=DAY, now=NOW, told={})["C1"]
    assert held.suitability is not None
    assert (held.suitability.level, held.assessed_on) == ("C3", (date(2025, 1, 1), date(2026, 3, 1)))
    assert held.staff == StaffFacts(staff_id="S2", qualified_for=frozenset({"investment", "insurance"}))
    assert held.bound == frozenset({"sms"})
    assert held.opt_outs == frozenset({"wecom"})
    assert [contact.contact_id for contact in held.contacts or ()] == ["i"]
    assert held.stopped is False
    assert held.consents is not None
    assert {(record.channel, record.at.tzinfo) for record in held.consents} == {("*", UTC), ("sms", UTC)}
    assert missing_facts(held) == ()


def test_a_good_customer_of_the_tables_may_be_contacted() -> None:
    held = load_facts(bank(**FULL), ENGINE, ["C1"], as_of=DAY, now=NOW, told={})["C1"]
    offered = load_products(bank(**FULL), ENGINE, as_of=DAY)["P1"]
    verdict = screen(held, action(product=offered), now=NOW, pack=load_pack(), stage="claim")
    assert verdict.allowed, verdict.reason_code
    assert screen(held, action(channel="sms"), now=NOW, pack=load_pack(), stage="claim").reason_code == "CO-01"


def test_a_birth_year_alone_makes_the_customer_as_old_as_possible() -> None:
    held = load_facts(bank(**FULL), ENGINE, ["C2"], as_of=DAY, now=NOW, told={})["C2"]
    assert (held.born_by, held.legal_block, held.found) == (date(1961, 1, 1), "frozen", True)


def test_i7_a_bank_without_tables_names_in_both_languages_what_is_missing() -> None:
    held = load_facts(bank(customers=FULL["customers"]), ENGINE, ["C1"], as_of=DAY, now=NOW, told={})["C1"]
    assert held.consents is None
    assert held.bound is None
    texts = missing_facts(held)
    assert "no consent record" in {text.en for text in texts}
    assert "无营销同意记录" in {text.zh for text in texts}
    assert {text.en for text in texts} >= {"no day of a risk assessment", "no relationship manager or staff record"}
    assert not screen(held, action(), now=NOW, pack=load_pack()).allowed


def test_i7_a_customer_whom_the_bank_does_not_know_is_not_contacted() -> None:
    held = load_facts(bank(**FULL), ENGINE, ["C9"], as_of=DAY, now=NOW, told={})["C9"]
    assert not held.found
    assert "LB-01" in screen(held, action(), now=NOW, pack=load_pack()).reason_code


def test_a_relationship_manager_who_is_not_on_the_staff_list_is_not_known() -> None:
    held = load_facts(bank(**FULL | {"staff": []}), ENGINE, ["C1"], as_of=DAY, now=NOW, told={})["C1"]
    assert held.staff is None


def test_the_global_stop_is_a_fact_of_everyone() -> None:
    global_stop("zhao", "incident", NOW)
    assert load_facts(bank(**FULL), ENGINE, ["C1"], as_of=DAY, now=NOW, told={})["C1"].stopped is True


def test_facts_of_many_customers_come_at_once() -> None:
    customers = [f"C{number}" for number in range(2_000)]
    held = load_facts(bank(**FULL), ENGINE, customers, as_of=DAY, now=NOW, told={})
    assert sorted(held) == sorted(customers)


def row(contact_id: str, at: datetime, **extra: object) -> Row:
    given = {"contact_id": contact_id, "customer_id": "C1", "channel": "sms", "at": at, "at_day": at.date()}
    return given | extra


def test_i5_contacts_of_other_systems_count_once_and_failed_ones_do_not() -> None:
    told = bank(contacts=[row("k1", AT), row("k2", AT, outcome="failed"), row("k0", AT - timedelta(days=40))])
    assert sync_bank_contacts(told, ENGINE, since=date(2026, 10, 20)) == 1
    assert sync_bank_contacts(told, ENGINE, since=date(2026, 10, 20)) == 0
    found = Reservation.objects.get()
    assert (found.intent_id, found.source, found.at.tzinfo is not None) == ("k1", "bank", True)


def test_i5_our_own_contact_told_back_by_the_bank_counts_once() -> None:
    own = {"customer_id": "C1", "channel": "sms", "strategy_id": "s", "at": AT.replace(tzinfo=UTC)}
    Reservation.objects.create(intent_id="i1", **own)
    Reservation.objects.create(intent_id="i2", **own | {"customer_id": "C2"})
    told = bank(
        contacts=[
            row("i1", AT, strategy_id="s"),
            row("k2", AT + timedelta(hours=1), strategy_id="s", customer_id="C2"),
            row("k3", AT + timedelta(hours=1), strategy_id="other", customer_id="C2"),
        ]
    )
    assert sync_bank_contacts(told, ENGINE, since=date(2026, 10, 20)) == 1
    counting = Reservation.objects.filter(released_at=None)
    assert set(counting.values_list("intent_id", flat=True)) == {"i1", "i2", "k3"}


def test_i5_an_echo_of_our_own_contact_is_remembered_and_counts_once_a_late_row_takes_its_place() -> None:
    Reservation.objects.create(
        intent_id="card", customer_id="C1", channel="rm", strategy_id="s", at=AT.replace(tzinfo=UTC)
    )
    tries = [row(f"k{n}", AT + timedelta(days=n), strategy_id="s", channel="rm") for n in (0, 2, 3)]
    assert sync_bank_contacts(bank(contacts=tries), ENGINE, since=date(2026, 10, 20)) == 0
    assert set(repository.known_ids(since=AT.replace(tzinfo=UTC))) == {"card", "k0", "k2", "k3"}
    late = [*tries, row("k1", AT + timedelta(days=1), strategy_id="s", channel="rm")]
    assert sync_bank_contacts(bank(contacts=late), ENGINE, since=date(2026, 10, 20)) == 1
    counting = Reservation.objects.filter(released_at=None)
    assert set(counting.values_list("intent_id", "source")) == {("card", "outbox"), ("k3", "bank")}
    assert sync_bank_contacts(bank(contacts=late), ENGINE, since=date(2026, 10, 20)) == 0


def test_i5_three_attempts_inside_one_lead_count_as_one_contact_and_the_fourth_counts() -> None:
    Reservation.objects.create(
        intent_id="card", customer_id="C1", channel="rm", strategy_id="s", at=AT.replace(tzinfo=UTC)
    )
    tries = [row(f"k{n}", AT + timedelta(days=n), strategy_id="s", channel="rm") for n in range(4)]
    assert sync_bank_contacts(bank(contacts=tries), ENGINE, since=date(2026, 10, 20)) == 1
    assert Reservation.objects.filter(source="bank").get().intent_id == "k3"


def test_a_bank_without_contacts_adds_none() -> None:
    assert sync_bank_contacts(bank(), ENGINE, since=DAY) == 0
