"""The ramp lets in a few customers at first and more with the days; nobody leaves, and no arm moves."""

from datetime import timedelta

import pytest

from tests.loop.makers import AS_OF, SALT, running
from wealthloop.experiments import assign
from wealthloop.loop.enrol import may_enter
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import shipped
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
