"""The bank's catalogues of benefits 权益 and activities 活动, and whether what a strategy promises is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from wealthloop.bank import BankTables
from wealthloop.kit import day_of
from wealthloop.strategies.parts import Offering

_BENEFIT = ("benefit_id", "name", "unit_cost", "stock", "valid_to")
_ACTIVITY = ("activity_id", "name", "kind", "at", "branch_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """What can be given, and where customers can be invited, from an instant on."""

    benefits: Mapping[str, Mapping[str, Any]]
    """Rows by id: those in stock, or of unknown stock, and in force."""
    activities: Mapping[str, Mapping[str, Any]]
    """Rows by id: those that are still to come; ``branch`` is the name of the branch where they are held."""

    def hold(self, offer: Offering) -> bool:
        """Say whether the benefit and the activity that an offer names are there; without them it may not be made."""
        return (offer.benefit_id is None or offer.benefit_id in self.benefits) and (
            offer.activity_id is None or offer.activity_id in self.activities
        )


def catalogues(bank: BankTables, *, as_of: date, at: datetime, zone: ZoneInfo) -> Catalogues:
    """Read the catalogues as of a night.

    Args:
        bank: the bank's tables.
        as_of: the night's day.
        at: the instant, UTC, from which benefits and activities are wanted.
        zone: the bank's.
    """
    day = day_of(at, zone)
    benefits = bank.read("benefits", _BENEFIT, as_of=as_of).to_pylist()
    activities = bank.read("activities", _ACTIVITY, as_of=as_of).to_pylist()
    names = {
        row["branch_id"]: row["name"] for row in bank.read("branches", ("branch_id", "name"), as_of=as_of).to_pylist()
    }
    return Catalogues(
        benefits={row["benefit_id"]: row for row in benefits if row["stock"] != 0 and not _is_over(row, day)},
        activities={
            row["activity_id"]: {**row, "branch": names.get(row["branch_id"])}
            for row in activities
            if row["at"] > at.replace(tzinfo=None)
        },
    )


def _is_over(benefit: Mapping[str, Any], day: date) -> bool:
    return benefit["valid_to"] is not None and benefit["valid_to"] < day
