"""The catalogue: ten thousand models that somebody could mean."""

import re
from collections import Counter

import pytest

from wealthloop.features import describe
from wealthloop.scoring import SPECS, Family
from wealthloop.scoring.catalogue import HORIZONS, catalogue, declared
from wealthloop.scoring.types import Bound, Lives, ModelSpec

EVERY = catalogue(("海港区", "云山区"))


def test_ten_thousand_models_of_five_families_even_without_regions() -> None:
    plain = catalogue()
    assert len({spec.model_id for spec in plain}) == len(plain) >= 10_000
    counts = Counter(spec.family for spec in plain)
    assert set(counts) == set(Family)
    assert min(counts.values()) >= 100
    assert len(EVERY) > len(plain)
    assert set(SPECS) <= set(plain)


def test_two_models_never_ask_the_same() -> None:
    asked = Counter((spec.target, spec.horizon_days, frozenset(spec.population), spec.family) for spec in EVERY)
    double = [what for what, count in asked.items() if count > 1]
    assert double == []


def test_ids_words_and_columns_are_those_of_the_house() -> None:
    for spec in EVERY:
        assert re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)+", spec.model_id), spec.model_id
        assert spec.model_id.startswith(f"{spec.family}/")
        assert len(spec.model_id) <= 160
        assert spec.zh
        assert spec.en
        assert spec.owner
    for name in {one.feature for spec in EVERY for one in spec.population if isinstance(one, Bound)}:
        assert describe(name)


def test_every_slice_stands_on_a_root_of_the_same_target_over_more_customers() -> None:
    by_id = {spec.model_id: spec for spec in EVERY}
    slices = [spec for spec in EVERY if spec.parent]
    assert len(slices) > 9_000
    for spec in slices:
        root = by_id[spec.parent]
        assert not root.parent
        assert (root.target, root.horizon_days) == (spec.target, spec.horizon_days)
        assert set(root.population) < set(spec.population)


def test_nobody_is_asked_to_be_two_ages_at_once() -> None:
    def possible(spec: ModelSpec) -> bool:
        bounds = [one for one in spec.population if isinstance(one, Bound)]
        names = {one.feature for one in bounds}
        lows = {name: max(one.low for one in bounds if one.feature == name) for name in names}
        highs = {name: min(one.high or float("inf") for one in bounds if one.feature == name) for name in names}
        return all(lows[name] < highs[name] for name in names)

    assert [spec.model_id for spec in EVERY if not possible(spec)] == []


def test_regions_horizons_and_what_a_model_stands_on_can_be_asked_for() -> None:
    assert {spec.horizon_days for spec in EVERY} == set(HORIZONS)
    here = [spec for spec in EVERY if Lives(region="云山区") in spec.population]
    assert len(here) > 500
    found = declared([here[0].model_id], ("海港区", "云山区"))
    assert {spec.model_id for spec in found} == {here[0].model_id, here[0].parent}
    assert declared(["response/nothing/30d"]) == ()


@pytest.mark.parametrize(
    "spec", [spec for spec in EVERY if not spec.parent and spec not in SPECS][::9], ids=lambda spec: spec.model_id
)
def test_a_root_reads_as_a_sentence(spec: ModelSpec) -> None:
    assert f"{spec.horizon_days} 天内" in spec.zh
    assert f"within {spec.horizon_days} days" in spec.en
