"""Tags kept by day, and the transitions between one night and the next."""

import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds

from wealthloop.bank.converted import compute as pc
from wealthloop.engines import load_snapshot, save_snapshot
from wealthloop.insight.columns import Column
from wealthloop.insight.tagged.table import fact_column, versions_of
from wealthloop.kit import Home

_TYPES: Final[dict[str, pa.DataType]] = {
    "customer_id": pa.string(),
    "tag": pa.string(),
    "from": pa.string(),
    "to": pa.string(),
    "on": pa.date32(),
    "version": pa.int64(),
    "digest": pa.string(),
    "redefined": pa.bool_(),
    "by": pa.int64(),
    "facts": pa.string(),
}
MOVES: Final = pa.schema(_TYPES)
"""A transition a row, by tag, then customer: ``from`` is null for a customer who came new; ``by`` is the place of the
transition in that version of the definition, -1 none; ``facts`` are its facts on the day, a JSON object."""


def save_tags(home: Home, as_of: date, table: pa.Table) -> pa.Table:
    """Keep a day's tags and the transitions since the newest night before it.

    A night that is run again gives the same bytes, as only earlier nights are looked at. The first night kept has no
    transitions: nothing is known of the states before.

    Returns:
        The transitions, of schema ``MOVES``.
    """
    before = _before(home, as_of)
    tags = versions_of(table)
    moves = [MOVES.empty_table()]
    for tag in tags:
        held = _held(before, table, tag)
        if held is not None:
            moves.append(_moves(table, before, tag, held, as_of))
        table = _with_since(table, tag, held, as_of)
    found = pa.concat_tables(moves).combine_chunks()
    save_snapshot(_states(home), as_of, table)
    save_snapshot(_transitions(home), as_of, found)
    return found


def load_tags(home: Home, as_of: date, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a day's tags (see ``tag_table``), ``T.since`` filled from the nights before.

    ``columns``: of these alone, as far as the day has them.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(_states(home), as_of, columns=columns)


def best_hours(home: Home, as_of: date) -> dict[str, int]:
    """Return the hour (0 to 23, the bank's zone) at which customers are most active, as their tag of a day has it.

    Customers of whom it is not known are left out; all are where the day kept no such tag.

    Raises:
        NotFound: no tags were saved for that day.
    """
    column = fact_column("contact_hour", "hour")
    table = load_tags(home, as_of, columns=["customer_id", column])
    if column not in table.column_names:
        return {}
    pairs = zip(table["customer_id"].to_pylist(), table[column].to_pylist(), strict=True)
    return {str(who): int(hour) for who, hour in pairs if hour is not None and not math.isnan(hour)}


def moves_of(home: Home, customer_id: str, *, as_of: date) -> list[dict[str, Any]]:
    """Return a customer's transitions up to a day, of schema ``MOVES``, newest first."""
    files = [str(path) for path in _files(_transitions(home)) if path.stem <= as_of.isoformat()]
    if not files:
        return []
    rows = ds.dataset(files, schema=MOVES).to_table(filter=pc.field("customer_id") == customer_id).to_pylist()
    return sorted(rows, key=lambda row: (-row["on"].toordinal(), row["tag"]))


def _states(home: Home) -> Path:
    return home.insight / "tags"


def _transitions(home: Home) -> Path:
    return home.insight / "transitions"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _before(home: Home, as_of: date) -> pa.Table | None:
    earlier = [path for path in _files(_states(home)) if path.stem < as_of.isoformat()]
    return load_snapshot(_states(home), date.fromisoformat(earlier[-1].stem)) if earlier else None


def _held(before: pa.Table | None, table: pa.Table, tag: str) -> dict[str, Column] | None:
    """Return what the night before said of a tag in the order of today's customers, None if it said nothing."""
    if before is None or tag not in before.column_names:
        return None
    places = pc.index_in(table["customer_id"], value_set=before["customer_id"].combine_chunks()).combine_chunks()
    names = {"state": tag, "since": f"{tag}.since"}
    return {name: pc.take(before[column].combine_chunks(), places) for name, column in names.items()}


def _with_since(table: pa.Table, tag: str, held: dict[str, Column] | None, as_of: date) -> pa.Table:
    """Fill the first day of each state: the walk's own, else that of the night before, else this day."""
    if held is None:
        return table
    name = f"{tag}.since"
    same = pc.fill_null(pc.equal(held["state"], table[tag].combine_chunks()), False)  # noqa: FBT003 - what fills
    carried = pc.if_else(same, held["since"], pa.scalar(as_of, pa.date32()))
    since = pc.coalesce(table[name].combine_chunks(), carried)
    metadata = table.schema.metadata
    changed = table.set_column(table.schema.get_field_index(name), name, since)
    return changed.replace_schema_metadata(metadata)


def _moves(table: pa.Table, before: pa.Table | None, tag: str, held: dict[str, Column], as_of: date) -> pa.Table:
    same = pc.fill_null(pc.equal(held["state"], table[tag].combine_chunks()), False)  # noqa: FBT003 - what fills
    moved = pc.invert(same)
    rows, states = table.filter(moved), held["state"].filter(moved)
    version, digest = versions_of(table)[tag]
    redefined = before is not None and versions_of(before).get(tag) != (version, digest)
    many = rows.num_rows
    return pa.table(
        {
            "customer_id": rows["customer_id"],
            "tag": pa.array([tag] * many, pa.string()),
            "from": states,
            "to": rows[tag],
            "on": pa.array([as_of] * many, pa.date32()),
            "version": pa.array([version] * many, pa.int64()),
            "digest": pa.array([digest] * many, pa.string()),
            "redefined": pa.array([redefined] * many, pa.bool_()),
            "by": rows[f"{tag}.by"].cast(pa.int64()),
            "facts": pa.array(_facts(rows, tag), pa.string()),
        },
        schema=MOVES,
    )


def _facts(rows: pa.Table, tag: str) -> list[str]:
    begins = fact_column(tag, "")
    names = [name for name in rows.column_names if name.startswith(begins)]
    columns = [rows[name].to_pylist() for name in names]
    return [
        json.dumps(
            {name.removeprefix(begins): _json(value) for name, value in zip(names, values, strict=True)},
            ensure_ascii=False,
        )
        for values in zip(*columns, strict=True)
    ] if names else ["{}"] * rows.num_rows  # fmt: skip


def _json(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
