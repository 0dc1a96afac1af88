"""Reading a CSV or Parquet file of any analyst: encoding and separator found, every cell of a CSV kept as its text."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from wealthloop.bank.encoding import detect
from wealthloop.errors import InvalidInput
from wealthloop.kit import write_atomic

_SEPARATORS: Final = (",", ";", "\t", "|")
NULLS: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\\N")


def read(path: Path) -> pa.Table:
    """Return a file as a table; columns of a CSV are texts, null where a cell says nothing.

    Raises:
        InvalidInput: no such file, another format, text that cannot be read, a line with another number of cells
            (named by line), no rows, or two columns of one name.
    """
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file")
    table = pq.read_table(path) if path.suffix.lower() == ".parquet" else _csv(path)
    twice = [name for name, many in Counter(table.column_names).items() if many > 1]
    if twice:
        raise InvalidInput(f"{path}: column {twice[0]} stands twice in the header, name each column once")
    if not table.num_rows:
        raise InvalidInput(f"{path}: holds no rows")
    return table


def write(table: pa.Table, path: Path) -> None:
    """Write a table as CSV or Parquet, by the name's ending, there whole or not at all.

    Raises:
        InvalidInput: the name ends otherwise.
    """
    sink = pa.BufferOutputStream()
    if path.suffix.lower() == ".parquet":
        pq.write_table(table, sink)
    elif path.suffix.lower() == ".csv":
        arrow_csv.write_csv(table, sink)
    else:
        raise InvalidInput(f"{path}: must end in .csv or .parquet")
    write_atomic(path, sink.getvalue().to_pybytes())


def _csv(path: Path) -> pa.Table:
    encoding = detect(path)
    if encoding.bad_line is not None:
        raise InvalidInput(f"{path}, line {encoding.bad_line}: neither UTF-8 nor GB18030, save the file as UTF-8")
    with path.open(encoding=encoding.name, newline="") as file:
        header = file.readline()
    separator = max(_SEPARATORS, key=header.count)
    reading = arrow_csv.ReadOptions(encoding="gb18030" if encoding.name == "gb18030" else "utf8")
    parsing = arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    try:
        with arrow_csv.open_csv(path, reading, parsing) as reader:
            names = reader.schema.names
        return arrow_csv.read_csv(path, reading, parsing, _texts(names))
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: {str(error).splitlines()[0]}") from error


def _texts(names: list[str]) -> Any:  # noqa: ANN401 - pyarrow's options
    return arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=list(NULLS), strings_can_be_null=True
    )
