"""A bank's database as a source: the same rows as from files, in batches, and no secret anywhere."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import duckdb
import psycopg
import pytest
from typer.testing import CliRunner

from tests.bank.source import AS_OF, home_at, load, rows, source_at
from tests.conformance.servers import postgres_url
from wealthloop.bank import ingest, parse_mapping
from wealthloop.bank import sources as bank_sources
from wealthloop.cli.app import app
from wealthloop.engines import databases
from wealthloop.engines.databases import database_label, open_database
from wealthloop.errors import BankDataError, GateStopped

_TABLES: Mapping[str, str] = {
    "customers": "customer_id varchar, name varchar, mobile varchar, birth_year integer, open_date date",
    "holdings": "customer_id varchar, product_id varchar, as_of date, balance numeric(18, 2)",
    "transactions": 'transaction_id varchar, customer_id varchar, "at" timestamp, kind varchar, amount numeric',
}
_ODD = "CREATE TABLE ledger_of_shoes (id uuid, tags varchar[])"


def _copied(execute: Callable[[str], object], folder: Path) -> None:
    """Fill a database with the small bank's files."""
    source = source_at(folder)
    for table, columns in _TABLES.items():
        lines = (source / f"{table}.csv").read_text(encoding="utf-8").splitlines()[1:]
        values = ", ".join("(" + ", ".join(f"'{cell}'" for cell in line.split(",")) + ")" for line in lines)
        execute(f"CREATE TABLE {table} ({columns})")
        execute(f"INSERT INTO {table} VALUES {values}")
    execute(_ODD)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(params=["duckdb", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, postgres: str) -> Iterator[str]:
    """The small bank in a database of each kind; its URL."""
    if request.param == "duckdb":
        path = tmp_path / "bank.duckdb"
        with duckdb.connect(str(path)) as connection:
            _copied(connection.execute, tmp_path)
        yield f"duckdb://{path}"
        return
    with psycopg.connect(postgres, autocommit=True) as connection:
        _copied(lambda statement: connection.execute(statement.encode()), tmp_path)
        yield postgres
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def _change(url: str, statement: str) -> None:
    if url.startswith("duckdb"):
        with duckdb.connect(url.removeprefix("duckdb://")) as connection:
            connection.execute(statement)
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())


def test_a_database_gives_what_its_files_give(tmp_path: Path, database: str) -> None:
    ours, files = home_at(tmp_path / "database"), home_at(tmp_path / "files")
    report = ingest(ours, database, mapping=None, as_of=AS_OF)
    load(files, source_at(tmp_path))
    assert set(report.files) == set(_TABLES)
    for table in _TABLES:
        found, expected = (
            [{name: cell for name, cell in row.items() if name not in ("name", "mobile")} for row in rows(home, table)]
            for home in (ours, files)
        )
        assert sorted(map(repr, found)) == sorted(map(repr, expected))
    names = {row["customer_id"]: ours.cipher.decrypt(row["name"]) for row in rows(ours, "customers")}
    assert names["C7"] == "张三7"


def test_a_database_loaded_again_changes_nothing_and_a_changed_row_is_a_correction(
    tmp_path: Path, database: str
) -> None:
    home = home_at(tmp_path / "again")
    ingest(home, database, mapping=None, as_of=AS_OF)
    again = ingest(home, database, mapping=None, as_of=AS_OF)
    assert all(file.seen_before for file in again.files.values())
    _change(database, "UPDATE holdings SET balance = 7 WHERE customer_id = 'C1' AND as_of = DATE '2026-11-18'")
    changed = ingest(home, database, mapping=None, as_of=AS_OF).changes["holdings"]
    assert (changed.added, changed.corrected, changed.unchanged) == (0, 1, 19)


def test_a_gate_stops_a_database_as_it_stops_files(tmp_path: Path, database: str) -> None:
    home = home_at(tmp_path / "gate")
    ingest(home, database, mapping=None, as_of=AS_OF)
    _change(database, "DELETE FROM transactions WHERE transaction_id IN ('T1', 'T2', 'T3')")
    with pytest.raises(GateStopped, match="transactions has 6 rows, 9 in the load before"):
        ingest(home, database, mapping=None, as_of=AS_OF)


def test_rows_come_in_batches_of_bounded_size(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_ROWS", 4)
    with open_database(database) as opened:
        sizes = [batch.num_rows for batch in opened.batches("holdings")]
    assert sum(sizes) == 20
    assert len(sizes) > 1 or database.startswith("duckdb")
    home = home_at(tmp_path / "batches")
    assert ingest(home, database, mapping=None, as_of=AS_OF).tables["holdings"].accepted == 20


def test_a_mapping_reads_tables_by_their_names(tmp_path: Path, database: str) -> None:
    _change(database, "ALTER TABLE holdings RENAME TO t_bal")
    _change(database, "ALTER TABLE t_bal RENAME COLUMN balance TO bal")
    mapping = parse_mapping(
        """
        name = "core"
        title = { zh = "核心", en = "Core" }
        [[file]]
        glob = "t_bal"
        table = "holdings"
        columns = { customer_id = "customer_id", product_id = "product_id", as_of = "as_of", balance = "bal" }
        """,
        called="core",
    )
    home = home_at(tmp_path / "mapped")
    report = ingest(home, database, mapping=mapping, as_of=AS_OF)
    assert report.tables["holdings"].accepted == 20
    assert "ledger_of_shoes" not in report.ignored_files


def test_columns_of_no_plain_kind_are_read_as_text(database: str) -> None:
    with open_database(database) as opened:
        assert [str(field.type) for field in opened.schema("ledger_of_shoes")] == ["string", "string"]
        assert sum(batch.num_rows for batch in opened.batches("ledger_of_shoes")) == 0


def test_i21_grade_c3_data_does_not_even_pass_through_a_file(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(database, "ALTER TABLE customers ADD COLUMN login_password varchar")
    folder = tmp_path / "passing"
    folder.mkdir()

    class Watched:
        def __enter__(self) -> str:
            return str(folder)

        def __exit__(self, *_: object) -> None:
            return

    monkeypatch.setattr(bank_sources, "TemporaryDirectory", lambda **_: Watched())
    with pytest.raises(BankDataError, match="c3_refused"):
        ingest(home_at(tmp_path / "c3"), database, mapping=None, as_of=AS_OF)
    assert list(folder.iterdir()) == []


def test_a_database_without_tables_of_the_contract_is_refused(tmp_path: Path, database: str) -> None:
    for table in _TABLES:
        _change(database, f"DROP TABLE {table}")
    with pytest.raises(BankDataError, match="no table is named after a table of the contract"):
        ingest(home_at(tmp_path / "none"), database, mapping=None, as_of=AS_OF)


def test_a_password_stands_in_no_url_report_or_error(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    url = "postgresql://reader:hunter2@127.0.0.1:1/core"
    with pytest.raises(BankDataError, match="set PGPASSWORD instead") as refused:
        ingest(home, url, mapping=None, as_of=AS_OF)
    assert "hunter2" not in str(refused.value)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(os.environ, "PGPASSWORD", "hunter2")
        with pytest.raises(BankDataError, match=r"postgresql://127\.0\.0\.1/core: ") as failed:
            ingest(home, url.replace(":hunter2", ""), mapping=None, as_of=AS_OF)
    assert "hunter2" not in str(failed.value)
    assert database_label(url) == "postgresql://127.0.0.1/core"


def test_the_report_of_a_database_names_no_user_and_no_path(tmp_path: Path, database: str) -> None:
    home = home_at(tmp_path / "report")
    said = ingest(home, database, mapping=None, as_of=AS_OF).model_dump_json()
    assert str(tmp_path) not in said
    assert re.search(r"postgres(ql)?://[^/]*@", said) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mysql://h/d", "database == mysql, must be a URL of duckdb"),
        ("bank", "database == no URL"),
        ("duckdb:///nowhere.duckdb", "nowhere.duckdb: no such file"),
    ],
)
def test_what_is_no_database_is_said(tmp_path: Path, url: str, fault: str) -> None:
    with pytest.raises(BankDataError, match=fault):
        ingest(home_at(tmp_path), url, mapping=None, as_of=AS_OF)


def test_a_file_that_is_no_duckdb_is_said_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("no database" * 1000, encoding="utf-8")
    with pytest.raises(BankDataError, match=r"^x\.duckdb: "):
        ingest(home_at(tmp_path), f"duckdb://{tmp_path / 'x.duckdb'}", mapping=None, as_of=AS_OF)


def test_the_command_takes_files_or_a_database_and_not_both(tmp_path: Path, database: str) -> None:
    words = ["ingest", "--home", str(tmp_path / "home"), "--as-of", str(AS_OF), "--json"]
    done = CliRunner().invoke(app, [*words, "--database", database])
    assert (done.exit_code, json.loads(done.stdout)["tables"]["holdings"]["accepted"]) == (0, 20)
    assert CliRunner().invoke(app, words).exit_code == 2
    assert CliRunner().invoke(app, [*words, str(tmp_path), "--database", database]).exit_code == 2
