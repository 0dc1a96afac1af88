"""The default engine: Parquet in, Arrow out, errors with their SQL, whole groups in batches."""

from datetime import datetime
from functools import partial
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wealthloop.engines import DuckDBEngine, EngineError
from wealthloop.engines.groups import sorted_groups


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


def test_parts_of_one_schema_are_read_as_one_table(engine: DuckDBEngine, tmp_path: Path) -> None:
    for part in (1, 2):
        pq.write_table(pa.table({"customer_id": ["a", "b"], "n": [part, part * 10]}), tmp_path / f"{part}.parquet")
    rows = engine.read_parquet([tmp_path / "1.parquet", tmp_path / "2.parquet"])
    found = engine.to_arrow(rows.group_by("customer_id").agg(n=rows["n"].sum()).order_by("customer_id"), name="sums")
    assert found.to_pydict() == {"customer_id": ["a", "b"], "n": [3, 30]}


def test_zone_less_instants_pass_unchanged(engine: DuckDBEngine, tmp_path: Path) -> None:
    at = datetime(2026, 11, 19, 16, 30)  # noqa: DTZ001 - stored without a zone
    path = tmp_path / "at.parquet"
    pq.write_table(pa.table({"at": pa.array([at], pa.timestamp("us"))}), path)
    rows = engine.read_parquet([path])
    found = engine.to_arrow(rows.filter(rows["at"] <= ibis.literal(at)), name="at")
    assert found["at"].to_pylist() == [at]


def test_an_error_names_the_expression_and_holds_its_sql(engine: DuckDBEngine) -> None:
    rows = engine.from_arrow(pa.table({"x": ["no number"]}))
    with pytest.raises(EngineError, match=r"(?s)odd cast: .*SQL: SELECT"):
        engine.to_arrow(rows.mutate(n=rows["x"].cast("int64")), name="odd cast")


def test_write_leaves_one_whole_file(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "out" / "rows.parquet"
    assert engine.write(engine.from_arrow(pa.table({"x": [1, 2]})), path, name="rows") == 2
    assert [file.name for file in path.parent.iterdir()] == ["rows.parquet"]
    assert pq.read_table(path)["x"].to_pylist() == [1, 2]


def _sums_of(groups: pa.Table, *, seen: list[list[str]]) -> pa.Table:
    seen.append(sorted({str(name) for name in groups["customer_id"].to_pylist()}))
    return groups.group_by("customer_id").aggregate([("one", "sum")]).rename_columns(["customer_id", "n"])


@pytest.mark.parametrize("batch_rows", [1, 7, 19, 1000])
@pytest.mark.parametrize("lazy", [False, True])
def test_map_batches_never_splits_a_group(batch_rows: int, lazy: bool) -> None:
    engine = DuckDBEngine(batch_rows=batch_rows)
    ids = np.repeat([f"C{n:02d}" for n in range(12)], [1, 5, 9, 2, 3, 8, 1, 1, 20, 2, 6, 4])
    ids = np.random.default_rng(3).permutation(ids)
    seen: list[list[str]] = []
    text: pa.DataType = pa.string()
    schema = pa.schema({"customer_id": text, "n": pa.int64()})
    table = pa.table({"customer_id": ids, "one": np.ones(len(ids), dtype=np.int64)})
    rows = engine.from_arrow(table) if lazy else table
    fn = partial(_sums_of, seen=seen)
    found = engine.map_batches(rows, fn, schema=schema, by="customer_id", name="sums")
    names = [name for batch in seen for name in batch]
    assert sorted(names) == sorted(set(ids))
    assert (len(seen) == 1) == (batch_rows == 1000)
    assert dict(zip(found["customer_id"].to_pylist(), found["n"].to_pylist(), strict=True)) == {
        name: int((ids == name).sum()) for name in set(ids)
    }


@pytest.mark.parametrize("size", [1, 4, 9, 100])
def test_sorted_rows_are_cut_at_borders_wherever_the_batches_end(size: int) -> None:
    ids = sorted([*["a"] * 5, *["b"] * 1, *["c"] * 11, *["d"] * 2])
    table = pa.table({"customer_id": ids})
    for rows in (1, 3, 7, 50):
        cut = list(sorted_groups(table.to_batches(max_chunksize=rows), "customer_id", size=size))
        assert [name for piece in cut for name in piece["customer_id"].to_pylist()] == ids
        groups = [name for piece in cut for name in set(piece["customer_id"].to_pylist())]
        assert len(groups) == len(set(groups)) == 4
        assert len(cut) == 1 or size < 100


def test_map_batches_of_nothing_has_the_schema(engine: DuckDBEngine) -> None:
    schema = pa.schema([pa.field("customer_id", pa.string())])
    empty = engine.from_arrow(schema.empty_table())
    found = engine.map_batches(empty, lambda batch: batch, schema=schema, by="customer_id", name="nothing")
    assert (found.num_rows, found.schema) == (0, schema)
