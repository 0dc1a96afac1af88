"""``candidates.parquet`` as it lies there: one file or a folder of parts, with the columns that a problem needs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.errors import InvalidInput

FILE: Final = "candidates.parquet"
NAMED: Final = ("customer", "action", "channel")


def columns_of(resources: Sequence[str], keyed: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns that are read, each once."""
    return list(dict.fromkeys([*NAMED, "value", *resources, *keyed]))


def checked_parts(folder: Path, resources: Sequence[str], keyed: Mapping[str, Sequence[str]]) -> list[Path]:
    """Return the file, or the parts where it is a folder of Parquet, as clusters write it.

    Raises:
        InvalidInput: it is missing or no Parquet, or a column is missing or of a wrong type.
    """
    path = folder / FILE
    parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not parts or not path.exists():
        raise InvalidInput(f"{path}: no such file; a problem is a folder with candidates, capacities and limits")
    for part in parts:
        _check_columns(part, resources, keyed)
    return parts


def _check_columns(path: Path, resources: Sequence[str], keyed: Mapping[str, Sequence[str]]) -> None:
    try:
        there = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: {error}; must be a Parquet file") from error
    for name in columns_of(resources, keyed):
        if name not in there.names:
            named = "" if name in (*NAMED, "value") else " (capacities.parquet names it)"
            raise InvalidInput(f"{FILE}: column {name}{named} is missing, must be one of {', '.join(there.names)}")
    kind = {name: _plain(there.field(name).type) for name in there.names}
    for name in dict.fromkeys(["value", *resources]):
        if not _is_number(kind[name]):
            raise InvalidInput(f"{FILE}: column {name} has type {kind[name]}, must hold numbers")
    for name in dict.fromkeys([*NAMED, *keyed]):
        if not (_is_text(kind[name]) or pa.types.is_integer(kind[name]) or pa.types.is_null(kind[name])):
            raise InvalidInput(f"{FILE}: column {name} has type {kind[name]}, must hold texts or whole numbers")


def opened(path: Path) -> pq.ParquetFile:
    """Return a part whose texts are read as codes."""
    texts = [field.name for field in pq.read_schema(path) if _is_text(field.type)]
    return pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_number(kind: pa.DataType) -> bool:
    """Say so also of a column of blanks, whose rows are refused one by one."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    )


def _plain(kind: Any) -> pa.DataType:  # noqa: ANN401 - a type of Arrow, of which some have a value type
    plain: pa.DataType = kind.value_type if pa.types.is_dictionary(kind) else kind
    return plain
