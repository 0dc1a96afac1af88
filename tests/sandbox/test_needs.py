"""Lives move from stage to stage, markets move appetite, and the truth stays apart from the tables."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from tests.sandbox.makers import day, world_from, world_of
from wealthloop.bank.contract import CATEGORIES
from wealthloop.sandbox.leanings import STAGES
from wealthloop.sandbox.needs import needs_of


def test_shares_of_life_stages_by_age_hardly_move_in_two_years_while_people_do() -> None:
    world = world_of(customers=2000, days=1)
    scene = world._played
    assert scene is not None
    before = scene.state.stage.copy()
    for number in range(1, 731):
        world.begin(day(number))
        world.end()
    after = scene.state.stage
    shares = [np.bincount(stage, minlength=len(STAGES)) / world.size for stage in (before, after)]

    assert 0.03 < (before != after).mean() < 0.25
    assert np.abs(shares[0] - shares[1]).max() < 0.08


def test_nobody_leaves_retirement_and_children_come_to_couples_only() -> None:
    world = world_of(customers=2000, days=1)
    scene = world._played
    assert scene is not None
    retired, children = STAGES.index("retired"), STAGES.index("young_children")
    stage = scene.state.stage.copy()
    for number in range(1, 200):
        world.begin(day(number))
        world.end()
        now = scene.state.stage
        assert (now[stage == retired] == retired).all()
        assert (stage[(now == children) & (stage != children)] == STAGES.index("couple")).all()
        stage = now.copy()


def test_own_needs_are_kept_up_to_date_with_stage_and_market() -> None:
    world = world_of(customers=500, days=1)
    scene = world._played
    assert scene is not None
    everybody, regimes = np.arange(world.size), set()
    for number in range(1, 400):
        world.begin(day(number))
        world.end()
        regimes.add(scene.market.regime)
        if number % 40 == 0:
            fresh = needs_of(scene, everybody) @ scene.leanings.share
            assert np.allclose(scene.state.own_need, fresh)

    assert len(regimes) > 1


def test_a_falling_market_takes_the_appetite_for_shares(tmp_path: Path) -> None:
    bought = {}
    for regime in ("bull", "bear"):
        market = f'[market]\nregimes = ["{regime}"]\n' + "".join(
            f"{factor}_{kind} = [0.01]\n" for factor in ("equity", "bond", "gold") for kind in ("drift", "vol")
        )
        other = "bear" if regime == "bull" else "bull"
        default = (Path(__file__).parents[2] / "src/wealthloop/sandbox/worlds/default.toml").read_text(encoding="utf-8")
        start = default.index(f"[appetite.regime.{other}]")
        end = min(i for i in (default.find("[appetite.regime", start + 5), default.find("[contact]", start)) if i > 0)
        (tmp_path / "one.toml").write_text(default[:start] + default[end:], encoding="utf-8")
        world = world_from(tmp_path, market, customers=4000, base="one.toml")
        scene, count = world._played, 0
        assert scene is not None
        for number in range(1, 61):
            world.begin(day(number))
            events = world.end()
            categories = scene.catalogue.category[events.bought_product]
            count += int((categories == CATEGORIES.index("equity_fund")).sum())
        bought[regime] = count

    assert bought["bear"] < 0.75 * bought["bull"]


def test_the_truth_is_written_apart_and_holds_one_row_a_customer(tmp_path: Path) -> None:
    world = world_of(customers=300)
    world.write_truth(tmp_path / "truth")
    customers = pq.read_table(tmp_path / "truth" / "customers.parquet")
    rms = pq.read_table(tmp_path / "truth" / "rms.parquet")

    assert customers["customer_id"].to_pylist() == world.customer_ids
    assert {"sleeping_dog", "stage", "off_bank", "need_gold", "affinity_sms"} <= set(customers.column_names)
    assert rms["staff_id"].to_pylist() == world.rm_ids
    assert set(world.truth_tables()) == {"customers", "rms"}
