"""Facts of many customers at once, from the bank's tables as of a day and from the state plane as of an instant."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.policies import repository
from wealthloop.policies.types import (
    EVERY_CHANNEL,
    Consent,
    Facts,
    ProductFacts,
    StaffFacts,
    Suitability,
    Text,
    Told,
)

CHINA: Final = ZoneInfo("Asia/Shanghai")

Row = Mapping[str, Any]

_CUSTOMER_COLUMNS: Final = {
    "customers": ("birth_date", "birth_year", "legal_block"),
    "consents": ("purpose", "channel", "state", "at"),
    "suitability": ("level", "lowest_class", "assessed_at", "valid_until"),
    "channel_identities": ("channel", "unbound_at"),
    "book_assignments": ("rm_id", "from", "to"),
}


def load_facts(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    customer_ids: Iterable[str],
    *,
    as_of: date,
    now: datetime,
    told: Mapping[str, tuple[Told, ...]] | None,
    zone: ZoneInfo = CHINA,
) -> dict[str, Facts]:
    """Return the facts of each customer; what the bank did not hand over stays None.

    Contacts of other systems count once ``reserve.sync_bank_contacts`` has taken them over.

    Args:
        bank: the bank's tables.
        engine: what the tables lie on.
        customer_ids: whose facts.
        as_of: bank facts known at the end of this day.
        now: contacts and refusals of the state plane up to this instant, with a zone.
        told: what people at desks said up to then, by customer; who is not in it was not spoken of. None: not read,
            and the rules that ask say no.
        zone: in which the customers' hours and days are counted.
    """
    wanted = sorted(set(customer_ids))
    rows = {name: _by_customer(bank, name, wanted, as_of) for name in _CUSTOMER_COLUMNS}
    staff = _staff(bank, as_of)
    opted, contacts = repository.opt_outs(wanted), repository.contacts(wanted, now=now)
    stopped = repository.stop_is_on()
    has_consents, has_addresses = bank.has("consents"), bank.has("channel_identities")
    return {
        customer: Facts(
            customer_id=customer,
            zone=zone,
            consents=_consents(rows["consents"][customer]) if has_consents else None,
            bound=_bound(rows["channel_identities"][customer], now) if has_addresses else None,
            staff=_manager(rows["book_assignments"][customer], staff, as_of),
            opt_outs=opted.get(customer, frozenset()),
            contacts=contacts.get(customer, ()),
            told=None if told is None else told.get(customer, ()),
            stopped=stopped,
            **_assessed(rows["suitability"][customer]),
            **_person(rows["customers"][customer]),
        )
        for customer in wanted
    }


def load_products(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    *,
    as_of: date,
) -> dict[str, ProductFacts]:
    """Return every product that the bank has named by the end of a day, by id."""
    names = ("product_id", "category", "regime", "issuer_risk", "seller_risk", "private", "on_sale_from", "on_sale_to")
    table = bank.read("products", names, as_of=as_of)
    return {row["product_id"]: ProductFacts(**row) for row in table.to_pylist()}


def missing_facts(facts: Facts) -> tuple[Text, ...]:
    """Return what a contact would need and nobody knows, for people."""
    held = facts.suitability
    checks = (
        (not facts.found, Text(zh="无客户记录", en="no customer record")),
        (not facts.consents, Text(zh="无营销同意记录", en="no consent record")),
        (held is None or held.level is None, Text(zh="无风险承受能力等级", en="no risk level")),
        (held is None or held.assessed_at is None, Text(zh="无风险评估日期", en="no day of a risk assessment")),
        (facts.staff is None, Text(zh="无客户经理或员工资料", en="no relationship manager or staff record")),
        (facts.bound is None, Text(zh="无渠道绑定资料", en="no record of addresses")),
        (facts.born_by is None, Text(zh="无出生日期", en="no birth date")),
    )
    return tuple(text for absent, text in checks if absent)


def _by_customer(bank: BankTables, name: str, wanted: list[str], as_of: date) -> defaultdict[str, list[Row]]:
    """Return the rows of one table by customer, columns as of the contract."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    rows = bank.read(name, ("customer_id", *_CUSTOMER_COLUMNS[name]), as_of=as_of)
    ours = rows.filter(pc.is_in(rows["customer_id"], value_set=pa.array(wanted, pa.string())))
    for row in ours.to_pylist():
        found[row["customer_id"]].append(row)
    return found


def _staff(bank: BankTables, as_of: date) -> dict[str, StaffFacts]:
    table = bank.read("staff", ("staff_id", "qualified_for"), as_of=as_of)
    return {
        row["staff_id"]: StaffFacts(staff_id=row["staff_id"], qualified_for=_regimes(row["qualified_for"]))
        for row in table.to_pylist()
    }


def _regimes(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(re.findall(r"[a-z]+", text.lower()))


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)


def _consents(rows: list[Row]) -> tuple[Consent, ...]:
    return tuple(
        Consent(
            purpose=row["purpose"],
            channel=row["channel"] or EVERY_CHANNEL,
            granted=row["state"] == "granted",
            at=_utc(row["at"]),
        )
        for row in rows
    )


def _bound(rows: list[Row], now: datetime) -> frozenset[str]:
    return frozenset(row["channel"] for row in rows if row["unbound_at"] is None or _utc(row["unbound_at"]) > now)


def _manager(rows: list[Row], staff: Mapping[str, StaffFacts], as_of: date) -> StaffFacts | None:
    """Return who holds the customer: of the assignments in force the one that began last."""
    held = [row for row in rows if row["from"] <= as_of and (row["to"] is None or row["to"] >= as_of)]
    newest = max(held, key=lambda row: (row["from"], row["rm_id"]), default=None)
    return staff.get(newest["rm_id"]) if newest else None


def _assessed(rows: list[Row]) -> dict[str, Any]:
    if not rows:
        return {}
    newest = max(rows, key=lambda row: row["assessed_at"])
    suitability = Suitability(
        level=newest["level"],
        lowest_class=newest["lowest_class"],
        assessed_at=newest["assessed_at"],
        valid_until=newest["valid_until"],
    )
    return {"suitability": suitability, "assessed_on": tuple(sorted(row["assessed_at"] for row in rows))}


def _person(rows: list[Row]) -> dict[str, Any]:
    if not rows:
        return {}
    row = rows[0]
    born = row["birth_date"]
    if born is None and row["birth_year"] is not None:
        born = date(row["birth_year"], 1, 1)
    return {"found": True, "born_by": born, "legal_block": row["legal_block"]}
