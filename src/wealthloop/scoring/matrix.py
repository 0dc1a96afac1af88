"""From a table of features to what a learner reads: the matrix, and who belongs to a population."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import InvalidInput
from wealthloop.features import FEATURES
from wealthloop.kit import content_hash
from wealthloop.scoring.types import Condition, Floats, Lives

REGION: Final = "region"
"""The column that says where customers live, beside the features."""

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


def members_of(features: pa.Table, population: Sequence[Condition]) -> NDArray[np.bool_]:
    """Return who belongs to a population, shape (n_customers,).

    Raises:
        InvalidInput: a column that the population names is not there.
    """
    inside = np.ones(features.num_rows, dtype=np.bool_)
    for condition in population:
        inside &= _meets(features, condition)
    return inside


def _meets(features: pa.Table, condition: Condition) -> NDArray[np.bool_]:
    if isinstance(condition, Lives):
        if REGION not in features.column_names:
            raise InvalidInput(f"features have no column {REGION}, add it with scoring.with_regions")
        return np.array([region == condition.region for region in features[REGION].to_pylist()], dtype=np.bool_)
    values = matrix_of(features, [condition.feature])[:, 0]
    met = values >= condition.low
    return met if condition.high is None else met & (values < condition.high)


def with_regions(bank: BankTables, engine: Engine, features: pa.Table, *, as_of: date) -> pa.Table:
    """Return features with where each customer lives, as known on a day; null where it is not known."""
    customers = bank.scan("customers", as_of=as_of).select("customer_id", REGION)
    found = engine.to_arrow(customers, name="regions of customers")
    known = found[REGION].to_pylist()
    regions = [None if place < 0 else known[place] for place in places_of(features, found)]
    return features.append_column(REGION, pa.array(regions, type=pa.string()))


def places_of(table: pa.Table, among: pa.Table) -> NDArray[np.int64]:
    """Return the row of ``among`` with the same customer, -1 where there is none, shape (n_rows,)."""
    found = pc.index_in(table["customer_id"], value_set=among["customer_id"].combine_chunks())
    return np.nan_to_num(np.array(found.to_numpy(zero_copy_only=False), dtype=np.float64), nan=-1.0).astype(np.int64)
