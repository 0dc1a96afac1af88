"""A customer's features and scores with their provenance."""

from dataclasses import replace

import pyarrow as pa

from wealthloop import scoring
from wealthloop.errors import NotFound
from wealthloop.features import FEATURES, describe
from wealthloop.insight.keeping import row_of
from wealthloop.insight.provenance import Around, sourced
from wealthloop.insight.types import Sourced, Words
from wealthloop.insight.views import Score
from wealthloop.kit import Home


def feature_values(row: pa.Table, around: Around) -> tuple[Sourced, ...]:
    """Return the catalogue's features of a customer's row of ``features.build``; not known is None."""
    values = row.to_pylist()[0]
    return tuple(
        sourced(
            one.name, values[one.name], words=Words(zh=one.zh, en=one.en), unit=one.unit.value,
            made_by=f"feature {one.name}", sources=one.lineage, around=around,
        )
        for one in FEATURES
        if one.name in values
    )  # fmt: skip


def scores_of(home: Home, customer_id: str, around: Around) -> tuple[Score, ...]:
    """Return a customer's scores that are kept of a day, by model; empty where none are.

    A model that was trained anew since is left out: what gave the kept score is not at hand.
    """
    row = row_of(home.scores, around.as_of, customer_id)
    if row is None:
        return ()
    values = row.to_pylist()[0]
    found = scoring.records(home, values)
    current = [one for one in found if one.manifest.trained_as_of <= around.as_of]
    return tuple(
        _score(record, values[record.model_id], around) for record in current if record.model_id in values
    )  # fmt: skip


def _score(record: scoring.ModelRecord, value: float | None, around: Around) -> Score:
    spec = record.manifest.spec
    around = replace(around, holdings_day=None)
    lineage = sorted({column for name in record.manifest.predictors for column in _lineage(name)})
    return Score(
        model_id=record.model_id,
        version=record.version,
        value=sourced(
            record.model_id, value, words=Words(zh=spec.zh, en=spec.en), unit="share",
            made_by=f"model {record.model_id} {record.version}", sources=lineage, around=around,
        ),
        flags=tuple(flag.value for flag in record.flags),
        trained_as_of=record.manifest.trained_as_of,
    )  # fmt: skip


def _lineage(name: str) -> tuple[str, ...]:
    try:
        return describe(name).lineage
    except NotFound:
        return ()
