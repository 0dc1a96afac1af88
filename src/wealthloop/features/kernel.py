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

N, SUM, MAX, DAYS, HIGH, MIDDLE, LOW, X, XX, XV = range(10)
"""What is kept of a group in a window: rows; sum, largest of the values; distinct days; three parts of the sum of the
squared values; sums of the row's day, of its square, and of day times value (days counted from the snapshot)."""
STATISTICS: Final = 10

WITH_DAYS, WITH_SQUARES, WITH_SLOPE = 1, 2, 4
"""What a group asks for beside rows, sum and largest: bits of ``needs``."""

_LIMB: Final = 20
"""Values are cut at this bit before they are squared: squares of up to 2**43 add up without loss."""


def _add(stats: Integers, value: int, day: int, fresh: int, needs: int) -> None:
    """Count a row in the statistics of one group and window; ``fresh``: the first row of the group on its day."""
    stats[0] += 1
    stats[1] += value
    stats[2] = max(stats[2], value)
    stats[3] += fresh
    if needs & 2:
        high, low = value >> 20, value & 1048575
        stats[4] += high * high
        stats[5] += high * low
        stats[6] += low * low
    if needs & 4:
        stats[7] += day
        stats[8] += day * day
        stats[9] += day * value


def _std(stats: Integers) -> float:
    """Return the sample standard deviation: the sum of squared deviations is exact before its only rounding."""
    n = stats[0]
    if n < 2:
        return np.nan
    high = stats[4] + (stats[5] >> 19)
    low = stats[6] + ((stats[5] & 524287) << 21)
    p, q = stats[1] >> 20, stats[1] & 1048575
    cross = 2 * p * q
    upper = n * high - p * p - (cross >> 20)
    lower = n * low - ((cross & 1048575) << 20) - q * q
    spread = float(upper) * 1099511627776.0 + float(lower)
    return float(np.sqrt(max(spread, 0.0) / (float(n) * float(n - 1))))


def _slope(stats: Integers) -> float:
    """Return the least squares slope; both of its sums are exact before they are rounded."""
    n = stats[0]
    below = n * stats[8] - stats[7] * stats[7]
    if below <= 0:
        return np.nan
    p, q = stats[9] >> 31, stats[9] & 2147483647
    r, t = stats[1] >> 31, stats[1] & 2147483647
    above = float(n * p - stats[7] * r) * 2147483648.0 + float(n * q - stats[7] * t)
    return above / float(below)


add: Final = njit(cache=True, inline="always")(_add)
std: Final = njit(cache=True)(_std)
slope: Final = njit(cache=True)(_slope)


def _value_of(stats: Integers, measure: int) -> float:
    """Return a measure of a group in a window, see ``Measure``."""
    if measure < 4:
        return float(stats[measure])
    if measure == 4:
        return stats[1] / stats[0] if stats[0] else np.nan
    return std(stats) if measure == 5 else slope(stats)


value_of: Final = njit(cache=True)(_value_of)


def _empty_of(measure: int) -> float:
    """Return a measure of a group without rows."""
    return 0.0 if measure < 4 else np.nan


empty_of: Final = njit(cache=True)(_empty_of)


def _measure_rows(  # noqa: C901, PLR0912, PLR0917 - one loop, compiled as a whole
    starts: Integers, days: NDArray[np.int32], cells: NDArray[np.uint16],
    amounts: Integers, hours: NDArray[np.int8], known: NDArray[np.int32], until: NDArray[np.int32],
    cell_starts: Integers, cell_groups: Integers, kinds: Integers, needs: Integers,
    snapshots: Integers, bucket_of: Integers, day_of_month: Integers, base: int, wanted: Integers, out: Floats,
) -> None:  # fmt: skip
    """Fill ``out``.

    Args:
        starts: first row of each customer and the end of the last, shape (n_customers + 1,).
        days: day of the row since 1970, shape (n_rows,).
        cells: see ``groups.CELL_STARTS``, shape (n_rows,).
        amounts: absolute amounts in fen, shape (n_rows,).
        hours: hour of the day in the bank's zone, shape (n_rows,).
        known: first day at whose end the row is known, shape (n_rows,).
        until: first day at whose end a correction takes its place, shape (n_rows,).
        cell_starts: of the groups of each cell.
        cell_groups: the groups.
        kinds: what is measured of each group's rows, see ``groups.Value``, shape (n_groups,).
        needs: bits of what each group asks for, shape (n_groups,).
        snapshots: days since 1970, shape (n_snapshots,).
        bucket_of: place of the shortest window that holds a row of an age in days, shape (longest window,).
        day_of_month: of each day from ``base`` on.
        base: days since 1970.
        wanted: group, measure (see ``Measure``) and window of each feature, shape (n_features, 3).
        out: shape (n_snapshots, n_customers, n_features).
    """
    n_groups, n_windows, longest = kinds.size, bucket_of.max() + 1, bucket_of.size
    stats = np.zeros((snapshots.size, n_groups, n_windows, 10), np.int64)
    newest = np.full((snapshots.size, n_groups), -1, np.int64)
    touched = np.zeros((snapshots.size, n_groups), np.bool_)
    seen_by = np.full((snapshots.size, n_groups, longest), -1, np.int64)
    for customer in range(starts.size - 1):
        for row in range(starts[customer], starts[customer + 1]):
            day, cell = days[row], cells[row]
            for s in range(snapshots.size):
                age = snapshots[s] - day
                if age < 0 or known[row] > snapshots[s] or until[row] <= snapshots[s]:
                    continue
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
                    add(stats[s, group, bucket], value, -age, fresh, needs[group])
        for s in range(snapshots.size):
            for group in range(n_groups):
                if touched[s, group]:
                    for window in range(1, n_windows):
                        for kept in range(10):
                            before = stats[s, group, window - 1, kept]
                            if kept == 2:
                                stats[s, group, window, kept] = max(stats[s, group, window, kept], before)
                            else:
                                stats[s, group, window, kept] += before
            for feature in range(wanted.shape[0]):
                group, measure, window = wanted[feature]
                if measure == 7:
                    out[s, customer, feature] = newest[s, group] if newest[s, group] >= 0 else np.nan
                elif touched[s, group]:
                    out[s, customer, feature] = value_of(stats[s, group, window], measure)
                else:
                    out[s, customer, feature] = empty_of(measure)
            for group in range(n_groups):
                newest[s, group] = -1
                if touched[s, group]:
                    stats[s, group] = 0
                    touched[s, group] = False


measure_rows: Final[Callable[..., None]] = njit(cache=True, nogil=True)(_measure_rows)


def _by_customer(who: NDArray[np.int32], size: int) -> tuple[Integers, Integers]:
    """Return where the rows of each customer begin once they are sorted, and the order that sorts them.

    Args:
        who: place of each row's customer, 0 to ``size`` - 1, or negative: of nobody, shape (n_rows,).
        size: how many customers there are.

    Returns:
        Shapes (size + 1,) and (rows of somebody,); rows of one customer stay in their order.
    """
    starts = np.zeros(size + 1, np.int64)
    for row in range(who.size):
        if who[row] >= 0:
            starts[who[row] + 1] += 1
    for customer in range(size):
        starts[customer + 1] += starts[customer]
    following = starts.copy()
    order = np.empty(starts[size], np.int64)
    for row in range(who.size):
        if who[row] >= 0:
            order[following[who[row]]] = row
            following[who[row]] += 1
    return starts, order


by_customer: Final[Callable[[NDArray[np.int32], int], tuple[Integers, Integers]]] = njit(cache=True, nogil=True)(
    _by_customer
)
