"""The Qini curve against a count by hand; random scores say nothing; the best possible order is 1."""

import numpy as np
import pytest

from wealthloop.scoring.qini import Trial, curve, gain_area, qini, uplift_at

N = 400


def _trial(seed: int, *, score: str = "truth") -> Trial:
    draw = np.random.default_rng(seed)
    effect = draw.uniform(-0.1, 0.3, N)
    treated = (draw.random(N) < 0.4).astype(float)
    outcome = (draw.random(N) < 0.2 + effect * treated).astype(float)
    scores = {"truth": effect, "random": draw.random(N), "tied": np.round(effect, 1)}
    return Trial(score=scores[score], treated=treated, outcome=outcome)


def _by_hand(trial: Trial) -> float:
    """Add up the area unit step by unit step, thresholds one by one."""

    def area(score: np.ndarray) -> float:
        units, gains = [0.0], [0.0]
        for cut in sorted(set(score.tolist()), reverse=True):
            ours = score >= cut
            n_treated = trial.treated[ours].sum()
            n_control = ours.sum() - n_treated
            y_treated = trial.outcome[ours & (trial.treated == 1)].sum()
            y_control = trial.outcome[ours & (trial.treated == 0)].sum()
            units.append(float(ours.sum()))
            gains.append(y_treated - (y_control * n_treated / n_control if n_control else 0.0))
        under = sum((units[k + 1] - units[k]) * (gains[k] + gains[k + 1]) / 2 for k in range(len(units) - 1))
        return under - units[-1] * gains[-1] / 2

    best = trial.outcome * trial.treated - trial.outcome * (1 - trial.treated)
    return area(trial.score) / area(best)


@pytest.mark.parametrize("score", ["truth", "random", "tied"])
@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_counting_by_hand_gives(seed: int, score: str) -> None:
    trial = _trial(seed, score=score)
    assert qini(trial).estimate == pytest.approx(_by_hand(trial), rel=1e-12)


def test_a_random_score_straddles_nought_and_the_best_order_is_one() -> None:
    straddles = [qini(_trial(seed, score="random")) for seed in range(40)]
    assert sum(one.low <= 0 <= one.high for one in straddles) >= 36
    trial = _trial(1)
    best = trial.outcome * trial.treated - trial.outcome * (1 - trial.treated)
    assert qini(Trial(score=best, treated=trial.treated, outcome=trial.outcome)).estimate == 1.0
    assert qini(Trial(score=np.zeros(N), treated=trial.treated, outcome=trial.outcome)).estimate == 0.0


def test_the_interval_is_about_as_wide_as_fresh_draws_are_apart() -> None:
    found = [qini(_trial(seed)) for seed in range(60)]
    spread = np.std([one.estimate for one in found])
    half = np.mean([(one.high - one.low) / 2 for one in found]) / 1.96
    assert half == pytest.approx(spread, rel=0.3)


def test_the_first_tenths_have_the_difference_of_their_means() -> None:
    trial = _trial(2)
    first = np.argsort(-trial.score)[: N * 3 // 10]
    treated, outcome = trial.treated[first] == 1, trial.outcome[first]
    found = uplift_at(trial, 0.3)
    assert found.estimate == pytest.approx(outcome[treated].mean() - outcome[~treated].mean())
    assert found.low < found.estimate < found.high


def test_the_curve_ends_at_what_all_gain_and_the_area_scales_with_the_outcome() -> None:
    trial = _trial(3)
    units, gain = curve(trial)
    treated = trial.treated == 1
    scaled = trial.outcome[~treated].sum() * treated.sum() / (~treated).sum()
    assert (units[0], gain[0], units[-1]) == (0.0, 0.0, N)
    assert gain[-1] == pytest.approx(trial.outcome[treated].sum() - scaled)
    tenfold = Trial(score=trial.score, treated=trial.treated, outcome=10 * trial.outcome)
    assert gain_area(tenfold).estimate == pytest.approx(10 * gain_area(trial).estimate)
