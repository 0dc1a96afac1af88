"""A bank's own database as a source: its tables, streamed in batches, through Ibis; nothing is ever written to it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import duckdb
import ibis
import pyarrow as pa
from ibis.common.exceptions import IbisError

from wealthloop.errors import BankDataError

_ROWS: Final = 50_000
"""Rows of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database."""

    label: str
    """What reports call it: kind, host and name, never a user or a password."""
    tables: tuple[str, ...]
    _backend: Any
    _read: Callable[[Any], Iterable[pa.RecordBatch]]

    def schema(self, table: str) -> pa.Schema:
        """Return the columns of a table as ``batches`` gives them."""
        found: pa.Schema = self._readable(table).schema().to_pyarrow()
        return found

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """Yield a table's rows, never more than one batch in memory; no order is promised."""
        schema = self.schema(table)
        for batch in self._read(self._readable(table)):
            yield from pa.Table.from_batches([batch]).cast(schema).to_batches()

    def _readable(self, table: str) -> Any:  # noqa: ANN401 - Ibis ships no types
        """Return a table whose columns are plain; anything else (uuid, JSON, arrays) as text."""
        rows = self._backend.table(table)
        odd = {name: rows[name].cast("string") for name, kind in rows.schema().items() if not _is_plain(kind)}
        return rows.mutate(**odd) if odd else rows


def database_label(url: str) -> str:
    """Return what reports call a database.

    Example:
        >>> database_label("postgresql://reader@core.bank:5432/cards"), database_label("duckdb:///data/bank.duckdb")
        ('postgresql://core.bank/cards', 'bank.duckdb')
    """
    parts = urlsplit(url)
    return Path(parts.path).name if parts.scheme == "duckdb" else f"postgresql://{parts.hostname or ''}{parts.path}"


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open a database to read from.

    Args:
        url: ``duckdb:///path/of/bank.duckdb`` or ``postgresql://user@host/name``; libpq takes the password from
            PGPASSWORD or a pass file, and another schema from ``?options=-csearch_path%3Dcore``.

    Raises:
        BankDataError: the URL is of no database that can be read or holds a password, the database cannot be opened,
            or a query failed.
    """
    kind = urlsplit(url).scheme
    if kind not in _OPENERS:
        raise BankDataError(f"database == {kind or 'no URL'}, must be a URL of {', '.join(_OPENERS)}")
    if urlsplit(url).password:
        raise BankDataError("database: a password must not stand in the URL, set PGPASSWORD instead")
    with _OPENERS[kind](url) as database:
        yield database


_TABLES: Final = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"


def _duckdb_batches(connection: duckdb.DuckDBPyConnection, rows: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
    """Read an expression of Ibis in batches: Ibis 12 asks DuckDB 2 for methods that it no longer has."""
    yield from connection.sql(str(ibis.to_sql(rows, dialect="duckdb"))).to_arrow_reader(_ROWS)


@contextmanager
def _duckdb(url: str) -> Iterator[Database]:
    path = Path(urlsplit(url).path)
    if not path.is_file():
        raise BankDataError(f"{path.name}: no such file")
    try:
        backend = ibis.duckdb.connect(path, read_only=True, memory_limit="1GB", threads=2)
        names = backend.raw_sql(_TABLES).fetchall()
        read = partial(_duckdb_batches, backend.con)
        yield Database(label=path.name, tables=tuple(name for (name,) in names), _backend=backend, _read=read)
        backend.disconnect()
    except (duckdb.Error, IbisError) as error:
        raise BankDataError(f"{path.name}: {_first_line(error)}") from error


@contextmanager
def _postgres(url: str) -> Iterator[Database]:
    try:
        import psycopg
    except ImportError as error:
        raise BankDataError("database: PostgreSQL needs pip install 'wealthloop[postgres]'") from error
    label = database_label(url)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            backend = ibis.postgres.from_connection(connection)
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            read = partial(backend.to_pyarrow_batches, chunk_size=_ROWS)
            yield Database(label=label, tables=tuple(sorted(backend.list_tables())), _backend=backend, _read=read)
            connection.execute("ROLLBACK")
    except (psycopg.Error, IbisError) as error:
        raise BankDataError(f"{label}: {_first_line(error)}") from error


_OPENERS: Final[dict[str, Callable[[str], AbstractContextManager[Database]]]] = {
    "duckdb": _duckdb,
    "postgresql": _postgres,
    "postgres": _postgres,
}


def _is_plain(kind: Any) -> bool:  # noqa: ANN401 - a type of Ibis
    return any((kind.is_string(), kind.is_numeric(), kind.is_boolean(), kind.is_date(), kind.is_timestamp()))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
