"""What came of a version's arms, with what was done and what was known then: what children are looked for in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.evolution.conditions import FEATURES_READ, meets
from wealthloop.evolution.search import Choice, Mask, Units
from wealthloop.kit import Home, buckets
from wealthloop.leads.repository import by_ids
from wealthloop.reports.past import PastUnits, past_contacts
from wealthloop.scoring.types import Floats
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import Running

LATER_DAYS: Final = 2
"""From so many days after the find on a contact is later, not at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Matured units of a version in the order in which they were planned; arrays of shape (n_units,)."""

    version: Running
    units: Units
    x: Floats
    """What was known of each when it was planned, ``conditions.FEATURES_READ``, shape (n_units, n_features)."""
    trigger: np.ndarray
    category: np.ndarray
    channel: np.ndarray
    later: Mask
    treated: Mask
    days: int
    """From the first planned day to the last, both counted."""

    @property
    def choices(self) -> list[list[Choice]]:
        """What contacts could be, by dimension; a dimension in which all are alike is left out."""
        dimensions = [
            [Choice(name=name, value=str(value), units=column == value) for value in np.unique(column)]
            for name, column in (("trigger", self.trigger), ("category", self.category), ("channel", self.channel))
        ]
        timing = [Choice(name="timing", value="later", units=self.later)]
        return [one for one in dimensions if len(one) > 1] + ([timing] if self.later.any() else [])


def gather(bank: BankTables, engine: Engine, home: Home, version: Running, *, as_of: date) -> Evidence | None:
    """Return what came of a version by a day; None where no customer's window has closed.

    Which half a unit belongs to is a hash of the customer and the version.
    """
    past = past_contacts(
        bank, engine, home, strategy_id=version.strategy_id, version=version.version, as_of=as_of
    )  # fmt: skip
    if not past.customer_id:
        return None
    known, x = ledger.read_known(home, past.first, FEATURES_READ)
    if not known.any():
        return None
    first = past.first.filter(pa.array(known))
    rows = np.flatnonzero(known)
    salt = f"{home.settings.salt}/honest/{version.experiment}"
    half = buckets(salt, [past.customer_id[place] for place in rows.tolist()]) < 0.5
    converted = past.outcome[rows] > 0
    categories = _categories(bank, as_of)
    days = past.first_day[rows]
    return Evidence(
        version=version,
        units=Units(
            influence=_influence(past, rows, converted, half), converted=converted,
            worth=_numbers(first, "sale_value"), cost=_numbers(first, "cost"), search=half,
        ),
        x=x[rows],
        trigger=np.array(first["trigger"].to_pylist(), dtype=object).astype(str),
        category=np.array([categories.get(str(one), "") for one in first["product_id"].to_pylist()]),
        channel=np.array(first["channel"].to_pylist(), dtype=object).astype(str),
        later=_later(first), treated=past.treated[rows],
        days=int((days.max() - days.min()).astype(np.int64)) + 1,
    )  # fmt: skip


def _influence(past: PastUnits, rows: np.ndarray, converted: Mask, half: Mask) -> Floats:
    """Return psi of each unit; what is expected without a contact is fitted on the other half."""
    treated, p = past.treated[rows], past.share
    sign = np.where(treated, 1.0 / p, -1.0 / (1.0 - p))
    without = np.nan_to_num(past.p_no_contact[rows], nan=float(np.nanmean([*past.p_no_contact[rows], 0.0])))
    expected = np.empty(len(rows))
    for here in (half, ~half):
        other = ~here
        weight = sign[other] ** 2
        design = np.column_stack([np.ones(other.sum()), without[other]]) * np.sqrt(weight)[:, None]
        fitted, *_ = np.linalg.lstsq(design, converted[other] * np.sqrt(weight), rcond=None)
        expected[here] = fitted[0] + fitted[1] * without[here]
    return np.asarray(sign * (converted - np.clip(expected, 0.0, 1.0)))


def _categories(bank: BankTables, as_of: date) -> dict[str, str]:
    rows = bank.read("products", ("product_id", "category"), as_of=as_of).to_pylist()
    return {str(row["product_id"]): str(row["category"]) for row in rows}


def _later(first: pa.Table) -> Mask:
    """Return which contacts were planned some days after the lead was found."""
    leads = by_ids([str(one) for one in first["lead_id"].to_pylist() if one])
    found = [leads.get(str(one)) for one in first["lead_id"].to_pylist()]
    never = np.datetime64("NaT")
    since = np.array([never if lead is None else np.datetime64(lead.found_on) for lead in found], dtype="datetime64[D]")
    waited = first["as_of"].to_numpy().astype("datetime64[D]") - since
    return np.asarray(waited >= np.timedelta64(LATER_DAYS, "D"))


def _numbers(first: pa.Table, name: str) -> Floats:
    return np.nan_to_num(np.array(first[name].to_numpy(), dtype=np.float64))


def covered(evidence: Evidence, documents: Sequence[Strategy]) -> Mask:
    """Return which units the audiences of some strategies already hold, shape (n_units,)."""
    inside = np.zeros(len(evidence.x), dtype=np.bool_)
    for document in documents:
        inside |= (
            np.isin(evidence.trigger, document.occasions)
            & np.isin(evidence.category, document.offer.all_categories)
            & np.isin(evidence.channel, document.plan_channels)
            & meets(document.audience.features, evidence.x)
        )
    return inside
