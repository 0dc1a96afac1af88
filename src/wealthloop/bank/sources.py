"""Finding a source's files: a folder searched to the bottom, a .zip of one, a single file, or tables of a database."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from wealthloop.bank.contract import TABLES
from wealthloop.bank.databases import copy_tables
from wealthloop.bank.found import Found
from wealthloop.engines.databases import database_label, open_database
from wealthloop.errors import BankDataError

Source: TypeAlias = Path | str
"""A folder, a file, or the URL of a database."""

_SUFFIXES: Final = (".csv", ".parquet")
_UTF8_NAME: Final = 0x800
"""The flag of a .zip member whose name is marked as UTF-8."""


def label_of(source: Source) -> str:
    """Return what reports call a source: never a path of the machine, a user or a password."""
    return database_label(source) if isinstance(source, str) else source.name


@contextmanager
def open_source(source: Source, wanted: Callable[[str], bool]) -> Iterator[tuple[Found, ...]]:
    """Give the data files of a source, in the order of their names; a .zip is unpacked for as long.

    Args:
        source: a path, or the URL of a database.
        wanted: says which tables of a database are read; of files all are given.

    Raises:
        BankDataError: there is no such source, it is no readable .zip or database, or no data is in it.
    """
    if isinstance(source, str):
        with TemporaryDirectory(prefix="wealthloop-") as folder:
            with open_database(source) as database:
                copied = copy_tables(database, Path(folder), wanted)
            yield tuple(Found(name=name, path=path) for name, path in copied.items())
        return
    if not source.exists():
        raise BankDataError(f"{source.name}: no such file or folder")
    if source.suffix.lower() != ".zip":
        yield _files(source)
        return
    with TemporaryDirectory(prefix="wealthloop-") as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                for member in archive.infolist():
                    member.filename = _true_name(member)
                    archive.extract(member, folder)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise BankDataError(f"{source.name}: not a readable .zip ({error})") from error
        yield _files(Path(folder))


def table_of(name: str) -> str | None:
    """Return the contract table that a file's name tells, None where it tells none.

    Example:
        >>> table_of("2026/holdings_20261120.csv"), table_of("holdings/part-0.parquet"), table_of("readme.csv")
        ('holdings', 'holdings', None)
    """
    path = PurePosixPath(name)
    if path.stem in TABLES:
        return path.stem
    for table in TABLES:
        if path.stem.startswith(f"{table}_"):
            return table
    return next((part for part in reversed(path.parts[:-1]) if part in TABLES), None)


def _true_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; one without the UTF-8 mark is what its bytes say, not the code page of the format."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    raw = member.filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _files(source: Path) -> tuple[Found, ...]:
    root = source if source.is_dir() else source.parent
    candidates = source.rglob("*") if source.is_dir() else iter((source,))
    found = [
        Found(name=path.relative_to(root).as_posix(), path=path)
        for path in candidates
        if path.is_file() and path.suffix.lower() in _SUFFIXES and not _hidden(path.relative_to(root))
    ]
    if not found:
        raise BankDataError(f"{source.name}: holds no .csv and no .parquet file")
    return tuple(sorted(found, key=lambda file: file.name))


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)
