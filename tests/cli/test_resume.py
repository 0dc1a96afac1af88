"""A night that is killed anywhere and run again ends in the same state, and nothing is sent twice."""

import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import command, environment, json_of
from tests.starts import start

from wealthloop.kit import bucket

FIRST_NIGHT = "2026-11-20"
OUTBOX = "SELECT * FROM delivery_intent ORDER BY intent_id"
CARDS = (
    "SELECT intent_id, customer_id, staff_id, state, content, expires_on, rank FROM delivery_card ORDER BY intent_id"
)


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute(query).fetchall()


def ledger_of(home: Path) -> list[dict[str, Any]]:
    """Return every decision without its person key: a new customer's key is random in each home."""
    files = sorted(home.glob("ledger/*/decisions.parquet"))
    return [row for file in files for row in pq.read_table(file).drop_columns(["person_key"]).to_pylist()]


def known_of(home: Path) -> list[str]:
    """Return what the plans knew of each person, without the key, by which it is sorted in each home."""
    files = sorted(home.glob("ledger/*/known.parquet"))
    return sorted(repr(row) for file in files for row in pq.read_table(file).drop_columns(["person_key"]).to_pylist())


def accepted_keys(home: Path) -> list[tuple[Any, ...]]:
    return rows(home / "fake_provider.sqlite3", "SELECT key, COUNT(*) FROM accepted GROUP BY key ORDER BY key")


def run_and_kill(home: Path, as_of: str, after: float) -> bool:
    """Start the night, kill it after some seconds; tell whether it was still running."""
    nowhere = Path(os.devnull)
    words = ("run", "--as-of", as_of, "--home", str(home))
    try:
        start(words, environment=environment(), out=nowhere, err=nowhere).wait(after)
    except TimeoutError:
        return True
    return False


def check_kills(bank: Path, tmp_path: Path, kills: int) -> None:
    """Run the bank's first night whole in one copy, and killed again and again in another."""
    reference = tmp_path / "reference"
    shutil.copytree(bank, reference)
    as_of = FIRST_NIGHT
    began = time.monotonic()
    command("run", "--as-of", as_of, "--home", reference)
    whole = time.monotonic() - began

    killed = tmp_path / "killed"
    shutil.copytree(bank, killed)
    interrupted = sum(
        run_and_kill(killed, as_of, after=whole * (0.15 + 0.85 * bucket("kill", str(number))))
        for number in range(kills)
    )
    assert interrupted > 0
    command("run", "--as-of", as_of, "--home", killed, alone=True)

    assert len(rows(reference / "state.sqlite3", OUTBOX)) >= 5
    assert rows(killed / "state.sqlite3", OUTBOX) == rows(reference / "state.sqlite3", OUTBOX)
    assert rows(killed / "state.sqlite3", CARDS) == rows(reference / "state.sqlite3", CARDS)
    assert ledger_of(killed) == ledger_of(reference)
    assert known_of(killed) == known_of(reference) != []
    assert accepted_keys(killed) == accepted_keys(reference)
    assert all(times == 1 for _, times in accepted_keys(killed))


def test_i1_a_night_killed_at_random_moments_ends_in_the_same_outbox(fresh_bank: Path, tmp_path: Path) -> None:
    check_kills(fresh_bank, tmp_path, kills=4)


@pytest.mark.soak
def test_i1_a_night_killed_at_twenty_moments_ends_in_the_same_outbox(fresh_bank: Path, tmp_path: Path) -> None:
    check_kills(fresh_bank, tmp_path, kills=20)


def test_a_night_that_is_done_is_not_done_again(demo: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo[0], home)
    as_of = json_of("run", "--status", "--home", home)["as_of"]
    before = rows(home / "state.sqlite3", OUTBOX)
    again = json_of("run", "--as-of", as_of, "--home", home)
    assert again["resumed"]
    assert rows(home / "state.sqlite3", OUTBOX) == before
