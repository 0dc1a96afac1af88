"""Mappings: a bank's own files and codes become the contract's tables, and what was made up is marked."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.bank.source import AS_OF, FILES, home_at, only, rows, source_at
from wealthloop.bank import BankTables, ingest, load_mapping, parse_mapping
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import DocumentError, GateStopped
from wealthloop.kit import Home, fen

_HEAD = 'name = "t"\n[title]\nzh = "测试"\nen = "test"\n'
_CLIENTS = (
    _HEAD
    + """
[demonstration.flat]
zh = "假设余额"
en = "assumed balances"

[[file]]
glob = "clients*.csv"
table = "customers"
null = ["\\\\N"]
[file.columns]
customer_id = "no"
[file.codes.gender]
column = "sex"
values = { "1" = "M", "2" = "F" }
[file.constants]
region = "east"
[file.derive.birth_year]
function = "year_minus"
day = 2026-06-30
column = "age"
[file.derive.open_date]
function = "days_before"
day = 2026-06-30
columns = ["a", "b"]
absent = ["-1"]
otherwise = 2020-01-01

[[file.also]]
table = "holdings"
demonstration = "flat"
where = { band = ["0", "1"] }
[file.also.columns]
customer_id = "no"
[file.also.constants]
product_id = "D"
[file.also.each]
as_of = [2026-05-31, 2026-06-30]
[file.also.derive.balance]
function = "band"
column = "band"
values = { "0" = "1000", "1" = "2000.50" }

[[assumed]]
table = "products"
demonstration = "flat"
rows = [{ product_id = "D", name = "demand", category = "demand", regime = "deposit" }]
"""
)
_ROWS = "no,sex,age,a,b,band\nC1,1,40,10,30,0\nC2,2,\\N,-1,-1,1\nC3,\\N,30,5,-1,9\n"


def _mapped(folder: Path, text: str = _CLIENTS, clients: str = _ROWS) -> Home:
    home = home_at(folder)
    source = source_at(folder, {"customers.csv": None, "holdings.csv": None, "clients_1.csv": clients})
    ingest(home, source, mapping=parse_mapping(text, called="t"), as_of=AS_OF, accept=False)
    return home


def test_columns_codes_constants_and_derived_columns(tmp_path: Path) -> None:
    found = {row["customer_id"]: row for row in rows(_mapped(tmp_path), "customers")}
    told = {name: (row["gender"], row["birth_year"], row["open_date"]) for name, row in found.items()}
    assert told == {
        "C1": ("M", 1986, date(2026, 5, 31)),
        "C2": ("F", None, date(2020, 1, 1)),
        "C3": (None, 1996, date(2026, 6, 25)),
    }
    assert {row["region"] for row in found.values()} == {"east"}


def test_further_tables_count_apart_and_turn_the_home_into_a_demonstration(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    source = source_at(tmp_path, {"customers.csv": None, "holdings.csv": None, "clients_1.csv": _ROWS})
    report = ingest(home, source, mapping=parse_mapping(_CLIENTS, called="t"), as_of=AS_OF)
    assert set(report.tables) == {"customers", "transactions"}
    assert {name: counts.accepted for name, counts in report.derived.items()} == {"products": 1, "holdings": 4}
    assert (report.kind, Home.open(home.root).settings.kind) == ("demonstration", "demonstration")
    assert [said.en for said in report.assumptions] == ["assumed balances"]
    balances = {(row["customer_id"], row["as_of"].month): row["balance"] for row in rows(home, "holdings")}
    assert balances == {("C1", 5): 100_000, ("C1", 6): 100_000, ("C2", 5): 200_050, ("C2", 6): 200_050}


def test_what_was_set_derived_or_assumed_is_imputed(tmp_path: Path) -> None:
    imputed = BankTables(_mapped(tmp_path), DuckDBEngine()).imputed()
    assert imputed["customers"] == ("birth_year", "open_date", "region")
    assert imputed["holdings"] == ("as_of", "balance", "customer_id", "product_id")
    assert "transactions" not in imputed


def test_a_code_that_the_mapping_does_not_list_is_refused_with_its_text(tmp_path: Path) -> None:
    with pytest.raises(GateStopped, match="unknown_code 1"):
        _mapped(tmp_path, clients=_ROWS.replace("C1,1", "C1,7"))


def test_a_cell_from_which_nothing_can_be_derived_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GateStopped, match="wrong_type 1"):
        _mapped(tmp_path, clients=_ROWS.replace("C1,1,40", "C1,1,forty"))


def test_loading_again_under_the_same_mapping_changes_nothing(tmp_path: Path) -> None:
    home = _mapped(tmp_path)
    before = BankTables(home, DuckDBEngine()).version()
    _mapped(tmp_path)
    assert BankTables(home, DuckDBEngine()).version() == before


_EVENTS = (
    _HEAD
    + """
[[file]]
glob = "views.csv"
table = "app_events"
short_rows = "pad"
[file.columns]
customer_id = "id"
at = "#2"
[file.constants]
kind = "view"
[file.derive.event_id]
function = "hash_row"
"""
)


def test_unnamed_columns_short_rows_and_equal_rows(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    source = source_at(tmp_path, {"views.csv": "id,,page_tm\nC1,2026-11-01 10:00\nC1,2026-11-01 10:00\n"})
    report = ingest(home, source, mapping=parse_mapping(_EVENTS, called="t"), as_of=AS_OF)
    assert report.tables["app_events"].accepted == 2
    assert len({row["event_id"] for row in rows(home, "app_events")}) == 2
    assert home.settings.kind == "bank"


_KINDS = (
    _HEAD
    + """
[[file]]
glob = "trx.csv"
table = "transactions"
[file.columns]
customer_id = "id"
at = "t"
amount = "x"
[file.derive.transaction_id]
function = "combine"
columns = ["id", "t"]
[file.derive.kind]
function = "choose"
amount = "x"
[[file.derive.kind.cases]]
value = "card"
when = { flag = ["C"] }
[[file.derive.kind.cases]]
value = "transfer_in"
when = { flag = ["A"] }
sign = "+"
[[file.derive.kind.cases]]
value = "transfer_out"
when = { flag = ["A"] }
sign = "-"
"""
)


def test_cases_are_tried_in_order_and_a_row_that_fits_none_is_refused(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    text = "id,t,x,flag\nC1,2026-11-01,5,C\nC1,2026-11-02,5,A\nC1,2026-11-03,-5,A\nC1,2026-11-04,-5,Z\n"
    source = source_at(tmp_path, {"transactions.csv": None, "trx.csv": text})
    report = ingest(home, source, mapping=parse_mapping(_KINDS, called="t"), as_of=AS_OF, accept=True)
    assert {row["transaction_id"]: row["kind"] for row in rows(home, "transactions")} == {
        "C1-2026-11-01": "card", "C1-2026-11-02": "transfer_in", "C1-2026-11-03": "transfer_out",
    }  # fmt: skip
    assert report.tables["transactions"].reasons == {"unknown_code": 1}
    assert (report.examples["transactions"][0].line, report.examples["transactions"][0].column) == (5, "kind")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (("glob =", "globe ="), r"file\.0\.glob"),
        (('customer_id = "no"', 'client = "no"'), "has no column client"),
        (('function = "band"', 'function = "python"'), r"file\.0\.also\.0\.derive\.balance"),
        (('demonstration = "flat"\nwhere', 'demonstration = "round"\nwhere'), "demonstration == round"),
        (('table = "customers"', 'table = "clients"'), "table == clients"),
        (("[file.constants]\nregion", "[file.constants]\ngender"), "given twice"),
        (("name =", "name"), "not TOML"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_path_of_its_key(spoil: tuple[str, str], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        parse_mapping(_CLIENTS.replace(*spoil, 1), called="t")


def test_a_mapping_is_found_by_its_shipped_name_or_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(_CLIENTS, encoding="utf-8")
    assert load_mapping(str(path)).name == "t"
    assert load_mapping("cmb_fintech2020").name == "cmb_fintech2020"
    with pytest.raises(DocumentError, match="must be a TOML file or the name of a shipped mapping"):
        load_mapping("nobody")


_REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "cmb_fintech2020.zip"


@pytest.mark.skipif(not _REAL.exists(), reason="the real set is not beside the repository (../shared/data)")
def test_the_real_set_loads_every_row_of_its_three_files(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    report = ingest(home, _REAL, mapping=load_mapping("cmb_fintech2020"), as_of=AS_OF)
    counts = {name: (found.rows_in, found.accepted, found.quarantined) for name, found in report.tables.items()}
    assert counts == {
        "customers": (4000, 4000, 0),
        "transactions": (142_645, 142_645, 0),
        "app_events": (95_669, 95_669, 0),
    }
    assert sum(file.rows_in for file in report.files.values()) == 4000 + 142_645 + 95_669
    assert "cmb_fintech2020/评分数据集_tag_b.csv" in report.files
    assert Home.open(home.root).settings.kind == "demonstration"
    amounts = [row["amount"] for row in rows(home, "transactions")]
    with zipfile.ZipFile(_REAL) as archive:
        name = next(name for name in archive.namelist() if name.endswith("trd_b.csv"))
        told = archive.read(name).decode().splitlines()[1:]
    assert sum(amounts) == sum(fen(line.rsplit(",", 1)[1]) for line in told)
    assert {"consents", "suitability", "staff", "branches"} <= {said.about for said in report.not_computable}


def test_a_mapping_leaves_files_in_contract_names_to_the_contract(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    report = ingest(home, only(tmp_path, "all", FILES), mapping=parse_mapping(_EVENTS, called="t"), as_of=AS_OF)
    assert report.tables["customers"].accepted == 10
