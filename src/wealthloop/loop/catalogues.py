"""The bank's catalogues of benefits 权益 and activities 活动, and whether what a strategy promises is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from wealthloop.bank import BankTables
from wealthloop.kit import day_of
from wealthloop.strategies.parts import Offering

_BENEFIT = ("benefit_id", "name", "unit_cost", "stock", "valid_to")
_ACTIVITY = ("activity_id", "name", "kind", "at", "branch_id", "places")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a catalogue has so many of."""

    table: Literal["benefits", "activities"]
    key: str
    units: str
    """The column that says how many; None in it: nobody counts them."""
    named: Callable[[Offering], str | None]
    """Which one an offer names."""
    lapses: bool
    """Whether a promise is over when the outcome window has closed; else it holds until the day that it is about."""


BENEFIT: Final = Kind(
    table="benefits", key="benefit_id", units="stock", named=lambda offer: offer.benefit_id, lapses=True
)  # fmt: skip
ACTIVITY: Final = Kind(
    table="activities", key="activity_id", units="places", named=lambda offer: offer.activity_id, lapses=False
)  # fmt: skip
KINDS: Final = (BENEFIT, ACTIVITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One benefit or activity that an offer names."""

    kind: Kind
    name: str

    @property
    def resource(self) -> str:
        """What the night's plan calls its pieces or places."""
        return f"{self.kind.units}:{self.name}"


def items_of(offer: Offering) -> tuple[Item, ...]:
    """Return what an offer names of the catalogues."""
    named = ((kind, kind.named(offer)) for kind in KINDS)
    return tuple(Item(kind=kind, name=name) for kind, name in named if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """What can be given, and where customers can be invited, from an instant on."""

    benefits: Mapping[str, Mapping[str, Any]]
    """Rows by id: those in stock, or of unknown stock, and in force."""
    activities: Mapping[str, Mapping[str, Any]]
    """Rows by id: those that are still to come, with places or of unknown places.

    ``branch`` is the name of the branch where they are held.
    """

    def hold(self, offer: Offering) -> bool:
        """Say whether the benefit and the activity that an offer names are there; without them it may not be made."""
        return all(item.name in self._rows(item) for item in items_of(offer))

    def takes(self, offer: Offering) -> tuple[str, ...]:
        """Return the resources of which a contact with an offer takes one: of what the bank counts."""
        return tuple(
            item.resource
            for item in items_of(offer)
            if self._rows(item).get(item.name, {}).get(item.kind.units) is not None
        )

    def _rows(self, item: Item) -> Mapping[str, Mapping[str, Any]]:
        return self.benefits if item.kind is BENEFIT else self.activities


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
            if row["places"] != 0 and row["at"] > at.replace(tzinfo=None)
        },
    )


def _is_over(benefit: Mapping[str, Any], day: date) -> bool:
    return benefit["valid_to"] is not None and benefit["valid_to"] < day
