"""Every Ibis expression of the product and every feature give the same on DuckDB, Spark and PostgreSQL."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.conformance.document import DOCUMENT, ENGINES, expressions_of
from tests.conformance.names import patterns
from tests.conformance.questions import BUILD, SCAN, ask
from tests.conformance.recorded import TOLERANCE, Answer, Recorder, difference, differences
from wealthloop.bank import TABLES
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.engines.postgres import PostgresEngine
from wealthloop.engines.spark import SparkEngine
from wealthloop.engines.types import BatchFunction
from wealthloop.features import FEATURES
from wealthloop.kit import Home

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""PySpark leaves the sockets of its answers to the collector."""


@pytest.fixture(scope="session")
def reference(home: Home) -> Recorder:
    return ask(home, DuckDBEngine())


def _unequal(reference: Recorder, asked: Recorder) -> dict[str, float]:
    found = {name: differences(answers, asked.answers[name]) for name, answers in reference.answers.items()}
    return {name: worst for name, worst in found.items() if worst > TOLERANCE}


def test_the_suite_asks_every_expression_that_stands_in_the_source(reference: Recorder) -> None:
    asked, written = set(reference.answers), patterns()
    own = {BUILD, *(SCAN.format(table=table) for table in TABLES)}
    assert [text for text, pattern in written.items() if not any(map(pattern.fullmatch, asked))] == []
    assert [name for name in asked - own if not any(p.fullmatch(name) for p in written.values())] == []


def test_no_expression_is_compared_by_empty_answers_alone(reference: Recorder) -> None:
    empty = [
        name for name, answers in reference.answers.items() if not any(answer.table.num_rows for answer in answers)
    ]
    assert empty == []


def test_the_suite_builds_every_feature_of_the_catalogue(reference: Recorder) -> None:
    (built,) = reference.answers[BUILD]
    assert {feature.name for feature in FEATURES} <= set(built.table.schema.names)


def test_spark_answers_as_duckdb_does(home: Home, reference: Recorder, spark: SparkEngine) -> None:
    assert _unequal(reference, ask(home, spark)) == {}


def test_postgres_answers_as_duckdb_does(home: Home, reference: Recorder, postgres: PostgresEngine) -> None:
    assert _unequal(reference, ask(home, postgres)) == {}


def test_the_document_names_every_expression_and_every_engine(reference: Recorder) -> None:
    text = Path(DOCUMENT).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|((?: [^|]+ \|)+)$", text, flags=re.MULTILINE)
    assert [name for name, _ in rows] == expressions_of(reference)
    assert {len(cells.split("|")) - 1 for _, cells in rows} == {len(ENGINES)}
    assert all(engine in text for engine in ENGINES)


def test_an_expression_that_depends_on_the_engine_is_seen(postgres: PostgresEngine) -> None:
    halves = pa.table({"customer_id": ["a", "b"], "rate": [2.5, 0.25]})
    asked = [Recorder(DuckDBEngine()), Recorder(postgres)]
    for recorder in asked:
        rows = recorder.from_arrow(halves)
        recorder.to_arrow(rows.mutate(rate=rows["rate"].round()), name="halves")
        recorder.to_arrow(rows.mutate(rate=rows["rate"] * 4), name="fours")
    assert _unequal(*asked) == {"halves": float("inf")}


def test_the_largest_of_no_rows_is_null_even_in_a_column_that_never_is(
    spark: SparkEngine, postgres: PostgresEngine
) -> None:
    instant: pa.Field[Any] = pa.field("known_at", pa.timestamp("us"), nullable=False)
    fields: list[pa.Field[Any]] = [pa.field("customer_id", pa.string()), instant]
    nobody = pa.schema(fields).empty_table()
    for engine in (DuckDBEngine(), spark, postgres):
        rows = engine.from_arrow(nobody)
        assert engine.to_arrow(rows.aggregate(known=rows["known_at"].max()), name="none")["known"].to_pylist() == [None]


def _totals() -> BatchFunction:
    """Return a function that is pickled whole: Spark's workers cannot import tests."""

    def totals(groups: pa.Table) -> pa.Table:
        summed = groups.group_by("customer_id").aggregate([("amount", "sum"), ("amount", "count")])
        return summed.rename_columns(["customer_id", "amount", "rows"])

    return totals


_TEXT: pa.DataType = pa.string()
_TOTALS = pa.schema({"customer_id": _TEXT, "amount": pa.int64(), "rows": pa.int64()})


@pytest.mark.parametrize("lazy", [True, False])
def test_map_batches_hands_over_whole_customers_on_every_engine(
    reference: Recorder, spark: SparkEngine, postgres: PostgresEngine, lazy: bool
) -> None:
    rows = reference.answers[SCAN.format(table="transactions")][0].table
    engines: tuple[Engine, ...] = (DuckDBEngine(), DuckDBEngine(batch_rows=100), spark, postgres)
    found = [
        engine.map_batches(
            engine.from_arrow(rows) if lazy else rows, _totals(), schema=_TOTALS, by="customer_id", name="totals"
        )
        for engine in engines
    ]
    customers = found[0]["customer_id"].to_pylist()
    assert len(customers) == len(set(customers)) > 100
    one = Answer(table=found[0], ordered=False)
    assert [difference(one, Answer(table=other, ordered=False)) for other in found[1:]] == [0.0, 0.0, 0.0]
