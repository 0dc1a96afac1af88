"""The bank's tables as data: columns, kinds, keys, codes and data grades (contract version 1).

Grades follow JR/T 0197-2020 (level 1 to 5) and JR/T 0171-2020 (C1 to C3; C3 is refused at ingest).
Money is stored as whole minor units (int64), instants as zone-less UTC
microseconds, days as dates. Beside the instant ``at`` of an event table ingest stores ``at_day``, its bank day.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

CONTRACT_VERSION: Final = 1


class Kind(StrEnum):
    """What a column holds, hence how its text is read and how it is stored."""

    ID = "id"
    TEXT = "text"
    CODE = "code"
    DAY = "day"
    INSTANT = "instant"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    SECRET = "secret"  # noqa: S105 - a kind of column, stored encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the contract."""

    name: str
    kind: Kind
    required: bool = False
    """The column must be there."""
    nullable: bool = True
    """A cell may be empty."""
    codes: tuple[str, ...] = ()
    level: int = 2
    grade: Literal["C1", "C2", "C3"] = "C1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """One table of the contract."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns that identify a row; null counts as a value."""
    event_time: str | None = None
    """The column that says when the fact became true; ``known_at`` falls back to it."""
    snapshot: bool = False
    """A state at 24:00 of the day in ``event_time``, hence known then (the start of the day after)."""
    required: bool = False
    either: tuple[tuple[str, ...], ...] = ()
    """Groups of columns of which at least one must be there."""
    reveals: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(time column, columns) that tell of a moment later than the row's own: not seen before that time."""
    may_lie_ahead: tuple[str, ...] = ()
    """Days and instants that may lie after the day of the load."""

    def column(self, name: str) -> Column:
        """Return a column by name.

        Raises:
            KeyError: the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


CATEGORIES: Final = (
    "demand", "time_deposit", "large_cd", "savings_bond", "cash_management", "money_fund", "bond_fund",
    "mixed_fund", "equity_fund", "qdii_fund", "fixed_income_wm", "fixed_income_plus_wm", "mixed_wm",
    "structured_deposit", "insurance_single", "insurance_regular", "personal_pension", "trust", "gold",
)  # fmt: skip
TRANSACTION_KINDS: Final = (
    "salary", "transfer_in", "transfer_out", "buy", "redeem", "maturity", "dividend", "card", "cash", "loan",
    "fee", "interest",
)  # fmt: skip
COUNTERPARTIES: Final = (
    "own_other_bank", "broker", "payment_platform", "employer", "merchant", "person", "other",
)  # fmt: skip
CHANNELS: Final = ("rm", "remote_agent", "ai_call", "app_push", "sms", "wechat", "wecom")
LEVELS: Final = ("C1", "C2", "C3", "C4", "C5")
RATINGS: Final = ("R1", "R2", "R3", "R4", "R5")
ROLES: Final = ("rm", "remote_agent", "lobby_manager", "investment_adviser", "branch_head")


def _needed(name: str, kind: Kind = Kind.ID, *, codes: tuple[str, ...] = ()) -> Column:
    return Column(name=name, kind=kind, required=True, nullable=False, codes=codes)


def _may(name: str, kind: Kind = Kind.TEXT, *, codes: tuple[str, ...] = ()) -> Column:
    return Column(name=name, kind=kind, codes=codes)


def _personal(name: str, kind: Kind) -> Column:
    return Column(name=name, kind=kind, level=3, grade="C2")


_CUSTOMER = _needed("customer_id")
_KNOWN_AT = _may("known_at", Kind.INSTANT)

_TABLES = (
    TableSpec(
        name="customers", required=True, key=("customer_id",), event_time="open_date",
        either=(("birth_date", "birth_year"),),
        columns=(
            _CUSTOMER, _personal("name", Kind.SECRET), _personal("mobile", Kind.SECRET),
            _personal("birth_date", Kind.DAY), _personal("birth_year", Kind.INTEGER),
            _may("gender", Kind.CODE, codes=("F", "M")), _may("region"), _may("branch_id", Kind.ID),
            _needed("open_date", Kind.DAY), _may("occupation"), _may("marital_status"), _may("education"),
            _may("payroll_employer"), _may("is_staff", Kind.FLAG),
            _may("legal_block", Kind.CODE, codes=("deceased", "incapacity", "frozen")),
            _may("household_id", Kind.ID), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="book_assignments", key=("customer_id", "rm_id", "from"), event_time="from",
        reveals=(("to", ("to",)),), may_lie_ahead=("to",),
        columns=(_CUSTOMER, _needed("rm_id"), _needed("from", Kind.DAY), _may("to", Kind.DAY), _KNOWN_AT),
    ),
    TableSpec(
        name="channel_identities", key=("customer_id", "channel", "bound_at"), event_time="bound_at",
        reveals=(("unbound_at", ("unbound_at",)),),
        columns=(
            _CUSTOMER, _needed("channel", Kind.CODE, codes=CHANNELS),
            Column(name="address_token", kind=Kind.SECRET, required=True, nullable=False, level=3, grade="C2"),
            _needed("bound_at", Kind.INSTANT), _may("unbound_at", Kind.INSTANT), _may("wecom_staff_id", Kind.ID),
            _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="suitability", key=("customer_id", "assessed_at"), event_time="assessed_at",
        may_lie_ahead=("valid_until",),
        columns=(
            _CUSTOMER, _needed("level", Kind.CODE, codes=LEVELS), _may("lowest_class", Kind.FLAG),
            _needed("assessed_at", Kind.DAY), _may("valid_until", Kind.DAY), _may("source"), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="consents", key=("customer_id", "purpose", "channel", "at"), event_time="at",
        columns=(
            _CUSTOMER, _needed("purpose", Kind.CODE, codes=("marketing", "personalisation")),
            _may("channel", Kind.CODE, codes=("*", *CHANNELS)),
            _needed("state", Kind.CODE, codes=("granted", "denied", "revoked")), _needed("at", Kind.INSTANT),
            _may("evidence"), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="products", key=("product_id",), event_time="on_sale_from",
        may_lie_ahead=("on_sale_to",),
        columns=(
            _needed("product_id"), _needed("name", Kind.TEXT),
            _needed("category", Kind.CODE, codes=CATEGORIES),
            _needed("regime", Kind.CODE, codes=("deposit", "investment", "insurance")),
            _may("issuer_risk", Kind.CODE, codes=RATINGS), _may("seller_risk", Kind.CODE, codes=RATINGS),
            _may("private", Kind.FLAG), _may("min_amount", Kind.MONEY), _may("term_days", Kind.INTEGER),
            _may("min_hold_days", Kind.INTEGER), _may("on_sale_from", Kind.DAY), _may("on_sale_to", Kind.DAY),
            _may("fee_rate", Kind.NUMBER), _may("issuer"), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="holdings", required=True, key=("customer_id", "product_id", "position_id", "as_of"),
        event_time="as_of", snapshot=True,
        may_lie_ahead=("maturity_date", "redeemable_from"),
        columns=(
            _CUSTOMER, _needed("product_id"), _needed("as_of", Kind.DAY), _needed("balance", Kind.MONEY),
            _may("position_id", Kind.ID), _may("start_date", Kind.DAY), _may("maturity_date", Kind.DAY),
            _may("auto_renew", Kind.FLAG), _may("rate", Kind.NUMBER), _may("units", Kind.NUMBER),
            _may("cost", Kind.MONEY), _may("unrealised_pnl", Kind.MONEY), _may("redeemable_from", Kind.DAY),
            _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="transactions", required=True, key=("transaction_id",), event_time="at",
        columns=(
            _needed("transaction_id"), _CUSTOMER, _needed("at", Kind.INSTANT),
            _needed("kind", Kind.CODE, codes=TRANSACTION_KINDS), _needed("amount", Kind.MONEY),
            _may("product_id", Kind.ID), _may("position_id", Kind.ID), _may("channel"),
            _may("counterparty_kind", Kind.CODE, codes=COUNTERPARTIES), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="plans", key=("customer_id", "product_id", "kind", "started"), event_time="started",
        reveals=(("stopped", ("stopped",)),), may_lie_ahead=("stopped",),
        columns=(
            _CUSTOMER, _needed("product_id"),
            _needed("kind", Kind.CODE, codes=("regular_investment", "regular_premium")),
            _needed("amount", Kind.MONEY), _may("cycle"), _needed("started", Kind.DAY), _may("stopped", Kind.DAY),
            _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="app_events", key=("event_id",), event_time="at",
        columns=(
            _needed("event_id"), _CUSTOMER, _needed("at", Kind.INSTANT),
            _needed("kind", Kind.CODE, codes=("login", "view", "search", "click", "push_open")),
            _may("product_id", Kind.ID), _may("page"), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="contacts", key=("contact_id",), event_time="at",
        reveals=(("outcome_at", ("outcome", "outcome_at")),),
        columns=(
            _needed("contact_id"), _CUSTOMER, _needed("at", Kind.INSTANT),
            _needed("channel", Kind.CODE, codes=CHANNELS), _may("strategy_id", Kind.ID), _may("outcome"),
            _may("outcome_at", Kind.INSTANT), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="complaints", key=("customer_id", "at", "topic"), event_time="at",
        columns=(_CUSTOMER, _needed("at", Kind.INSTANT), _may("channel"), _may("topic"), _KNOWN_AT),
    ),
    TableSpec(
        name="credit", key=("customer_id", "as_of"), event_time="as_of", snapshot=True,
        columns=(
            _CUSTOMER, _needed("as_of", Kind.DAY), _may("credit_limit", Kind.MONEY), _may("used", Kind.MONEY),
            _may("overdraft_available", Kind.MONEY), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="benefits", key=("benefit_id",),
        may_lie_ahead=("valid_to",),
        columns=(
            _needed("benefit_id"), _needed("name", Kind.TEXT), _may("unit_cost", Kind.MONEY),
            _may("stock", Kind.INTEGER), _may("valid_to", Kind.DAY), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="redemptions", key=("customer_id", "benefit_id", "granted_at"), event_time="granted_at",
        reveals=(("redeemed_at", ("redeemed_at",)),),
        columns=(
            _CUSTOMER, _needed("benefit_id"), _needed("granted_at", Kind.INSTANT),
            _may("redeemed_at", Kind.INSTANT), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="activities", key=("activity_id",),
        may_lie_ahead=("at",),
        columns=(
            _needed("activity_id"), _needed("name", Kind.TEXT),
            _may("kind", Kind.CODE, codes=("branch_salon", "online", "roadshow")), _needed("at", Kind.INSTANT),
            _may("branch_id", Kind.ID), _may("places", Kind.INTEGER), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="attendance", key=("customer_id", "activity_id", "at"), event_time="at",
        columns=(_CUSTOMER, _needed("activity_id"), _needed("at", Kind.INSTANT), _KNOWN_AT),
    ),
    TableSpec(
        name="external_tags", key=("customer_id", "tag", "source", "as_of"), event_time="as_of", snapshot=True,
        columns=(
            _CUSTOMER, _needed("tag", Kind.TEXT), _needed("value", Kind.TEXT), _needed("source", Kind.TEXT),
            _needed("licence", Kind.TEXT), _needed("consent_ref", Kind.TEXT), _needed("as_of", Kind.DAY), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="staff", key=("staff_id",),
        columns=(
            _needed("staff_id"), _needed("role", Kind.CODE, codes=ROLES), _needed("branch_id"),
            _may("daily_capacity", Kind.INTEGER), _may("qualified_for"), _may("name"), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="branches", key=("branch_id",),
        columns=(
            _needed("branch_id"), _needed("name", Kind.TEXT), _may("region"), _may("parent_id", Kind.ID), _KNOWN_AT,
        ),
    ),
    TableSpec(
        name="market", key=("day", "series"), event_time="day",
        columns=(_needed("day", Kind.DAY), _needed("series", Kind.TEXT), _needed("value", Kind.NUMBER), _KNOWN_AT),
    ),
)  # fmt: skip

TABLES: Final[dict[str, TableSpec]] = {spec.name: spec for spec in _TABLES}
"""Every table of the contract by name."""
