"""Effects from logged arms: ranked where they differ, honest where they do not, plain text that is read back."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from wealthloop.errors import HomeError
from wealthloop.kit import Home
from wealthloop.scoring import Flag
from wealthloop.scoring.effectmodels import (
    EffectRecord,
    EffectUnits,
    current_effect,
    current_effects,
    effects_of,
    newest_effect,
    train_effect,
)
from wealthloop.scoring.tabular.causal import Rows, fit_all
from wealthloop.scoring.tabular.written import read_back, written

N = 4_000
MODEL = "uplift/idle_salary/conversion"


def units(seed: int, *, effect: float = 0.25) -> tuple[EffectUnits, np.ndarray]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(N, 6))
    x[draw.random(x.shape) < 0.05] = np.nan
    truth = effect * np.clip(np.nan_to_num(x[:, 0]), -0.2, 1.0)
    treated = draw.random(N) < 0.6
    p = 0.15 + 0.1 * np.clip(np.nan_to_num(x[:, 1]), -1, 1) + treated * truth
    names = tuple(f"a{place}" for place in range(6))
    made = EffectUnits(
        customer_id=tuple(f"C{place}" for place in range(N)), x=x, predictors=names, treated=treated,
        first_day=np.datetime64("2026-01-01") + np.arange(N) // (N // 50),
        converted=(draw.random(N) < p).astype(float), share=0.6,
    )  # fmt: skip
    return made, truth


def train(home: Home, given: EffectUnits, *, on: date = date(2026, 3, 1)) -> EffectRecord | None:
    return train_effect(home, given, model_id=MODEL, owner="o", zh="效果", en="effect", as_of=on, seed=7)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.create(tmp_path_factory.mktemp("effects") / "home", salt="a-test-salt")


@pytest.fixture(scope="module")
def first(home: Home) -> EffectRecord:
    made = train(home, units(1)[0])
    assert made is not None
    return made


def test_it_ranks_customers_it_has_not_seen_and_says_so(home: Home, first: EffectRecord) -> None:
    fresh, truth = units(2)
    found = effects_of(home, first, fresh.x)
    assert spearmanr(found, truth).statistic > 0.75
    assert first.manifest.flags == (Flag.GOOD,)
    assert first.usable
    assert first.manifest.ranking.low > 0
    assert first.manifest.random.low < 0 < first.manifest.random.high
    assert first.manifest.average.low <= units(1)[1].mean() <= first.manifest.average.high
    assert first.manifest.first_half.low > 0
    assert set(first.manifest.by_learner) == {"S", "T", "X", "DR", "average"}
    assert first.manifest.curve[0][:2] == (0.0, 0.0)
    assert all(low <= gain <= high for _share, gain, low, high in first.manifest.curve[5:15])
    assert first.manifest.curve[-1][0] == 1.0
    foretold = [one[0] for one in first.manifest.calibration]
    assert foretold == sorted(foretold)


def test_it_is_plain_text_in_the_registry_and_is_checked(home: Home, first: EffectRecord) -> None:
    assert current_effect(home, MODEL) == first
    assert current_effects(home) == (first,)
    path = home.models / MODEL / first.version / "effect.json"
    kept = path.read_text("utf-8")
    assert "tree" in json.loads(kept)["responses"][0]["trees"]
    path.write_text(kept.replace("1", "2", 1), "utf-8")
    with pytest.raises(HomeError, match="not the effect that was written"):
        effects_of(home, first, units(2)[0].x)
    path.write_text(kept, "utf-8")


def test_the_same_for_everybody_may_not_spread_an_effect(tmp_path: Path) -> None:
    made, _ = units(3, effect=0.0)
    record = train(Home.create(tmp_path / "home", salt="a-test-salt"), made)
    assert record is not None
    assert record.manifest.flags == (Flag.LOW,)
    assert not record.usable


def only(given: EffectUnits, kept: np.ndarray) -> EffectUnits:
    return replace(
        given, customer_id=tuple(np.array(given.customer_id)[kept]), x=given.x[kept], treated=given.treated[kept],
        converted=given.converted[kept], first_day=given.first_day[kept],
    )  # fmt: skip


def test_a_version_that_ranks_worse_is_kept_and_not_used(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    given, _ = units(1)
    first = train(home, only(given, np.arange(N) < N * 6 // 10))
    draw = np.random.default_rng(9)
    early = given.first_day <= np.datetime64("2026-01-30")
    forgot = np.where((np.arange(6) == 0) & early[:, None], draw.normal(size=(N, 6)), given.x)
    worse = train(
        home,
        replace(given, x=forgot, converted=np.where(early, draw.permutation(given.converted), given.converted)),
        on=date(2026, 4, 1),
    )
    assert first is not None
    assert worse is not None
    assert worse.manifest.against is not None
    assert worse.manifest.against.low < -0.01
    assert current_effect(home, MODEL) == first
    assert newest_effect(home, MODEL) == worse
    same = train(home, given, on=date(2026, 4, 3))
    assert same is not None
    assert same.manifest.against is not None
    assert current_effect(home, MODEL) == (same if same.manifest.against.low > -0.01 else first)


def test_without_new_customers_there_is_nothing_to_compare(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    given, _ = units(1)
    train(home, given)
    again = train(home, given, on=date(2026, 4, 1))
    assert again is not None
    assert again.manifest.against is None
    assert current_effect(home, MODEL) == again


def test_too_little_is_not_learnt_from(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    made, _ = units(1)
    assert train(home, only(made, np.arange(N) < 900)) is None
    assert train(home, replace(made, treated=np.ones(N, dtype=bool))) is None
    assert current_effect(home, MODEL) is None


def test_what_is_written_is_read_back_and_its_parts_add_up() -> None:
    made, _ = units(4)
    rows = Rows(
        x=made.x, categorical=(), treated=made.treated.astype(float), outcome=made.converted,
        share=np.full(N, 0.6), part=(np.arange(N) % 3).astype(np.float64),
    )  # fmt: skip
    for effect in fit_all(rows, 7).values():
        again = read_back(json.loads(json.dumps(written(effect))))
        assert again(made.x) == pytest.approx(effect(made.x), abs=1e-12)
        parts = effect.contributions(made.x)
        base = effect(made.x) - parts.sum(axis=1)
        assert parts.shape == made.x.shape
        assert np.corrcoef(parts.sum(axis=1), effect(made.x))[0, 1] > 0.95
        assert base.std() < effect(made.x).std()
