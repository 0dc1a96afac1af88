"""The demo command: one JSON object, the same twice, and honest about what it could not estimate."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import command, json_of

STATES = {"pending", "claimed", "sent", "suppressed", "failed", "expired", "unknown"}


def test_prints_every_figure_that_it_promises(demo: tuple[Path, dict[str, Any]]) -> None:
    _, printed = demo
    assert {
        "customers", "features", "models", "leads", "cards", "deliveries", "report", "pending", "seconds",
    } <= printed.keys()  # fmt: skip
    assert printed["customers"] == 700
    assert printed["features"] >= 55
    assert printed["models"] == 6
    assert printed["leads"] > 0
    assert printed["cards"] > 0
    assert set(printed["deliveries"]) <= STATES
    assert printed["deliveries"]["sent"] > 0


def test_reports_each_arm_once_as_an_estimate_or_as_pending_with_why(demo: tuple[Path, dict[str, Any]]) -> None:
    _, printed = demo
    for row in printed["report"]:
        assert row.keys() == {"strategy", "arm", "metric", "effect", "interval", "n"}
        low, high = row["interval"]
        assert low <= row["effect"] <= high
        assert row["n"] > 0
    for row in printed["pending"]:
        assert row["why"]
    arms = [(row["strategy"], row["arm"]) for row in [*printed["report"], *printed["pending"]]]
    assert len(arms) == len(set(arms))
    assert {strategy for strategy, _ in arms} == {"maturity-care/v1", "idle-salary/v1", "stay-close/v1"}


def test_gives_the_same_bank_and_the_same_nights_for_the_same_seed(tmp_path: Path) -> None:
    words = ("demo", "--no-serve", "--customers", "300", "--days", "1", "--seed", "11", "--home")
    runs = [json_of(*words, tmp_path / "first"), json_of(*words, tmp_path / "second", alone=True)]
    for run in runs:
        assert run.pop("seconds") > 0
    assert runs[0] == runs[1]
    assert str(tmp_path) not in json.dumps(runs[0])


def test_makes_a_bank_without_a_night_when_asked_for_none(fresh_bank: Path) -> None:
    assert json_of("run", "--status", "--home", fresh_bank) == {"as_of": None}
    assert list(fresh_bank.glob("tables/holdings/*.parquet")) or list(fresh_bank.glob("tables/holdings/**/*.parquet"))


def test_refuses_a_home_that_is_not_empty_and_keeps_it(demo: tuple[Path, dict[str, Any]]) -> None:
    home, _ = demo
    before = names(home)
    refused = command("demo", "--no-serve", "--home", home, "--json", code=2)
    assert "not empty" in refused.stderr
    assert names(home) == before


def names(home: Path) -> list[str]:
    """Return what stands in a home, without what SQLite puts beside its file while any test process reads it."""
    return sorted(path.name for path in home.iterdir() if not path.name.endswith(("-wal", "-shm")))
