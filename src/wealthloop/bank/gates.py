"""Gates: figures at which a load stops and asks a person."""

from collections.abc import Mapping, Sequence
from typing import Final

from wealthloop.bank.manifest import Manifest, SourceFile
from wealthloop.bank.report import Counts

MOVED: Final = 0.20
"""The share by which a file's rows may move against the load before."""
BAD: Final = 0.005
"""The share of a table's rows that may be refused."""


def gates(
    tables: Mapping[str, Counts], sources: Mapping[str, Sequence[SourceFile]], known: Mapping[str, Manifest]
) -> tuple[str, ...]:
    """Return every gate that stops a load, with its figures; none when it may go on.

    Args:
        tables: the counts of the rows read now, by table.
        sources: the files read now, by table.
        known: the current manifests.
    """
    bad = [
        f"{table}: {counts.quarantined:,} of {counts.rows_in:,} rows refused "
        f"({counts.quarantined / counts.rows_in:.2%}, at most {BAD:.1%}): {_listed(counts.reasons)}"
        for table, counts in tables.items()
        if counts.quarantined > BAD * counts.rows_in
    ]
    moved = [
        f"{table}: {file.name} has {file.rows_in:,} rows, {before:,} in the load before "
        f"({(file.rows_in - before) / before:+.1%}, at most {MOVED:.0%})"
        for table, files in sources.items()
        if table in known
        for file in files
        if file.primary and (before := _rows_before(known[table], file.name))
        if abs(file.rows_in - before) > MOVED * before
    ]
    return (*bad, *moved)


def _rows_before(manifest: Manifest, name: str) -> int:
    return next((file.rows_in for file in reversed(manifest.sources) if file.name == name), 0)


def _listed(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {count:,}" for rule, count in reasons.items())
