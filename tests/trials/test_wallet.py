"""The wallet against worlds: intervals keep their word there, and the truth stays with the world."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from wealthloop.cli.app import app
from wealthloop.errors import InvalidInput
from wealthloop.insight.tiers import TIERS
from wealthloop.sandbox import World
from wealthloop.trials.wallet import Judged, WalletPlan, draw, judge, summary
from wealthloop.trials.watch import Watch

_SEEDS = (1, 2, 3)


@cache
def _draws() -> tuple[Judged, ...]:
    plan = WalletPlan(world="small-city-bank", customers=1200, seeds=len(_SEEDS))
    return tuple(draw(plan, seed) for seed in _SEEDS)


def test_intervals_keep_their_word_and_would_not_without_the_calibration() -> None:
    found = summary(_draws())
    for one in found["levels"]:
        assert one["coverage"] == pytest.approx(one["level"], abs=2 * one["noise"])
        assert one["coverage"] > one["without_calibration"] + 0.02
        assert one["without_calibration"] < one["level"] - one["noise"]


def test_the_estimate_is_nearer_than_everyones_middle_and_than_peers_alone() -> None:
    errors = summary(_draws())["errors"]
    assert errors["wallet"]["mean_absolute_yuan"] < errors["one_amount"]["mean_absolute_yuan"]
    assert errors["wallet"]["median_times"] < min(errors[name]["median_times"] for name in ("peers", "one_share"))


def test_the_figures_are_counts_over_customers_who_were_never_verified() -> None:
    found, draws = summary(_draws()), _draws()
    assert found["audited"] == sum(one.audited for one in draws)
    assert found["judged"] == sum(int((~one.verified).sum()) for one in draws)
    level = found["levels"][0]
    groups = {row["group"]: row for row in level["groups"]}
    assert sum(groups[tier.name]["n"] for tier in TIERS) == found["judged"]
    held = sum(groups[tier.name]["n"] * (groups[tier.name]["coverage"] or 0) for tier in TIERS)
    assert held / found["judged"] == pytest.approx(level["coverage"])
    assert groups["verified"]["n"] == sum(int(one.verified.sum()) for one in draws)
    assert 0 < groups["refuses_personalisation"]["n"] < found["judged"] / 5
    one = draws[0]
    blown = replace(one, truth=np.full(len(one.truth), 1e15))
    assert summary([blown])["levels"][1]["coverage"] == 0.0


def test_the_truth_changes_what_is_judged_and_nothing_that_is_estimated(past: tuple[World, Watch]) -> None:
    world, watch = past
    spoilt = world.fork()
    assert spoilt._played is not None
    spoilt._played.state.off_bank = spoilt._played.state.off_bank * 3
    plain, other = judge(world, watch), judge(spoilt, watch)
    assert (other.truth == 3 * plain.truth).all()
    assert all((other.guesses[name] == plain.guesses[name]).all() for name in plain.guesses)
    assert all((other.ends[level][1] == plain.ends[level][1]).all() for level in plain.ends)


@pytest.mark.parametrize(("customers", "seeds"), [(499, 1), (500, 0)])
def test_too_small_a_plan_is_refused(customers: int, seeds: int) -> None:
    with pytest.raises(InvalidInput, match="must be at least"):
        WalletPlan(world="default", customers=customers, seeds=seeds).check()


def test_the_command_prints_what_was_measured() -> None:
    words = ["sandbox", "wallet", "--world", "default", "--customers", "500", "--seeds", "1", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["world"], found["customers"], found["seeds"]) == ("default", 500, [1])
    assert [one["level"] for one in found["levels"]] == [0.8, 0.9]
    assert {"coverage", "noise", "within_2_points", "mean_width_yuan", "groups"} <= set(found["levels"][0])
