"""A day's table: read as it was written, kept in memory while its file is the same."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wealthloop.engines import load_snapshot, save_snapshot, snapshots
from wealthloop.engines.shelf import Shelf
from wealthloop.errors import NotFound

DAY = date(2026, 3, 1)
FIELDS: "list[pa.Field[Any]]" = [
    pa.field("customer_id", pa.string(), nullable=False), pa.field("aum", pa.float64()), pa.field("n", pa.int32()),
]  # fmt: skip
SCHEMA = pa.schema(FIELDS, metadata={"made": "by hand"})


def day(*aum: float) -> pa.Table:
    names = [f"C{place}" for place in range(len(aum))]
    return pa.Table.from_arrays([pa.array(names), pa.array(aum), pa.array(range(len(aum)), pa.int32())], schema=SCHEMA)


@pytest.mark.parametrize("large", [1, 1 << 28])
def test_a_table_comes_back_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    monkeypatch.setattr(snapshots, "_LARGE", large)
    save_snapshot(tmp_path, DAY, day(1.0, 2.0))
    for _ in range(2):
        assert load_snapshot(tmp_path, DAY).equals(day(1.0, 2.0), check_metadata=True)
        some = load_snapshot(tmp_path, DAY, columns=("n", "unheard", "customer_id"))
        assert some.equals(day(1.0, 2.0).select(["n", "customer_id"]))


def test_what_was_written_since_is_read(tmp_path: Path) -> None:
    for table in (day(1.0), day(2.0), day(1.0, 3.0)):
        save_snapshot(tmp_path, DAY, table)
        assert load_snapshot(tmp_path, DAY).equals(table)
    with pytest.raises(NotFound):
        load_snapshot(tmp_path, date(2026, 3, 2))


def test_a_shelf_reads_a_column_once_and_forgets_what_was_asked_for_longest_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[str]] = []

    whole = pq.ParquetFile.read

    def counted(file: pq.ParquetFile, *, columns: list[str], use_threads: bool) -> pa.Table:
        read.append(columns)
        return whole(file, columns=columns, use_threads=use_threads)

    monkeypatch.setattr(pq.ParquetFile, "read", counted)
    path = save_snapshot(tmp_path, DAY, day(*range(100)))
    kept = Shelf(1_600)  # room for the 800 bytes of aum beside the 400 of n or the names, not for all three
    for names in (["aum"], ["n"], ["aum"], ["customer_id"], ["aum", "customer_id"], ["n"]):
        assert kept.columns(path, names).to_pydict() == day(*range(100)).select(names).to_pydict()
    assert read == [["aum"], ["n"], ["customer_id"], ["n"]]


def test_a_shelf_knows_of_a_column_that_a_file_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_snapshot(tmp_path, DAY, day(1.0, 2.0))
    kept = Shelf(1_000)
    assert kept.columns(path, ["unheard", "aum"]).to_pydict() == {"aum": [1.0, 2.0]}
    monkeypatch.setattr(pq, "ParquetFile", None)
    assert kept.columns(path, ["aum", "unheard", "aum"]).to_pydict() == {"aum": [1.0, 2.0]}
