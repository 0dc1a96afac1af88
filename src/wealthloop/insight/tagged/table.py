"""The table of tags: one row a customer, with what put each into its state."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.insight.columns import Column
from wealthloop.insight.facts import Asked
from wealthloop.insight.machines import Definition, Fact
from wealthloop.insight.months import monthly_aum
from wealthloop.insight.tagged.definitions import DEFINITIONS
from wealthloop.insight.tagged.walks import Standing, standings

VERSIONS: Final = b"definitions"
"""The key of the schema's metadata under which each tag's version and digest stand, as JSON."""


def tag_table(
    bank: BankTables,
    *,
    as_of: date,
    features: pa.Table,
    zone: ZoneInfo,
    definitions: Iterable[Definition] = tuple(DEFINITIONS.values()),
) -> pa.Table:
    """Tag every customer of a feature table of the same day.

    Returns:
        ``customer_id`` and for each tag T: ``T`` (the state's name), ``T.by`` (the place of the transition that put
        or kept it there, -1: none), ``T.since`` (the first day it held, null: not known), ``T.waiting`` (steps in a
        row so far towards leaving it), ``T.fact.F`` for each fact F (float64, NaN not known; or text). In the order of
        ``features``; the schema's metadata names the definitions' versions.
    """
    ids = features["customer_id"].combine_chunks()
    asked = Asked(bank=bank, as_of=as_of, features=features, months=monthly_aum(bank, ids, as_of=as_of), zone=zone)
    found = standings(asked, definitions)
    columns: dict[str, Column] = {"customer_id": ids}
    for tag, standing in found.items():
        columns |= _columns(tag, standing)
    versions = {tag: [one.definition.version, one.definition.digest] for tag, one in found.items()}
    return pa.table(columns).replace_schema_metadata({VERSIONS: json.dumps(versions).encode()})


def versions_of(table: pa.Table) -> dict[str, tuple[int, str]]:
    """Return by tag the version and digest of the definition that a table was made with."""
    found = json.loads((table.schema.metadata or {})[VERSIONS])
    return {tag: (version, digest) for tag, (version, digest) in found.items()}


def fact_column(tag: str, fact: str) -> str:
    """Return the column of a fact."""
    return f"{tag}.fact.{fact}"


def _columns(tag: str, standing: Standing) -> dict[str, Column]:
    return {
        tag: standing.names,
        f"{tag}.by": pa.array(standing.by.astype(np.int16)),
        f"{tag}.since": standing.since,
        f"{tag}.waiting": pa.array(standing.waiting.astype(np.int16)),
        **{fact_column(tag, name): _plain(values) for name, values in standing.facts.items()},
    }


def _plain(values: Fact) -> Column:
    if isinstance(values, np.ndarray):
        found: Column = pa.array(values, pa.float64())
        return found
    return values
