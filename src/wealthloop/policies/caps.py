"""Contact caps: rolling windows over everything that was reserved, whatever became of it.

A cap is (channels, count, days, zone): its window goes back so many days by the clock on the customer's wall. A contact
counts from the moment that its intent is claimed; only a final failed or expired gives it back; unknown counts as sent;
there is no calendar edge. Service messages without an offer are exempt. A contact dated after ``now`` (a clock that
stepped back) counts too.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import Action, Cap, Contact, Facts

LONGEST_DAYS: Final = 92
"""No cap may be longer: contacts are read that far back."""


class CapParameters(Parameters):
    """One cap; ``*`` in the channels stands for all."""

    channels: Annotated[frozenset[str], Stricter.MORE] = Field(min_length=1)
    count: Annotated[int, Stricter.LOWER] = Field(ge=0)
    days: Annotated[int, Stricter.HIGHER] = Field(ge=1, le=LONGEST_DAYS)

    def cap(self) -> Cap:
        """Return the cap as a value."""
        return self._made

    @cached_property
    def _made(self) -> Cap:
        return Cap(channels=self.channels, count=self.count, days=self.days)


def bank_cap(facts: Facts, action: Action, now: datetime, parameters: CapParameters) -> Finding:
    """A cap of the bank holds."""
    return _holds(facts, action, now, (parameters.cap(),))


def own_caps(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """Every cap that the strategy sets itself holds beside the bank's."""
    return _holds(facts, action, now, action.caps)


def counted(contacts: Iterable[Contact], cap: Cap, now: datetime, zone: ZoneInfo) -> int:
    """Count the contacts of a cap in its window before ``now``; one exactly a window old no longer counts."""
    begins = window_begins(now, cap.days, zone)
    return sum(cap.covers(contact.channel) and contact.at > begins for contact in contacts)


@lru_cache(maxsize=256)
def window_begins(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the instant some days before another by the clock on the wall of a zone, whatever its offset did since."""
    return (now.astimezone(zone) - timedelta(days=days)).astimezone(UTC)


def _holds(facts: Facts, action: Action, now: datetime, caps: tuple[Cap, ...]) -> Finding:
    if not action.carries_offer:
        return yes("服务消息不计次", "a service message does not count")
    if facts.contacts is None:
        return missing("近期联系记录", "the contacts of late")
    for cap in caps:
        if not cap.covers(action.channel):
            continue
        number = counted(facts.contacts, cap, now, facts.zone)
        if number >= cap.count:
            return no(f"{cap.days} 天内已联系 {number} 次，上限 {cap.count} 次",
                      f"{number} contacts in {cap.days} days, at most {cap.count}",
                      counted=number, count=cap.count, days=cap.days)  # fmt: skip
    return yes("未达联系上限", "below the contact caps")
