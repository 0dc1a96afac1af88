"""What must not get worse while a version contacts: refusals, complaints, redemptions against control, at any look."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute
from wealthloop.delivery.content import Bilingual
from wealthloop.experiments import Effect, Trial, always_valid_effect
from wealthloop.kit import Home, day_of
from wealthloop.policies.models import OptOut
from wealthloop.reports.criterion import Criterion, criterion_of
from wealthloop.reports.outcomes import Purchases, outcome
from wealthloop.reports.planned import Units, matured_units, rows_of, units_of, up_to
from wealthloop.reports.types import GuardrailReport
from wealthloop.strategies.parts import Guardrail

WINDOW_DAYS: Final = 14
"""Days after the first planned day in which harm counts, or the criterion's window where that is shorter."""
LEAST_WATCHED: Final = 1_000
"""Units at which an interval is tightest while there are fewer."""
_FIELDS: "list[pa.Field[Any]]" = [pa.field("customer_id", pa.string()), pa.field("day", pa.date32())]
_SCHEMA: Final = pa.schema(_FIELDS)

_Told: TypeAlias = Callable[[BankTables, date, date], pa.Table | None]
"""Gives dated rows of customers, from a first day to a last, which is the day as of which they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """A table of the bank of which harm is told; ``kind`` of the rows that count."""

    table: str
    kind: str | None = None

    def __call__(self, bank: BankTables, first: date, as_of: date) -> pa.Table | None:
        """Return the events, None where the bank does not hand the table over."""
        if not bank.knows(self.table, as_of=as_of):
            return None
        names = ["customer_id", "at_day", *(["kind"] if self.kind else [])]
        rows = bank.read(self.table, names, as_of=as_of, days=(first, as_of))
        if self.kind:
            rows = rows.filter(compute.equal(rows["kind"], self.kind))
        return rows.select(["customer_id", "at_day"]).rename_columns(_SCHEMA.names).cast(_SCHEMA)


def _refusals(bank: BankTables, first: date, as_of: date) -> pa.Table:
    """Return refusals that were told to us, and consents to marketing that the bank's table takes back."""
    told = OptOut.objects.values_list("customer_id", "at")
    ours = [(customer, day_of(at, bank.zone)) for customer, at in told]
    kept = [(customer, day) for customer, day in ours if first <= day <= as_of]
    rows = bank.read("consents", ["customer_id", "at_day", "purpose", "state"], as_of=as_of, days=(first, as_of))
    refused = compute.is_in(rows["state"], value_set=pa.array(["denied", "revoked"]))
    marketing = rows.filter(compute.and_(compute.equal(rows["purpose"], "marketing"), refused))
    banks = marketing.select(["customer_id", "at_day"]).rename_columns(_SCHEMA.names).cast(_SCHEMA)
    columns = [[customer for customer, _ in kept], [day for _, day in kept]]
    return pa.concat_tables([pa.table(columns, schema=_SCHEMA), banks])


_TOLD: Final[dict[str, _Told]] = {
    "opt_out": _refusals,
    "complaint": _Events(table="complaints"),
    "redemption": _Events(table="transactions", kind="redeem"),
}


def watched(
    bank: BankTables, home: Home, *, strategy_id: str, version: int, as_of: date
) -> tuple[GuardrailReport, ...]:
    """Return how a version's guardrails stand, whatever else may be shown of it.

    Raises:
        NotFound: the state plane does not hold the version.
    """
    criterion = criterion_of(strategy_id, version)
    if not criterion.guardrails:
        return ()
    units = units_of(up_to(rows_of(ledger.read(home), strategy_id, version), as_of))
    return guardrails(bank, units, criterion, n_planned=max(units.size, LEAST_WATCHED), as_of=as_of)


def guardrails(
    bank: BankTables, units: Units, criterion: Criterion, *, n_planned: int, as_of: date
) -> tuple[GuardrailReport, ...]:
    """Compare the share of customers who were harmed with control's: all treatment arms together.

    A customer enters when the window has closed; the interval holds at every look, so that a night may act on it.

    Args:
        bank: the bank's tables.
        units: the version's customers.
        criterion: with the guardrails.
        n_planned: units at which the intervals shall be tightest.
        as_of: the day of the look.
    """
    window = min(WINDOW_DAYS, criterion.window_days)
    ripe = matured_units(units, window, as_of)
    return tuple(_standing(bank, ripe, criterion, one, window, n_planned, as_of) for one in criterion.guardrails)


def _standing(
    bank: BankTables, ripe: Units, criterion: Criterion, one: Guardrail, window: int, n_planned: int, as_of: date
) -> GuardrailReport:
    waiting = GuardrailReport(
        metric=one.metric, at_most=one.at_most, effect=None, low=None, high=None, n=ripe.size, standing="waiting",
        window_days=window, why=Bilingual(zh="还没有客户的观察期届满", en="no customer's window has closed yet"),
    )  # fmt: skip
    if not ripe.size:
        return waiting
    first = ripe.first_day.min().astype(date) - timedelta(days=1)
    told = _TOLD[one.metric](bank, first, as_of)
    if told is None:
        en = "the bank hands over no table that tells of it"
        return replace(waiting, why=Bilingual(zh="银行没有提供记载此项的数据表", en=en))
    found = always_valid_effect(_trial(told, ripe, criterion, window), n_planned=n_planned, alpha=criterion.alpha)
    if not isinstance(found, Effect):
        return replace(waiting, why=Bilingual(zh=found.zh, en=found.en))
    standing: Literal["harm", "safe", "open"] = "safe" if found.high <= one.at_most else "open"
    standing = "harm" if found.low > one.at_most else standing
    return replace(
        waiting, effect=found.estimate, low=found.low, high=found.high, standing=standing, why=Bilingual(zh="", en="")
    )


def _trial(told: pa.Table, ripe: Units, criterion: Criterion, window: int) -> Trial:
    harm = Purchases(
        customer_id=told["customer_id"],
        day=told["day"].to_numpy().astype("datetime64[D]"),
        amount=np.zeros(told.num_rows, dtype=np.int64),
    )
    counted = replace(criterion, metric="conversion", window_days=window)
    control = [arm.name for arm in criterion.arms if arm.control]
    return Trial(
        treated=~ripe.in_arms(*control),
        outcome=outcome(harm, ripe, counted),
        share=sum(arm.share for arm in criterion.arms if not arm.control),
    )
