"""The matrix and the population: what is not known is not in, bounds are [low, high)."""

import numpy as np
import pyarrow as pa
import pytest

from wealthloop.errors import InvalidInput
from wealthloop.scoring.matrix import matrix_of, members_of, predictors_hash
from wealthloop.scoring.types import Bound

TABLE = pa.table({"aum": [0.0, 1.0, 4.9, 5.0, None, float("nan"), float("inf")], "products": [1.0] * 7})


def test_bounds_hold_the_low_end_and_not_the_high_and_unknown_is_outside() -> None:
    found = members_of(TABLE, (Bound(feature="aum", low=1.0, high=5.0),))
    assert found.tolist() == [False, True, True, False, False, False, False]
    assert members_of(TABLE, (Bound(feature="aum", low=1.0),)).tolist() == [
        False,
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_all_bounds_must_hold_and_none_is_everyone() -> None:
    both = (Bound(feature="aum", low=0.0), Bound(feature="products", low=2.0))
    assert not members_of(TABLE, both).any()
    assert members_of(TABLE, ()).all()


def test_values_that_are_not_finite_are_not_known() -> None:
    x = matrix_of(TABLE, ("products", "aum"))
    assert x.shape == (7, 2)
    assert np.isnan(x[4:, 1]).all()
    assert not np.isnan(x[:, 0]).any()
    with pytest.raises(InvalidInput, match="no column nothing"):
        matrix_of(TABLE, ("nothing",))


def test_the_digest_of_the_predictors_is_stable_within_a_catalogue() -> None:
    assert predictors_hash() == predictors_hash()
    assert len(predictors_hash()) == 32
