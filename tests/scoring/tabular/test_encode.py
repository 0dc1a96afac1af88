"""Columns of any kind as numbers; what says nothing is left out and named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wealthloop.errors import InvalidInput
from wealthloop.scoring.tabular.encode import binary, fit_encoding, numbers

N = 100


def _table(**columns: object) -> pa.Table:
    return pa.table(columns)


def test_numbers_days_flags_and_categories_are_told_apart() -> None:
    table = _table(
        number=[str(place / 7) for place in range(N)],
        day=[f"2026-01-{1 + place % 28:02d}" for place in range(N)],
        flag=[place % 3 == 0 for place in range(N)],
        city=[("上海", "杭州")[place % 2] for place in range(N)],
    )
    encoding, x, notes = fit_encoding(table, table.column_names)
    assert notes == ()
    assert [column.levels for column in encoding.columns] == [None, None, None, ("上海", "杭州")]
    assert x[3].tolist() == [3 / 7, 20454 + 3, 1.0, 1.0]
    later = _table(number=["oops", None], day=["2026-01-01", None], flag=[True, None], city=["北京", None])
    found = encoding.apply(later)
    assert np.isnan(found[0, 0])
    assert found[0, 3] == 2
    assert np.isnan(found[1]).all()


def test_what_says_nothing_is_left_out_and_named() -> None:
    values = np.random.default_rng(1).normal(size=N)
    table = _table(
        one=[5] * N, none=pa.nulls(N, pa.float64()), first=values, again=values.copy(),
        row=list(range(1000, 1000 + N)), code=[f"text {place}" for place in range(N)],
    )  # fmt: skip
    encoding, x, notes = fit_encoding(table, table.column_names)
    assert encoding.names == ("first",)
    assert x.shape == (N, 1)
    assert {note.column: note.rule for note in notes} == {
        "one": "constant", "none": "constant", "again": "duplicate", "row": "identifier", "code": "identifier",
    }  # fmt: skip
    assert all(note.zh and note.en for note in notes)


def test_infinite_values_and_stray_words_become_unknown_and_are_counted() -> None:
    table = _table(a=["inf", "-inf", *[str(place) for place in range(N - 2)]], b=["?", *map(str, range(1, N))])
    _, x, notes = fit_encoding(table, ["a", "b"])
    assert np.isnan(x[:2, 0]).all()
    assert np.isnan(x[0, 1])
    assert [(note.column, note.rule, note.en.split()[0]) for note in notes] == [
        ("a", "infinite", "2"),
        ("b", "no_number", "1"),
    ]


def test_a_column_that_is_missing_when_scoring_is_named() -> None:
    encoding, _, _ = fit_encoding(_table(a=[1.0, 2.0, 3.5], b=[2.0, 1.0, 7.0]), ["a", "b"])
    with pytest.raises(InvalidInput, match="column b"):
        encoding.apply(_table(a=[1.0]))


def test_moments_keep_their_hours_and_what_is_no_day_is_not_known() -> None:
    texts = ["2026-01-01", "2026-01-01 12:00", "2026-01-01T18:00:00.5Z", "2026-13-45", None]
    assert numbers(pa.chunked_array([texts])).tolist()[:3] == [20454.0, 20454.5, 20454.75]
    assert np.isnan(numbers(pa.chunked_array([texts]))[3:]).all()
    moments = pa.chunked_array([pa.array([datetime(2026, 1, 1, 6, tzinfo=UTC), None])])
    assert numbers(moments)[0] == 20454.25
    assert numbers(pa.chunked_array([pa.array([date(2026, 1, 2)])]))[0] == 20455.0
    assert numbers(pa.chunked_array([pa.array([Decimal("1.5")])]))[0] == 1.5
    assert np.isnan(numbers(pa.chunked_array([pa.array([[1, 2]])]))).all()


@pytest.mark.parametrize(
    ("values", "ones"),
    [
        (["no", "yes", "no"], [0, 1, 0]), (["0", "1", "1"], [0, 1, 1]), ([10, 2, 10], [1, 0, 1]),
        ([True, False, False], [1, 0, 0]), (["A", "B", "A"], [0, 1, 0]),
    ],
)  # fmt: skip
def test_a_target_of_two_values_is_read(values: list[Any], ones: list[int]) -> None:
    assert binary(pa.chunked_array([pa.array(values)]), name="y").tolist() == ones


@pytest.mark.parametrize(
    ("values", "told"), [(["a", "b", "c"], "3 value"), (["a", "a"], "1 value"), (["a", None, "b"], "row 2")]
)
def test_another_target_is_refused(values: list[str | None], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        binary(pa.chunked_array([pa.array(values)]), name="y")
