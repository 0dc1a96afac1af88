"""Manifests: which immutable Parquet parts make a table's version, and the one file that names the current versions.

``tables/<name>/<part>.parquet`` are never changed; ``tables/<name>/manifest-<version>.json`` lists the parts of a
version; ``tables/CURRENT`` (JSON, table -> version) is swapped atomically for all tables of a load at once.
"""

import json
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from wealthloop.kit import Home, content_hash, write_atomic


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Record):
    """One immutable Parquet file of a table."""

    file: str
    rows: int
    load: int
    known_from: datetime
    """The earliest ``known_at`` in it, zone-less UTC: a reader as of an earlier instant skips the part."""
    first_day: date | None = None
    """The earliest bank day of the table's event time; None where it has none."""
    last_day: date | None = None


class SourceFile(_Record):
    """One file that was loaded, so that loading it again changes nothing."""

    name: str
    sha256: str
    mapping: str
    """Digest of the mapping under which it was read; empty without one."""
    primary: bool
    """Whether the table is the file's own, else one that a mapping makes beside it."""
    rows_in: int
    accepted: int
    quarantined: int
    reasons: dict[str, int]


class Manifest(_Record):
    """One version of one table."""

    table: str
    parts: tuple[Part, ...] = ()
    corrections: bool = False
    """Whether any key has more than one row; only then does a reader look for the newest known one."""
    imputed: tuple[str, ...] = ()
    """Columns that a mapping derived, assumed or set."""
    sources: tuple[SourceFile, ...] = ()

    @property
    def version(self) -> str:
        """The digest of what the manifest says, 32 hex digits."""
        return content_hash(self.model_dump_json().encode())[:32]


def read_current(home: Home) -> dict[str, str]:
    """Return the current version of every table that has one."""
    file = home.tables / "CURRENT"
    if not file.exists():
        return {}
    return dict(json.loads(file.read_text(encoding="utf-8")))


def read_manifest(home: Home, table: str, version: str) -> Manifest:
    """Return one version's manifest."""
    return _read_manifest(_manifest_file(home, table, version), version)


@lru_cache(maxsize=256)
def _read_manifest(path: Path, version: str) -> Manifest:  # noqa: ARG001 - the digest of what is in the file
    """Read a manifest once: its name is the digest of its content."""
    return Manifest.model_validate_json(path.read_text(encoding="utf-8"))


def current_manifests(home: Home) -> dict[str, Manifest]:
    """Return the current manifest of every table that has one."""
    return {table: read_manifest(home, table, version) for table, version in read_current(home).items()}


def part_path(home: Home, table: str, part: Part) -> Path:
    """Return where a part's file lies."""
    return home.tables / table / part.file


def publish(home: Home, manifests: dict[str, Manifest]) -> None:
    """Make new versions current, all at once; tables not named keep theirs."""
    current = read_current(home)
    for table, manifest in manifests.items():
        write_atomic(_manifest_file(home, table, manifest.version), manifest.model_dump_json(indent=1).encode())
        current[table] = manifest.version
    write_atomic(home.tables / "CURRENT", json.dumps(current, sort_keys=True, indent=1).encode())


def _manifest_file(home: Home, table: str, version: str) -> Path:
    return home.tables / table / f"manifest-{version}.json"
