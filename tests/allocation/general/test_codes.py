"""Rows are numbered exactly, however many patterns there are, and amounts become whole units."""

import numpy as np

from wealthloop.allocation.general.codes import PatternCodes
from wealthloop.allocation.general.units import whole_units


def test_equal_rows_have_one_number_in_the_order_of_their_first_appearance() -> None:
    draw = np.random.default_rng(1)
    rows = draw.integers(0, 25, (30_000, 3)).astype(np.float64)
    codes, numbers = PatternCodes(3), np.empty(30_000, np.int32)
    for part in (slice(0, 7), slice(7, 20_000), slice(20_000, 30_000)):
        codes.number(np.ascontiguousarray(rows[part].T), numbers[part])
    kinds, first = np.unique(rows, axis=0, return_index=True)
    assert len(codes.patterns) == len(kinds) > 4_096
    assert (codes.patterns[numbers] == rows).all()
    assert (codes.patterns == rows[np.sort(first)]).all()


def test_units_are_decimal_steps_and_where_there_are_none_an_amount_is_rounded_up() -> None:
    row = np.array([0, 0, 1, 1, 2], dtype=np.int32)
    amount = np.array([1.0, 2.0, 0.1, 0.25, 1 / 3])
    capacity, minimum = np.array([5.5, 0.35, 1.0]), np.array([1.5, 0.0, 0.0])
    units, most, least = whole_units(row, amount, capacity, minimum)
    assert units[:4].tolist() == [1, 2, 10, 25]
    assert (most[:2].tolist(), least.tolist()) == ([5, 35], [2, 0, 0])
    assert 3 * units[4] <= most[2] < 3 * units[4] * (1 + 1e-9)
    assert units[4] == -(-(2**44) // 3)
    assert whole_units(row[:0], amount[:0], np.array([np.inf]), np.array([0.0]))[1][0] >= 2**59
