"""From a table of features to what a learner reads: the matrix, and who belongs to a population."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.features import FEATURES
from wealthloop.kit import content_hash
from wealthloop.scoring.types import Bound, Floats

PREDICTORS: Final = tuple(feature.name for feature in FEATURES if "consents" not in feature.tables)
"""What models may learn from. Consents say whether a customer may be contacted, never who is likely to buy."""


def predictors_hash() -> str:
    """Return the digest of the predictors' names and lineage, 32 hex digits."""
    chosen = [(feature.name, feature.lineage) for feature in FEATURES if feature.name in PREDICTORS]
    return content_hash(repr(chosen).encode())[:32]


def matrix_of(features: pa.Table, names: Sequence[str]) -> Floats:
    """Return the named columns, shape (n_customers, n_names); NaN where a value is not known or not finite.

    Raises:
        InvalidInput: a column is not there.
    """
    lacking = [name for name in names if name not in features.column_names]
    if lacking:
        raise InvalidInput(f"features have no column {lacking[0]}, train the models again on this catalogue")
    columns = [column_of(features, name) for name in names]
    return np.column_stack(columns) if columns else np.zeros((features.num_rows, 0))


def column_of(features: pa.Table, name: str) -> Floats:
    """Return one column, shape (n_customers,); NaN where a value is not known or not finite."""
    values = np.array(features[name].to_numpy(), dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    return values


def members_of(features: pa.Table, population: Sequence[Bound]) -> NDArray[np.bool_]:
    """Return who belongs to a population, shape (n_customers,).

    Raises:
        InvalidInput: a column that the population names is not there.
    """
    inside = np.ones(features.num_rows, dtype=np.bool_)
    for bound in population:
        values = matrix_of(features, [bound.feature])[:, 0]
        inside &= values >= bound.low
        if bound.high is not None:
            inside &= values < bound.high
    return inside
