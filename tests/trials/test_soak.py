"""Whole years in the worlds that are made to fool: long runs, kept out of ``make test``."""

from pathlib import Path

import pytest

from tests.conftest import json_of

pytestmark = pytest.mark.soak


def test_without_effects_hardly_a_seed_confirms_anything_and_intervals_hold_nought(tmp_path: Path) -> None:
    printed = json_of(
        "sandbox", "year", "--world", "no-effect", "--customers", "1500", "--days", "150", "--seeds", "20",
        "--policies", "loop", "--work", tmp_path, timeout=7200,
    )  # fmt: skip
    figures, months = printed["policies"]["loop"], printed["months"]
    assert figures["incremental_sales"] == {"mean": 0.0, "interval": [0.0, 0.0], "why": ""}
    assert months[-1]["confirmed"] <= 3
    assert figures["interval_coverage"]["mean"] >= 0.95
    assert sum(month["reported"] for month in months) >= 40


def test_where_contacts_harm_the_platform_makes_fewer_and_drives_fewer_away(tmp_path: Path) -> None:
    printed = json_of(
        "sandbox", "year", "--world", "hostile", "--customers", "1500", "--days", "120", "--seeds", "2",
        "--policies", "bau,loop", "--work", tmp_path, timeout=3600,
    )  # fmt: skip
    bau, loop = printed["policies"]["bau"], printed["policies"]["loop"]
    assert loop["contacts"]["mean"] < bau["contacts"]["mean"]
    assert loop["opt_outs"]["mean"] < bau["opt_outs"]["mean"]
