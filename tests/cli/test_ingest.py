"""Loading a bank's files from the command line: exit codes, counts that add up, faults that are named."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.bank.source import FILES, source_at
from tests.conftest import command, json_of

REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "cmb_fintech2020.zip"
ON = ("--as-of", "2026-11-20")
SPOILT = {"customers.csv": FILES["customers.csv"].replace("1980,2020-01-03", "1980,2020-13-03", 1)}


def kept(home: Path) -> dict[str, bytes]:
    """Return the bytes of every table of a home."""
    return {str(file.relative_to(home)): file.read_bytes() for file in sorted((home / "tables").rglob("*.parquet"))}


def check_counts(report: dict[str, Any]) -> None:
    for counts in (*report["tables"].values(), *report["derived"].values()):
        assert counts["rows_in"] == counts["accepted"] + counts["quarantined"]
        assert counts["quarantined"] == sum(counts["reasons"].values())
    rows = sum(file["rows_in"] for file in report["files"].values())
    assert rows == sum(counts["rows_in"] for counts in report["tables"].values())


def test_i23_good_files_load_and_loading_them_again_changes_nothing(tmp_path: Path) -> None:
    home, source = tmp_path / "home", source_at(tmp_path)
    first = json_of("ingest", source, "--home", home, *ON)
    check_counts(first)
    assert first["status"] == "loaded"
    assert {name: counts["accepted"] for name, counts in first["tables"].items()} == {
        "customers": 10, "holdings": 20, "transactions": 9,
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps(first)
    before = kept(home)
    again = json_of("ingest", source, "--home", home, *ON, alone=True)
    assert all(file["seen_before"] for file in again["files"].values())
    assert all(not (found["added"] or found["corrected"]) for found in again["changes"].values())
    assert kept(home) == before


def test_a_gate_asks_and_a_person_may_load_anyway_with_every_fault_named(tmp_path: Path) -> None:
    home, source = tmp_path / "home", source_at(tmp_path, SPOILT)
    stopped = command("ingest", source, "--home", home, *ON, "--json", code=3)
    error = json.loads(stopped.stdout)["error"]
    assert error["code"] == "gate"
    assert "customers: 1 of 10 rows refused" in error["message"]
    assert "--accept" in error["message"]
    assert kept(home) == {}
    report = json_of("ingest", source, "--home", home, *ON, "--accept")
    check_counts(report)
    assert report["tables"]["customers"] == {
        "rows_in": 10, "accepted": 9, "quarantined": 1, "reasons": {"wrong_type": 1},
    }  # fmt: skip
    refused = report["examples"]["customers"][0]
    assert {key: refused[key] for key in ("file", "line", "column", "rule")} == {
        "file": "customers.csv", "line": 3, "column": "open_date", "rule": "wrong_type",
    }  # fmt: skip
    assert "张三" not in json.dumps(report, ensure_ascii=False)


def test_a_source_that_is_not_there_is_refused_without_a_traceback(tmp_path: Path) -> None:
    done = command("ingest", tmp_path / "none", "--home", tmp_path / "home", *ON, "--json", code=2)
    assert json.loads(done.stdout)["error"] == {"code": "bank_data", "message": "none: no such file or folder"}
    assert "Traceback" not in done.stderr


def test_a_home_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "home.toml").write_text("schema_version = 999\n", encoding="utf-8")
    done = command("ingest", source_at(tmp_path), "--home", home, *ON, code=2)
    assert "schema_version == 999" in done.stderr.replace("\n", " ")
    assert "use the newer wealthloop" in done.stderr.replace("\n", " ")
    assert [file.name for file in home.iterdir()] == ["home.toml"]


@pytest.mark.skipif(not REAL.exists(), reason="the real set is not beside the repository (../shared/data)")
def test_i23_the_real_set_adds_up_to_every_row_of_its_three_files(tmp_path: Path) -> None:
    report = json_of("ingest", REAL, "--mapping", "cmb_fintech2020", "--home", tmp_path / "home", *ON)
    check_counts(report)
    assert {name: counts["accepted"] for name, counts in report["tables"].items()} == {
        "customers": 4_000, "transactions": 142_645, "app_events": 95_669,
    }  # fmt: skip
    assert report["kind"] == "demonstration"
