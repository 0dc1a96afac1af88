"""Reading a source's files into one staged Parquet file for each table, the refused rows into the quarantine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.bank.check import Refused, Surroundings
from wealthloop.bank.contract import TABLES, TableSpec
from wealthloop.bank.report import RefusedRow
from wealthloop.bank.versions import part_schema
from wealthloop.kit import Cipher

_EXAMPLES: Final = 5

_TEXT: Final[pa.DataType] = pa.string()
QUARANTINE_SCHEMA: Final[pa.Schema] = pa.schema(
    {"file": _TEXT, "line": pa.int64(), "column": _TEXT, "rule": _TEXT, "text": _TEXT, "row": _TEXT}
)
"""``row`` and the text of columns of grade C2 are encrypted with the home's key."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """The rows that one file gave one table."""

    rows_in: int = 0
    accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def quarantined(self) -> int:
        """Rows refused."""
        return self.reasons.total()

    def add(self, other: "Tally") -> None:
        """Count another tally in."""
        self.rows_in += other.rows_in
        self.accepted += other.accepted
        self.reasons.update(other.reasons)


class TableStage:
    """The staged rows of one table."""

    def __init__(self, spec: TableSpec, *, staged: Path, quarantine: Path, cipher: Cipher) -> None:
        self.spec = spec
        self.staged = staged
        self.rows = 0
        self.present: set[str] = set()
        """The contract's columns that any file gave."""
        self.doubles: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        """Staged rows that were refused since, by their row number."""
        self.examples: list[RefusedRow] = []
        self._quarantine_path = quarantine
        self._cipher = cipher
        self._secret = frozenset(column.name for column in spec.columns if column.grade == "C2")
        self._writer = pq.ParquetWriter(staged, part_schema(spec), compression="zstd")
        self._quarantine: pq.ParquetWriter | None = None

    def accept(self, rows: pa.Table) -> None:
        """Stage good rows."""
        if rows.num_rows:
            self._writer.write_table(rows)
            self.rows += rows.num_rows

    def refuse(self, refused: tuple[Refused, ...], *, file: str) -> None:
        """Keep refused rows aside."""
        if not refused:
            return
        if self._quarantine is None:
            self._quarantine_path.parent.mkdir(parents=True, exist_ok=True)
            self._quarantine = pq.ParquetWriter(self._quarantine_path, QUARANTINE_SCHEMA, compression="zstd")
        self._quarantine.write_table(self._aside(refused, file))
        for row in refused[: max(0, _EXAMPLES - len(self.examples))]:
            shown = _masked(row.text) if self._is_secret(row) else row.text
            self.examples.append(RefusedRow(file=file, line=row.line, column=row.column, rule=row.rule, text=shown))

    def end_rows(self) -> None:
        """Close the staged rows, so that they can be read; more may still be refused."""
        self._writer.close()

    def close(self) -> None:
        """Close every file."""
        self._writer.close()
        if self._quarantine is not None:
            self._quarantine.close()

    def _is_secret(self, row: Refused) -> bool:
        return row.column in self._secret or (not row.column and bool(self._secret))

    def _aside(self, refused: tuple[Refused, ...], file: str) -> pa.Table:
        encrypt = self._cipher.encrypt
        columns: list[Sequence[object]] = [
            [file] * len(refused),
            [row.line for row in refused],
            [row.column for row in refused],
            [row.rule for row in refused],
            [encrypt(row.text) if self._is_secret(row) else row.text for row in refused],
            [encrypt(row.row) for row in refused],
        ]
        return pa.table(dict(zip(QUARANTINE_SCHEMA.names, columns, strict=True)), schema=QUARANTINE_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One stream of rows from a file into a table; its place in the list of feeds is the ``_file`` of its rows."""

    file: str
    table: str
    primary: bool
    place: int = 0
    """Which of the file's outputs it is."""


class Staging:
    """All staged tables of a load, with the counts of every feed."""

    def __init__(self, folder: Path, quarantine: Path, within: Surroundings) -> None:
        self.within = within
        self.feeds: list[Feed] = []
        self.tallies: list[Tally] = []
        self.tables: dict[str, TableStage] = {}
        self.imputed: dict[str, set[str]] = {}
        self.assumptions: set[str] = set()
        self._folder = folder
        self._quarantine = quarantine

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stage in self.tables.values():
            stage.close()

    def number(self, feed: Feed) -> int:
        """Return the number of a feed, giving a new one the next."""
        if feed not in self.feeds:
            self.feeds.append(feed)
            self.tallies.append(Tally())
            self._open(feed.table)
        return self.feeds.index(feed)

    def add(self, feed: Feed, good: pa.Table | None, refused: tuple[Refused, ...]) -> None:
        """Stage and count what came of some rows of a feed."""
        number = self.number(feed)
        accepted = 0 if good is None else good.num_rows
        if good is not None:
            self.tables[feed.table].accept(good)
        self.tables[feed.table].refuse(refused, file=feed.file)
        reasons = Counter(row.rule for row in refused)
        self.tallies[number].add(Tally(rows_in=accepted + len(refused), accepted=accepted, reasons=reasons))

    def take_back(self, number: int, refused: tuple[Refused, ...]) -> None:
        """Refuse rows of a feed that were staged."""
        feed, tally = self.feeds[number], self.tallies[number]
        self.tables[feed.table].refuse(refused, file=feed.file)
        tally.accepted -= len(refused)
        tally.reasons.update(row.rule for row in refused)

    def _open(self, table: str) -> None:
        if table not in self.tables:
            self.tables[table] = TableStage(
                TABLES[table],
                staged=self._folder / f"{table}.parquet",
                quarantine=self._quarantine / f"{table}.parquet",
                cipher=self.within.cipher,
            )


def _masked(text: str) -> str:
    return f"{text[:1]}{'*' * (len(text) - 1)}"
