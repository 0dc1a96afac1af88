"""Files of analysts: any separator and encoding; what cannot be read is named."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wealthloop.errors import InvalidInput
from wealthloop.scoring.tabular.reading import read, write

ROWS = {"key": ["0012", "0013"], "城市": ["上海", None], "x": ["1.50", "2"]}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_kept_as_it_stands_whatever_the_file_is(tmp_path: Path, separator: str, encoding: str) -> None:
    path = tmp_path / "table.csv"
    lines = [separator.join(ROWS), separator.join(["0012", "上海", "1.50"]), separator.join(["0013", "", "2"])]
    path.write_text("\n".join(lines) + "\n", encoding)
    assert read(path).to_pydict() == ROWS


def test_parquet_keeps_its_types_and_what_is_written_is_read_again(tmp_path: Path) -> None:
    table = pa.table({"key": [1, 2], "score": [0.25, 0.5]})
    for name in ("t.parquet", "t.csv"):
        write(table, tmp_path / name)
    assert read(tmp_path / "t.parquet").equals(table)
    assert read(tmp_path / "t.csv").to_pydict() == {"key": ["1", "2"], "score": ["0.25", "0.5"]}
    pq.write_table(table, tmp_path / "u.parquet")
    assert read(tmp_path / "u.parquet").equals(table)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n1,2,3\n", "Expected 2 columns, got 3"),
        (b"a,a\n1,2\n", "column a stands twice"),
        (b"a,b\n", "holds no rows"),
        ("a,b\n上海,1\n".encode() + b"\xff\xff,1\n", "line 3: neither UTF-8 nor GB18030"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=told):
        read(path)


def test_a_file_that_is_not_there_and_a_name_of_no_format_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match=r"must end in \.csv or \.parquet"):
        write(pa.table({"a": [1]}), tmp_path / "t.xlsx")
