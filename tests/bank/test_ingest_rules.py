"""Every rule of the contract: file, line, column and rule are named; good rows load, bad ones are kept aside."""

from datetime import date
from pathlib import Path

import pytest

from tests.bank.source import AS_OF, FILES, home_at, load, only, rows, source_at
from wealthloop.bank import refused_rows, reports
from wealthloop.errors import BankDataError, GateStopped

_GOOD = FILES["transactions.csv"]


def _spoiled(line: str) -> str:
    return f"{_GOOD}{line}\n"


@pytest.mark.parametrize(
    ("line", "column", "rule", "text"),
    [
        ("T99,C1,yesterday,salary,1", "at", "wrong_type", "yesterday"),
        ("T99,C1,2026-02-30 10:00:00,salary,1", "at", "wrong_type", "2026-02-30 10:00:00"),
        ("T99,C1,2026-11-19 10:00:00,salary,a lot", "amount", "wrong_type", "a lot"),
        ("T99,C1,2026-11-19 10:00:00,salary,1.005", "amount", "money_precision", "1.005"),
        ("T99,C1,2026-11-19 10:00:00,bonus,1", "kind", "unknown_code", "bonus"),
        ("T99,,2026-11-19 10:00:00,salary,1", "customer_id", "missing_value", ""),
        ("T99,C1,2026-11-21 00:00:01,salary,1", "at", "future_date", "2026-11-21 00:00:01"),
        ("T1,C2,2026-11-19 10:00:00,salary,1", "transaction_id", "duplicate_key", "T1"),
        ("T99,C1,2026-11-19 10:00:00,salary", "", "cell_count", '["T99", "C1", "2026-11-19 10:00:00", "salary"]'),
    ],
)
def test_a_bad_row_is_kept_aside_with_file_line_column_rule_and_text(
    tmp_path: Path, line: str, column: str, rule: str, text: str
) -> None:
    home = home_at(tmp_path)
    report = load(home, source_at(tmp_path, {"transactions.csv": _spoiled(line)}), accept=True)
    counts = report.tables["transactions"]
    assert (counts.rows_in, counts.accepted, counts.quarantined, counts.reasons) == (10, 9, 1, {rule: 1})
    (seen,) = report.examples["transactions"]
    assert (seen.file, seen.line, seen.column, seen.rule, seen.text) == ("transactions.csv", 11, column, rule, text)
    (kept,) = refused_rows(home, report.load, "transactions")
    assert line.split(",", maxsplit=1)[0] in str(kept["row"])
    assert sorted(row["transaction_id"] for row in rows(home, "transactions")) == [f"T{n}" for n in range(1, 10)]


def test_the_first_of_two_rows_with_one_key_is_kept(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path, {"transactions.csv": _spoiled("T1,C2,2026-11-19 10:00:00,fee,1")}), accept=True)
    assert [row["kind"] for row in rows(home, "transactions") if row["transaction_id"] == "T1"] == ["salary"]


def test_a_null_is_a_value_of_a_key(tmp_path: Path) -> None:
    doubled = FILES["holdings.csv"] + "C1,P1,2026-11-18,7\n"
    report = load(home_at(tmp_path), source_at(tmp_path, {"holdings.csv": doubled}), accept=True)
    assert report.tables["holdings"].reasons == {"duplicate_key": 1}


def test_a_day_after_the_load_is_refused_but_a_maturity_may_lie_ahead(tmp_path: Path) -> None:
    holdings = (
        "customer_id,product_id,as_of,balance,maturity_date\nC1,P1,2026-11-20,1,2030-01-01\nC1,P1,2026-11-21,1,\n"
    )
    report = load(home_at(tmp_path), source_at(tmp_path, {"holdings.csv": holdings}), accept=True)
    assert report.tables["holdings"].reasons == {"future_date": 1}


def test_the_text_of_a_bad_name_or_birth_date_is_masked_in_the_report_and_encrypted_aside(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    customers = "customer_id,birth_date,open_date\nC1,13800000001,2020-01-01\nC2,1980-01-01,2020-01-01\n"
    report = load(home, source_at(tmp_path, {"customers.csv": customers}), accept=True)
    (seen,) = report.examples["customers"]
    assert seen.text == "1**********"
    stored = b"".join(path.read_bytes() for path in home.quarantine.rglob("*.parquet"))
    assert b"13800000001" not in stored
    (kept,) = refused_rows(home, report.load, "customers")
    assert kept["text"] == "13800000001"


def test_names_are_stored_encrypted(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    tokens = [row["name"] for row in rows(home, "customers") if row["customer_id"] == "C1"]
    assert home.cipher.decrypt(tokens[0]) == "张三1"


def test_a_missing_required_table_stops_the_first_load(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    with pytest.raises(BankDataError, match="table holdings, rule missing_table"):
        load(home, source_at(tmp_path, {"holdings.csv": None}))
    assert not (home.tables / "CURRENT").exists()
    assert reports(home)[-1].status == "refused"


def test_a_missing_required_column_is_named_with_its_file(tmp_path: Path) -> None:
    spoiled = {"holdings.csv": "customer_id,product_id,as_of\nC1,P1,2026-11-19\n"}
    with pytest.raises(BankDataError, match=r"holdings\.csv, line 1, column balance, rule missing_column"):
        load(home_at(tmp_path), source_at(tmp_path, spoiled))


def test_an_optional_table_without_its_column_is_kept_aside_whole_and_asks(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    source = source_at(tmp_path, {"staff.csv": "staff_id,role\nS1,rm\n"})
    with pytest.raises(GateStopped, match="missing_column 1"):
        load(home, source)
    report = load(home, source, accept=True)
    assert report.tables["staff"].reasons == {"missing_column": 1}
    assert report.files["staff.csv"].fault == "line 1, column branch_id, rule missing_column"


def test_birth_year_may_stand_for_birth_date_but_one_column_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BankDataError, match="column birth_date or birth_year, rule missing_column"):
        load(home_at(tmp_path), source_at(tmp_path, {"customers.csv": "customer_id,open_date\nC1,2020-01-01\n"}))


def test_where_nothing_at_all_is_good_nothing_is_loaded_even_when_accepted(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    spoiled = "transaction_id,customer_id,at,kind,amount\nT77,C1,never,salary,1\n"
    with pytest.raises(BankDataError, match="line 2, column at, rule wrong_type"):
        load(home, only(tmp_path, "day", {"transactions_d.csv": spoiled}), accept=True)


def test_an_unknown_column_is_reported_as_ignored(tmp_path: Path) -> None:
    staff = "staff_id,role,branch_id,shoe_size\nS1,rm,B1,43\n"
    report = load(home_at(tmp_path), source_at(tmp_path, {"staff.csv": staff}))
    assert report.files["staff.csv"].ignored_columns == ("shoe_size",)
    assert "shoe_size" not in report.missing_columns["staff"]


def test_what_absent_tables_cost_is_said_in_both_languages(tmp_path: Path) -> None:
    report = load(home_at(tmp_path), source_at(tmp_path))
    said = {sentence.about: sentence for sentence in report.not_computable}
    assert "nobody may be contacted" in said["consents"].en
    assert "customers" not in said


def test_the_report_holds_no_path_of_the_machine(tmp_path: Path) -> None:
    report = load(home_at(tmp_path), source_at(tmp_path))
    assert str(tmp_path) not in str(report.to_json())
    assert list(report.to_json())[:2] == ["files", "tables"]


@pytest.mark.parametrize("name", ["password", "card_cvv", "PIN", "指纹特征", "登录密码"])
def test_i21_a_column_named_like_a_credential_is_refused_with_the_source(tmp_path: Path, name: str) -> None:
    home = home_at(tmp_path)
    with pytest.raises(BankDataError, match="c3_refused"):
        load(home, source_at(tmp_path, {"staff.csv": f"staff_id,role,branch_id,{name}\nS1,rm,B1,x\n"}))
    assert not list(home.root.rglob("*.parquet"))


def test_i21_whole_card_numbers_are_refused_whatever_the_column_is_called(tmp_path: Path) -> None:
    cards = "staff_id,role,branch_id,note\nS1,rm,B1,4111111111111111\nS2,rm,B1,5500 0000 0000 0004\nS3,rm,B1,no\n"
    with pytest.raises(BankDataError, match="2 of 3 cells look like whole card numbers"):
        load(home_at(tmp_path), source_at(tmp_path, {"staff.csv": cards}))


def test_ordinary_long_numbers_are_no_cards(tmp_path: Path) -> None:
    many = "".join(f"S{n},rm,B1,{6222021234567890000 + n}\n" for n in range(100))
    report = load(home_at(tmp_path), source_at(tmp_path, {"staff.csv": f"staff_id,role,branch_id,note\n{many}"}))
    assert report.tables["staff"].accepted == 100


def test_money_is_exact_to_the_fen(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    amounts = ["0.1", "-0.29", "1,234,567.89", "+7", "100.5000", ".5"]
    lines = "".join(f'T{n},C1,2026-11-19,fee,"{text}"\n' for n, text in enumerate(amounts))
    load(home, source_at(tmp_path, {"transactions.csv": f"transaction_id,customer_id,at,kind,amount\n{lines}"}))
    found = {row["transaction_id"]: row["amount"] for row in rows(home, "transactions")}
    assert [found[f"T{n}"] for n in range(6)] == [10, -29, 123_456_789, 700, 10_050, 50]


def test_instants_are_stored_in_utc_beside_their_bank_day(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    text = (
        "transaction_id,customer_id,at,kind,amount\nT1,C1,2026-11-19 00:30:00,fee,1\nT2,C1,2026-11-18T20:00:00Z,fee,1\n"
    )
    load(home, source_at(tmp_path, {"transactions.csv": text}))
    found = {row["transaction_id"]: (row["at"].isoformat(), row["at_day"]) for row in rows(home, "transactions")}
    assert found == {
        "T1": ("2026-11-18T16:30:00", date(2026, 11, 19)),
        "T2": ("2026-11-18T20:00:00", date(2026, 11, 19)),
    }


def test_the_home_needs_no_state_plane(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path), as_of=AS_OF)
    assert not home.state.exists()
