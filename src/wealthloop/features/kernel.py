"""The compiled pass: every windowed feature of a customer, for several days, from one walk over the customer's rows.

Everything is added up in whole numbers, so that the order of a customer's rows, which no engine promises, cannot
change a bit. Each row is added to the shortest window that holds it; windows are summed up afterwards.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.int32] | NDArray[np.int64]

# What is kept of a group in a window, ten whole numbers: rows; sum and largest of the values; distinct days; three
# parts of the sum of squared values, which are cut at bit 20 first, so that squares of up to 2**43 add up without
# loss; sums of the row's day (counted from the snapshot), of its square, and of day times value.

WITH_DAYS, WITH_SQUARES, WITH_SLOPE = 1, 2, 4
"""What a group asks for beside rows, sum and largest: bits of ``needs``."""


def _add(stats: Integers, at: int, value: int, day: int, fresh: int, needs: int) -> None:
    """Count a row in the statistics that begin at ``at``; ``fresh``: the first row of its group on its day."""
    stats[at] += 1
    stats[at + 1] += value
    stats[at + 2] = max(stats[at + 2], value)
    stats[at + 3] += fresh
    if needs & 2:
        high, low = value >> 20, value & 1048575
        stats[at + 4] += high * high
        stats[at + 5] += high * low
        stats[at + 6] += low * low
    if needs & 4:
        stats[at + 7] += day
        stats[at + 8] += day * day
        stats[at + 9] += day * value


def _std(stats: Integers, at: int) -> float:
    """Return the sample standard deviation: the sum of squared deviations is exact before its only rounding."""
    n = stats[at]
    if n < 2:
        return np.nan
    high = stats[at + 4] + (stats[at + 5] >> 19)
    low = stats[at + 6] + ((stats[at + 5] & 524287) << 21)
    p, q = stats[at + 1] >> 20, stats[at + 1] & 1048575
    cross = 2 * p * q
    upper = n * high - p * p - (cross >> 20)
    lower = n * low - ((cross & 1048575) << 20) - q * q
    spread = float(upper) * 1099511627776.0 + float(lower)
    return float(np.sqrt(max(spread, 0.0) / (float(n) * float(n - 1))))


def _slope(stats: Integers, at: int) -> float:
    """Return the least squares slope; both of its sums are exact before they are rounded."""
    n = stats[at]
    below = n * stats[at + 8] - stats[at + 7] * stats[at + 7]
    if below <= 0:
        return np.nan
    p, q = stats[at + 9] >> 31, stats[at + 9] & 2147483647
    r, t = stats[at + 1] >> 31, stats[at + 1] & 2147483647
    above = float(n * p - stats[at + 7] * r) * 2147483648.0 + float(n * q - stats[at + 7] * t)
    return above / float(below)


add: Final = njit(cache=True, inline="always")(_add)
std: Final = njit(cache=True)(_std)
slope: Final = njit(cache=True)(_slope)


def _value_of(stats: Integers, at: int, measure: int) -> float:
    """Return a measure of the statistics that begin at ``at``, see ``Measure``."""
    if measure < 4:
        return float(stats[at + measure])
    if measure == 4:
        return stats[at + 1] / stats[at] if stats[at] else np.nan
    return std(stats, at) if measure == 5 else slope(stats, at)


def _roll_up(stats: Integers, at: int, n_windows: int) -> None:
    """Add to each window of a group what the shorter ones hold."""
    for window in range(1, n_windows):
        to = at + 10 * window
        largest = max(stats[to + 2], stats[to - 8])
        for place in range(to, to + 10):
            stats[place] += stats[place - 10]
        stats[to + 2] = largest


value_of: Final = njit(cache=True)(_value_of)
roll_up: Final = njit(cache=True)(_roll_up)


def _measure_rows(  # noqa: C901, PLR0912, PLR0917 - one loop, compiled as a whole
    starts: Integers, days: NDArray[np.int32], cells: NDArray[np.uint16],
    amounts: Integers, hours: NDArray[np.int8], known: NDArray[np.int32], until: NDArray[np.int32],
    cell_starts: Integers, cell_groups: Integers, kinds: Integers, needs: Integers,
    snapshots: Integers, bucket_of: Integers, day_of_month: Integers, base: int,
    first_of: Integers, wanted: Integers, rowless: Floats, out: Floats,
) -> None:  # fmt: skip
    """Fill ``out``.

    Args:
        starts: first row of each customer and the end of the last, shape (n_customers + 1,).
        days: day of the row since 1970, shape (n_rows,).
        cells: see ``groups.CELL_STARTS``, shape (n_rows,).
        amounts: absolute amounts in fen, shape (n_rows,).
        hours: hour of the day in the bank's zone, shape (n_rows,).
        known: first day at whose end the row is known, shape (n_rows,); (0,) where all are known on their own day.
        until: first day at whose end a correction takes its place, shape (n_rows,); (0,) where none does.
        cell_starts: of the groups of each cell.
        cell_groups: the groups.
        kinds: what is measured of each group's rows, see ``groups.Value``, shape (n_groups,).
        needs: bits of what each group asks for, shape (n_groups,).
        snapshots: days since 1970, shape (n_snapshots,).
        bucket_of: place of the shortest window that holds a row of an age in days, shape (longest window,).
        day_of_month: of each day from ``base`` on.
        base: days since 1970.
        first_of: place in ``wanted`` of the first feature of each group, and the end, shape (n_groups + 1,).
        wanted: column, measure (see ``Measure``) and window of each feature, by group, shape (n_features, 3).
        rowless: the features of a customer without rows, shape (n_features,).
        out: shape (n_snapshots, n_customers, n_features).
    """
    n_groups, n_windows, longest = kinds.size, bucket_of.max() + 1, bucket_of.size
    width = n_windows * 10
    stats = np.zeros(snapshots.size * n_groups * width, np.int64)
    newest = np.full((snapshots.size, n_groups), -1, np.int64)
    touched = np.zeros((snapshots.size, n_groups), np.bool_)
    seen_by = np.full((snapshots.size, n_groups, longest), -1, np.int64)
    for customer in range(starts.size - 1):
        for row in range(starts[customer], starts[customer + 1]):
            day, cell = days[row], cells[row]
            from_day = max(day, known[row]) if known.size else day
            for s in range(snapshots.size):
                if from_day > snapshots[s] or (until.size and until[row] <= snapshots[s]):
                    continue
                age = snapshots[s] - day
                bucket = bucket_of[age] if age < longest else -1
                for place in range(cell_starts[cell], cell_starts[cell + 1]):
                    group = cell_groups[place]
                    if newest[s, group] < 0 or age < newest[s, group]:
                        newest[s, group] = age
                    if bucket < 0:
                        continue
                    touched[s, group] = True
                    value = amounts[row]
                    if kinds[group] == 1:
                        value = day_of_month[day - base]
                    elif kinds[group] == 2:
                        value = hours[row]
                    fresh = 0
                    if needs[group] & 1 and seen_by[s, group, age] != customer:
                        seen_by[s, group, age] = customer
                        fresh = 1
                    add(stats, (s * n_groups + group) * width + bucket * 10, value, -age, fresh, needs[group])
        for s in range(snapshots.size):
            out[s, customer] = rowless
            for group in range(n_groups):
                if newest[s, group] < 0:
                    continue
                at = (s * n_groups + group) * width
                if touched[s, group]:
                    roll_up(stats, at, n_windows)
                for feature in range(first_of[group], first_of[group + 1]):
                    column, measure, window = wanted[feature]
                    if measure == 7:
                        out[s, customer, column] = newest[s, group]
                    elif touched[s, group]:
                        out[s, customer, column] = value_of(stats, at + window * 10, measure)
                newest[s, group] = -1
                if touched[s, group]:
                    stats[at : at + width] = 0
                    touched[s, group] = False


measure_rows: Final[Callable[..., None]] = njit(cache=True, nogil=True)(_measure_rows)


def _count(who: NDArray[np.int32], counts: Integers) -> None:
    """Count the rows of each customer into ``counts``; negative: of nobody."""
    for row in range(who.size):
        if who[row] >= 0:
            counts[who[row]] += 1


def _begin(counts: Integers, starts: Integers) -> None:
    """Fill ``starts``, shape (n_customers + 1,); turn the counts of each piece into where its next row goes.

    ``counts`` has shape (n_pieces, n_customers); a customer's rows of earlier pieces come first.
    """
    at = 0
    for customer in range(counts.shape[1]):
        starts[customer] = at
        for piece in range(counts.shape[0]):
            many = counts[piece, customer]
            counts[piece, customer] = at
            at += many
    starts[counts.shape[1]] = at


def _deal(who: NDArray[np.int32], first: int, following: Integers, order: Places) -> None:
    """Put each row of a piece, which begins at row ``first``, where its customer's next row goes."""
    for row in range(who.size):
        if who[row] >= 0:
            order[following[who[row]]] = first + row
            following[who[row]] += 1


count: Final[Callable[[NDArray[np.int32], Integers], None]] = njit(cache=True, nogil=True)(_count)
begin: Final[Callable[[Integers, Integers], None]] = njit(cache=True, nogil=True)(_begin)
deal: Final[Callable[[NDArray[np.int32], int, Integers, Places], None]] = njit(cache=True, nogil=True)(_deal)
