"""Effects of arms: found where they are, nought where they are not, with intervals that keep their word."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from wealthloop.errors import InvalidInput
from wealthloop.scoring.tabular.effects import FittedEffects, fit_effects

N = 3000


def trial(seed: int = 1, *, rows: int = N, numbers: bool = False, chosen: bool = False) -> tuple[pa.Table, np.ndarray]:
    """Return a trial of three arms and the true effect of ``call``; ``mail`` does nothing."""
    draw = np.random.default_rng(seed)
    age, city = draw.uniform(20, 80, rows), draw.choice(["上海", "杭州"], rows)
    effect = np.clip((age - 45) / 100, -0.1, 0.3) + 0.05 * (city == "上海")
    arm = draw.choice(["control", "call", "mail"], rows)
    if chosen:
        arm = np.where(draw.random(rows) < np.where(age > 50, 0.8, 0.2), "call", "control")
    p = 0.3 + effect * (arm == "call")
    won = draw.random(rows) < p
    outcome = np.where(won, draw.lognormal(3, 1, rows), 0.0) if numbers else won.astype(int)
    noise = draw.normal(size=rows)
    return pa.table({"age": age, "city": city, "noise": noise, "arm": arm, "won": outcome}), effect


@pytest.fixture(scope="module")
def fitted() -> FittedEffects:
    return fit_effects(trial()[0], treatment="arm", outcome="won")


def test_it_finds_for_whom_a_call_works_and_that_mail_does_nothing(fitted: FittedEffects) -> None:
    fresh, truth = trial(2)
    found = fitted.score(fresh)
    call, mail = fitted.arms
    assert (fitted.control, call.arm, mail.arm) == ("control", "call", "mail")
    assert spearmanr(found["call"][0], truth).statistic > 0.8
    assert call.average.low <= trial()[1].mean() <= call.average.high
    assert call.ranking.low > 0
    assert mail.average.low <= 0 <= mail.average.high
    assert np.ptp(found["mail"][0]) < np.ptp(found["call"][0]) / 2
    assert set(call.by_learner) == {"S", "T", "X", "DR", "average"}
    value, low, high = found["call"]
    assert ((low < value) & (value < high)).all()


def test_intervals_hold_the_average_effect_of_those_who_are_scored_alike(fitted: FittedEffects) -> None:
    fresh, truth = trial(3, rows=20_000)
    value, low, high = fitted.score(fresh)["call"]
    tenths = np.array_split(np.argsort(value), 10)
    held = [low[one].mean() <= truth[one].mean() <= high[one].mean() for one in tenths]
    assert sum(held) >= 8


def test_numbers_as_outcome_are_learnt_too() -> None:
    table, truth = trial(4, numbers=True)
    found = fit_effects(table, treatment="arm", outcome="won", arms=("control", "call"))
    assert not found.binary
    assert [arm.arm for arm in found.arms] == ["call"]
    assert spearmanr(found.score(table)["call"][0], truth).statistic > 0.5
    average = found.arms[0].average
    assert average.low <= truth.mean() * np.exp(3.5) <= average.high


def test_a_table_that_is_no_trial_is_said_to_be_none(fitted: FittedEffects) -> None:
    assert "not_random" not in {note.rule for note in fitted.notes}
    table, truth = trial(5, chosen=True)
    found = fit_effects(table, treatment="arm", outcome="won")
    assert "not_random" in {note.rule for note in found.notes}
    assert found.arms[0].average.low <= truth.mean() <= found.arms[0].average.high


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"treatment": "none"}, "column none: there is none"),
        ({"treatment": "city"}, "is control"),
        ({"arms": ("control", "visit")}, "no row of arm visit"),
        ({"arms": ("control",)}, "control alone"),
        ({"drop": ("age", "city", "noise")}, "no column says who"),
    ],
)
def test_what_cannot_be_learnt_from_is_named(change: dict[str, object], told: str) -> None:
    asked: dict[str, object] = {"treatment": "arm", "outcome": "won", **change}
    with pytest.raises(InvalidInput, match=told):
        fit_effects(trial(rows=600)[0], **asked)  # type: ignore[arg-type]


def test_an_arm_of_a_few_rows_and_a_missing_outcome_are_refused() -> None:
    table = trial(rows=600)[0]
    few = pa.array(["call"] * 10 + ["control"] * 590)
    with pytest.raises(InvalidInput, match=r"10 row\(s\) of arm call"):
        fit_effects(table.set_column(3, "arm", few), treatment="arm", outcome="won")
    gone = pa.array([None, *range(599)], pa.float64())
    with pytest.raises(InvalidInput, match="column won, row 1: no number"):
        fit_effects(table.set_column(4, "won", gone), treatment="arm", outcome="won")
