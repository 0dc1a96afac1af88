"""The ramp lets in a few customers at first and more with the days; nobody leaves, and no arm moves."""

from datetime import timedelta

import pytest

from tests.loop.makers import AS_OF, AT_WORK, SALT, night_of, option, running
from wealthloop import ledger
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import assign
from wealthloop.kit import Home
from wealthloop.loop.enrol import Drawing, drawing, may_enter
from wealthloop.loop.night import run_night
from wealthloop.loop.plan import plan_night
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import json_hash, shipped
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.parts import RampStep

RAMP = (RampStep(share=0.02, days=7), RampStep(share=0.3, days=7), RampStep(share=1.0, days=1))
A = running("idle-salary", ramp=RAMP)
CUSTOMERS = [f"C{n}" for n in range(4000)]


def inside(days: int, *, salt: str = SALT) -> set[str]:
    on = A.launched_on + timedelta(days=days)
    return {one for one in CUSTOMERS if may_enter(A, one, salt=salt, as_of=on)}


def test_the_share_of_the_day_may_enter() -> None:
    assert len(inside(0)) / 4000 == pytest.approx(0.02, abs=0.007)
    assert inside(6) == inside(0)
    assert len(inside(7)) / 4000 == pytest.approx(0.3, abs=0.025)
    assert inside(14) == inside(400) == set(CUSTOMERS)


def test_i9_nobody_leaves_as_the_ramp_grows_and_it_does_not_choose_arms() -> None:
    assert inside(0) <= inside(7) <= inside(14)
    entered = inside(7)
    control = sum(assign(SALT, A.experiment, one, A.arms).control for one in entered) / len(entered)
    share = next(arm.share for arm in A.arms if arm.control)
    assert control == pytest.approx(share, abs=0.04)
    assert inside(7) != inside(7, salt="another")


def test_without_a_ramp_everybody_may_enter() -> None:
    assert may_enter(running("idle-salary"), "C1", salt=SALT, as_of=AS_OF)


def test_a_ramp_that_falls_is_refused() -> None:
    content = next(one for one in shipped() if one.id == "idle-salary").model_dump()
    content["ramp"] = [{"share": 0.5, "days": 7}, {"share": 0.2, "days": 7}]
    with pytest.raises(ValueError, match="ramp: a share falls, must grow"):
        Strategy.model_validate(content)


def clustered(**now: dict[str, str | None]) -> Drawing:
    return Drawing(kept={("idle-salary", "C1"): "S9"}, now=now)


def test_i9_a_cluster_draws_the_arm_and_stays_the_one_of_the_first_plan() -> None:
    by_manager = running("idle-salary", unit="rm")
    units = clustered(rm={"C1": "S1", "C2": "S1", "C3": "S2", "C4": None})
    assert [units.unit_of(by_manager, one) for one in ("C1", "C2", "C3", "C4")] == ["S9", "S1", "S2", None]
    assert units.unit_of(A, "C4") == "C4"
    assert units.cluster_of(A, "C4") is None
    many = [option(f"C{n}", by_manager, "sms", 100) for n in range(40)]
    room = {"volume:sms": 99, "strategy:idle-salary": 99}
    found = plan_night(many, room, salt=SALT, members={}, unit_of=lambda one: f"S{int(one.customer_id[1:]) % 2}")
    arms = {(int(one.option.customer_id[1:]) % 2, one.arm.name) for one in found.planned}
    assert len(arms) == 2
    assert {one.arm for one in found.planned if int(one.option.customer_id[1:]) % 2} == {
        assign(SALT, by_manager.experiment, "S1", by_manager.arms)
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("described")
def test_a_night_writes_the_cluster_and_keeps_it(bank_home: Home, engine: DuckDBEngine) -> None:
    row = StrategyVersion.objects.get(strategy_id="maturity-care")
    row.document["unit"] = "rm"
    row.content_hash = row.approved_hash = json_hash(row.document)
    row.save()
    run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    rows = [one for one in ledger.read(bank_home).to_pylist() if one["unit"] is not None]
    assert rows
    assert {one["strategy_id"] for one in rows} == {"maturity-care"}
    night = night_of(bank_home, engine)
    (one,) = (each for each in life.running(AS_OF) if each.strategy_id == "maturity-care")
    for each in rows:
        assert each["arm"] == assign(bank_home.settings.salt, one.experiment, each["unit"], one.arms).name
    assert set(drawing(night, [one], {}).kept.values()) == {each["unit"] for each in rows}
