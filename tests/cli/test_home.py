"""A home from the command line: its people, the stop, a night that has nothing to work on, reports, upgrades."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from tests.conftest import command, json_of

from wealthloop.kit import Home

PASSWORD = "a-long-enough-secret"


def people(home: Path, username: str, *words: str, code: int = 0) -> str:
    done = command("people", "add", username, "--home", home, "--password", PASSWORD, *words, code=code)
    return (done.stdout + done.stderr).replace("\n", " ")


def test_people_are_added_with_the_scope_that_their_role_needs(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    assert "wang can log in as rm" in people(home, "wang", "--role", "rm", "--staff-id", "S1")
    assert "staff_id is empty" in people(home, "sun", "--role", "rm", code=2)
    assert "is taken" in people(home, "wang", "--role", "head", code=4)
    assert command("people", "list", "--home", home).stdout == "wang\trm\tS1\t\n"
    with sqlite3.connect(home / "state.sqlite3") as connection:
        assert PASSWORD not in str(connection.execute("SELECT * FROM access_person").fetchall())


def test_a_home_without_tables_has_no_night_and_no_report(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    assert "wealthloop ingest" in command("run", "--home", home, "--as-of", "2026-11-20", code=2).stderr
    assert json_of("run", "--home", home, "--status") == {"as_of": None}
    assert "no night is complete" in command("report", "--home", home, code=4).stderr
    assert "must be written as YYYY-MM-DD" in command("run", "--home", home, "--as-of", "20 Nov", code=2).stderr


def test_the_report_after_the_newest_night_is_the_one_that_the_demo_printed(demo: tuple[Path, dict[str, Any]]) -> None:
    home, printed = demo
    found = json_of("report", "--home", home)
    assert found == {name: value for name, value in printed.items() if name != "seconds"}
    table = command("report", "--home", home)
    assert table.stdout == ""
    assert f"as of {printed['as_of']}, 24:00" in table.stderr


def test_i6_after_a_stop_nothing_leaves_until_somebody_lifts_it(
    demo: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo[0], home)
    with sqlite3.connect(home / "state.sqlite3") as connection:
        connection.execute("UPDATE delivery_intent SET state = 'pending', finished_at = NULL WHERE channel <> 'rm'")
        waiting = connection.execute("SELECT COUNT(*) FROM delivery_intent WHERE state = 'pending'").fetchone()[0]
        connection.execute("DELETE FROM delivery_receipt")
    assert waiting > 0
    assert command("stop", "--home", home, "--by", "compliance", "--reason", "drill").stdout.startswith("stopped")
    before = json_of("deliver", "--home", home)["deliveries"]
    assert before.get("sent", 0) == 0
    with sqlite3.connect(home / "state.sqlite3") as connection:
        reasons = connection.execute("SELECT reason FROM delivery_intent WHERE state = 'suppressed'").fetchall()
        assert reasons
        assert all("GS-01" in reason for (reason,) in reasons)
        connection.execute("UPDATE delivery_intent SET state = 'pending', reason = '' WHERE state = 'suppressed'")
    assert command("resume", "--home", home, "--by", "compliance").stdout.startswith("lifted")
    assert json_of("deliver", "--home", home)["deliveries"].get("sent", 0) > 0
    with sqlite3.connect(home / "state.sqlite3") as connection:
        noted = [row[0] for row in connection.execute("SELECT verb FROM access_auditentry ORDER BY 1")]
    assert {"stop.put", "stop.lifted"} <= set(noted)


def test_a_state_of_an_older_version_is_refused_until_it_is_migrated(
    demo: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo[0], home)
    with sqlite3.connect(home / "state.sqlite3") as connection:
        for name in ("placement", "taken", "intradayrun", "runstep", "run"):
            connection.execute(f"DROP TABLE loop_{name}")
        connection.execute("DELETE FROM django_migrations WHERE app = 'loop'")
    refused = command("run", "--status", "--home", home, "--json", code=2)
    assert "wealthloop migrate" in json.loads(refused.stdout)["error"]["message"]
    assert "up to date" in command("migrate", "--home", home).stdout
    assert json_of("run", "--status", "--home", home)["as_of"] == demo[1]["as_of"]
