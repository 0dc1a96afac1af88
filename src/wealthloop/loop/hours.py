"""A channel's volume by hour: the hours of the night's first day that are open, and the hour that each message gets.

A provider that takes so many messages an hour is told in ``capacity.toml`` (``[hours.sms]``). The plan holds the sum of
the hours that the rules of contact allow; when it is carried out each message that leaves gets an hour with room, the
most valuable first, as near as can be to the hour at which its customer is most active.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, TypeAlias, TypeVar

from wealthloop.kit import opening
from wealthloop.loop.types import Night
from wealthloop.policies.conduct import HoursParameters
from wealthloop.policies.pack import RulePack, pack_of

CONTACT_HOURS: Final = "QH-01"
"""The rule of the hours of contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An hour of a day in which a channel may send."""

    hour: int
    """0 to 23, the bank's zone."""
    begins: datetime
    """Its first instant at which contact is allowed and the night's contacts have begun, UTC."""
    ends: datetime
    room: int
    """Messages that may leave in it."""


Channel = TypeVar("Channel", bound=str)
Hours: TypeAlias = Mapping[str, tuple[Hour, ...]]
"""By channel; one that is not named has no volume by hour."""


def contact_hours(pack: RulePack) -> HoursParameters:
    """Return the hours of the day in which the rules allow contact."""
    parameters = pack.rule(CONTACT_HOURS).parameters
    assert isinstance(parameters, HoursParameters)
    return parameters


def open_hours(given: Mapping[Channel, Mapping[str, int]], night: Night) -> dict[str, tuple[Hour, ...]]:
    """Return the hours in which each channel may send on the night's first day, those that are over left out.

    Args:
        given: messages by channel and hour ("0" to "23", the bank's zone).
        night: the night.
    """
    if not given:
        return {}
    rule = contact_hours(pack_of(night.home))
    return {
        channel: tuple(
            one
            for hour, room in sorted((int(name), room) for name, room in several.items())
            if room and (one := _open(night, hour, room, rule if channel in rule.channels else None)) is not None
        )
        for channel, several in given.items()
    }


def _open(night: Night, hour: int, room: int, rule: HoursParameters | None) -> Hour | None:
    """Return an hour from the instant on from which something may leave in it; None where nothing may."""
    day, zone = night.first_day, night.home.zone
    first = opening(day, zone, at=time(hour))
    begins, ends = max(first, night.begins), first + timedelta(hours=1)
    if rule is not None:
        begins = max(begins, opening(day, zone, at=rule.begins))
        ends = min(ends, opening(day, zone, at=rule.ends))
    return Hour(hour=hour, begins=begins, ends=ends, room=room) if begins < ends else None


def nearest(hours: Sequence[Hour], best: int | None) -> list[Hour]:
    """Return hours by how near they are to a best one, the earlier first; by their order where it is unknown."""
    return sorted(hours, key=lambda one: (0 if best is None else abs(one.hour - best), one.hour))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that is to leave."""

    name: str
    """The decision's id."""
    customer_id: str
    channel: str
    value: int


def begins_of(messages: Sequence[Message], hours: Hours, best: Mapping[str, int]) -> dict[str, datetime]:
    """Return by message the instant from which it may leave, for channels with a volume by hour.

    The same messages get the same hours in whatever order they come. Where there are more than the hours have room
    for, because the file was changed after the plan was made, each of those beyond it gets its nearest hour all the
    same: what was decided and released is carried out.

    Args:
        messages: what is to leave.
        hours: that are open.
        best: hours at which customers are most active, by customer.
    """
    left = Counter({(channel, one.hour): one.room for channel, several in hours.items() for one in several})
    found: dict[str, datetime] = {}
    for message in sorted(messages, key=lambda one: (-one.value, one.name)):
        near = nearest(hours.get(message.channel, ()), best.get(message.customer_id))
        if near:
            chosen = next((one for one in near if left[message.channel, one.hour] > 0), near[0])
            left[message.channel, chosen.hour] -= 1
            found[message.name] = chosen.begins
    return found


def hour_resource(channel: str, hour: int) -> str:
    """Return the name of what placements of the day take of an hour."""
    return f"hour:{channel}:{hour}"
