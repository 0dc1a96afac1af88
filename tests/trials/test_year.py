"""The year by its command: what it prints, what it refuses, how it goes on."""

import json
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import command, command_line, json_of
from wealthloop.errors import InvalidInput
from wealthloop.reports.years import METRICS, from_json
from wealthloop.trials import Plan, play_year
from wealthloop.trials.jobs import Job, read_result, run_job


def test_a_year_without_effects_finds_none(tmp_path: Path) -> None:
    printed = json_of(
        "sandbox", "year", "--world", "no-effect", "--customers", "500", "--days", "30", "--policies", "bau,loop",
        "--keep", tmp_path / "kept", timeout=500,
    )  # fmt: skip
    assert list(printed["policies"]) == ["none", "bau", "loop"]
    assert {"seconds", "world", "world_version", "months"} <= set(printed)
    assert printed["world"] == "no-effect"
    for policy, figures in printed["policies"].items():
        for name in ("incremental_sales", "incremental_aum", "incremental_inflow"):
            assert figures[name]["mean"] == 0, (policy, name)
            assert figures[name]["interval"] == [0, 0]
    assert printed["policies"]["bau"]["contacts"]["mean"] > 100
    assert printed["policies"]["loop"]["contacts"]["mean"] > 20
    assert printed["policies"]["loop"]["strategies_confirmed"]["mean"] == 0
    assert printed["policies"]["loop"]["lost_to_holdouts"]["mean"] is None
    assert {metric.name for metric in METRICS} == set(printed["policies"]["loop"])
    (kept,) = (tmp_path / "kept").glob("*.json")
    assert json.loads(kept.read_text("utf-8")) == printed
    assert from_json(printed).name == kept.stem


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--policies", "none,best"), "policies == none,best, must be among none,bau"),
        (("--customers", "10"), "customers == 10, must be at least 500"),
        (("--days", "5"), "days == 5, must be at least 30"),
        (("--world", "atlantis"), "atlantis"),
    ],
)
def test_what_cannot_be_played_is_refused_by_name(words: tuple[str, ...], said: str) -> None:
    done = command("sandbox", "year", *words, code=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_every_fault_of_a_world_file_is_named_with_its_path(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text('base = "default"\n[wealth]\nmean_yuan = -1\nsize = 3\n[channels.sms]\nsold = 2.0\n', "utf-8")
    done = command("sandbox", "year", "--world", file, code=2)
    for path in ("wealth.mean_yuan", "wealth.size", "channels.sms.sold"):
        assert path in done.stderr
    assert "Traceback" not in done.stderr


def test_a_finished_part_is_not_played_again(tmp_path: Path) -> None:
    job = Job(world="default", seed=1, customers=500, measured=30, policies=("bau", "none"), folder=tmp_path)
    days: list[int] = []
    run_job(job, lambda: days.append(1))
    assert len(days) == 2 * len(job.calendar.days)
    assert job.missing == ()
    kept, extra = read_result(job.result("none"))
    assert extra == {}
    assert kept["contacts"].sum() == 0
    job.result("bau").unlink()
    days.clear()
    run_job(job, lambda: days.append(1))
    assert len(days) == len(job.calendar.days)
    assert not list(tmp_path.rglob("*half*"))


def test_two_seeds_give_intervals_over_seeds_and_a_killed_year_goes_on(tmp_path: Path) -> None:
    plan = Plan(world="default", customers=500, days=30, seeds=2, policies=("bau",))
    seen: list[tuple[int, int]] = []
    first = play_year(plan, workers=2, folder=tmp_path, on_progress=lambda done, whole: seen.append((done, whole)))
    assert first.intervals_over == "seeds"
    assert first.seeds == (1, 2)
    assert seen[-1] == (4 * 60, 4 * 60)
    (folder,) = tmp_path.iterdir()
    (folder / "seed-2" / "none.npz").unlink()
    again = play_year(plan, workers=1, folder=tmp_path)
    assert again.policies == first.policies
    totals = [read_result(folder / f"seed-{seed}" / "bau.npz")[0]["sales"].sum() for seed in (1, 2)]
    assert first.policies["bau"]["sales"].mean == pytest.approx(np.mean(totals))


def test_a_plan_without_policies_is_refused() -> None:
    with pytest.raises(InvalidInput, match="policies"):
        Plan(world="default", customers=500, days=30, seeds=1, policies=()).check()


def test_the_parts_of_a_killed_year_end_with_it(tmp_path: Path) -> None:
    words = ["sandbox", "year", "--customers", "500", "--days", "365", "--policies", "oracle", "--work", str(tmp_path)]
    with subprocess.Popen([*command_line(), *words], stderr=subprocess.DEVNULL) as year:
        while not list(tmp_path.rglob("oracle-none")):
            time.sleep(0.2)
        parts = [int(pid) for pid in Path(f"/proc/{year.pid}/task/{year.pid}/children").read_text().split()]
        year.kill()
    assert parts
    ends = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in parts) and time.monotonic() < ends:
        time.sleep(0.2)
    assert not any(Path(f"/proc/{pid}").exists() for pid in parts)
    assert not list(tmp_path.rglob("oracle.npz"))
