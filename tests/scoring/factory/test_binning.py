"""Codes keep the order of values and never more than 64 steps."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wealthloop.scoring.factory.binning import MOST, bins_of


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.integers(-5, 5).map(float)), max_size=300),
)
def test_codes_keep_order_and_unknown_is_nought(values: list[float]) -> None:
    x = np.array(values, dtype=np.float64)[:, None]
    bins = bins_of(x, ("a",))
    codes = bins.codes(x)[:, 0]
    assert (codes <= MOST + 1).all()
    known = ~np.isnan(x[:, 0])
    assert (codes[~known] == 0).all()
    assert (codes[known] > 0).all()
    order = np.argsort(x[known, 0], kind="stable")
    assert (np.diff(codes[known][order].astype(int)) >= 0).all()
    edges = bins.edges[0]
    for place, edge in enumerate(edges):
        assert ((codes[known] <= place + 1) == (x[known, 0] <= edge)).all()


def test_many_values_are_cut_into_bins_of_like_size() -> None:
    x = np.random.default_rng(1).lognormal(size=(20_000, 1))
    bins = bins_of(x, ("a",))
    counts = np.bincount(bins.codes(x)[:, 0], minlength=MOST + 1)[1:]
    assert len(bins.edges[0]) == MOST - 1
    assert counts[:MOST].min() > 250
    assert counts.max() < 400


def test_a_constant_and_an_empty_column_have_no_edges() -> None:
    x = np.column_stack([np.full(50, 3.0), np.full(50, np.nan), np.full(50, np.inf)])
    assert [len(one) for one in bins_of(x, ("a", "b", "c")).edges] == [0, 0, 0]
