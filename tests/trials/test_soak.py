"""Whole years in the worlds that are made to fool: long runs, kept out of ``make test``."""

import subprocess
import time
from pathlib import Path

import pytest
from scipy.stats import binomtest

from tests.conftest import command_line, json_of

pytestmark = pytest.mark.soak

_BUSY = """
base = "no-effect"
version = 1
name = "busy-no-effect"
about = "a bank in which every contact does nothing and customers often buy of themselves"

[appetite]
base_monthly = 0.48
"""


def test_without_effects_hardly_a_small_seed_confirms_anything(tmp_path: Path) -> None:
    printed = json_of(
        "sandbox", "year", "--world", "no-effect", "--customers", "1500", "--days", "150", "--seeds", "20",
        "--policies", "loop", "--work", tmp_path, timeout=7200,
    )  # fmt: skip
    figures = printed["policies"]["loop"]
    assert figures["incremental_sales"] == {"mean": 0.0, "interval": [0.0, 0.0], "why": ""}
    assert figures["strategies_started"]["mean"] >= 1
    assert 20 * figures["strategies_confirmed"]["mean"] <= 3


def test_without_effects_intervals_hold_nought(tmp_path: Path) -> None:
    """Small seeds of the shipped world show hardly an interval: too few customers buy of themselves. Here many do."""
    world = tmp_path / "busy.toml"
    world.write_text(_BUSY, "utf-8")
    printed = json_of(
        "sandbox", "year", "--world", world, "--customers", "1500", "--days", "90", "--seeds", "10", "--policies",
        "loop", "--work", tmp_path / "work", timeout=7200,
    )  # fmt: skip
    months = printed["months"]
    reported, covering = (sum(month[name] for month in months) for name in ("reported", "covering"))
    assert reported >= 3
    assert covering >= 0.95 * reported
    assert 10 * printed["policies"]["loop"]["strategies_confirmed"]["mean"] <= 2


def test_where_contacts_harm_the_platform_makes_fewer_and_drives_fewer_away(tmp_path: Path) -> None:
    printed = json_of(
        "sandbox", "year", "--world", "hostile", "--customers", "1500", "--days", "120", "--seeds", "2",
        "--policies", "bau,loop", "--work", tmp_path, timeout=3600,
    )  # fmt: skip
    bau, loop = printed["policies"]["bau"], printed["policies"]["loop"]
    assert loop["contacts"]["mean"] < bau["contacts"]["mean"]
    assert loop["opt_outs"]["mean"] < bau["opt_outs"]["mean"]


def test_one_strategy_grows_a_tree_whose_confirmed_children_are_true(tmp_path: Path) -> None:
    """The published tree: false ones are surely no more than 5 %, and reported intervals hold the truth."""
    seeds = 5
    printed = json_of(
        "sandbox", "year", "--customers", "50000", "--days", "365", "--seeds", str(seeds), "--policies", "loop",
        "--work", tmp_path, timeout=40_000,
    )  # fmt: skip
    figures = printed["policies"]["loop"]
    false, confirmed = (round(seeds * figures[name]["mean"]) for name in ("false_discoveries", "strategies_confirmed"))
    assert figures["strategies_started"]["mean"] > 10
    assert confirmed > 0
    assert binomtest(false, confirmed).proportion_ci(0.90, method="exact").low <= 0.05
    assert figures["interval_coverage"]["interval"][1] >= 0.95


def test_a_killed_year_of_the_platform_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    words = ("sandbox", "year", "--customers", "500", "--days", "65", "--policies", "loop", "--workers", "1", "--json")
    whole = json_of(*words, "--work", tmp_path / "whole", timeout=1200)
    with subprocess.Popen(
        [*command_line(), *words, "--work", str(tmp_path / "cut")], stdout=subprocess.DEVNULL
    ) as year:
        while not list(tmp_path.rglob("loop.evening")):
            assert year.poll() is None
            time.sleep(0.1)
        time.sleep(2)
        year.kill()
    assert not list((tmp_path / "cut").rglob("loop.npz"))
    again = json_of(*words, "--work", tmp_path / "cut", timeout=1200, alone=True)
    assert not list(tmp_path.rglob("loop.evening*"))
    assert again["policies"] == whole["policies"]
    assert again["months"] == whole["months"]
