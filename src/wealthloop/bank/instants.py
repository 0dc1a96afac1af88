"""Wall time of the bank's zone to UTC and back, for whole arrays, without a zone database in the engine."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_STEP: Final = 1_800_000_000
"""Zone offsets change on half hours of UTC or of wall time at the finest, in microseconds."""
_FIRST: Final = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
_LAST: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_of_wall(wall: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return UTC instants of wall times of a zone, both in microseconds since 1970, shape (n,).

    A wall time that occurs twice is read as its first occurrence. Before 1900 and after 2100 the zone's offset of that
    border holds.
    """
    return wall - _offsets(wall, zone, of_wall=True)


def wall_of_utc(instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return wall times of a zone for UTC instants, both in microseconds since 1970, shape (n,)."""
    return instants + _offsets(instants, zone, of_wall=False)


def day_ends(days: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return the UTC instants, microseconds since 1970, of 24:00 of bank days given as days since 1970."""
    return utc_of_wall((days + 1) * 86_400_000_000, zone)


def micros(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _offsets(times: NDArray[np.int64], zone: ZoneInfo, *, of_wall: bool) -> NDArray[np.int64]:
    slots, place = np.unique(np.clip(times, _FIRST, _LAST) // _STEP, return_inverse=True)
    offsets = [_offset(_EPOCH + timedelta(microseconds=int(slot) * _STEP), zone, of_wall=of_wall) for slot in slots]
    return np.asarray(offsets, dtype=np.int64)[place]


def _offset(moment: datetime, zone: ZoneInfo, *, of_wall: bool) -> int:
    placed = moment.replace(tzinfo=zone) if of_wall else moment.astimezone(zone)
    return (placed.utcoffset() or timedelta(0)) // timedelta(microseconds=1)
