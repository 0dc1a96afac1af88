"""What codes make of an effect: shrunk, bounded, one on average, and nothing where too few speak."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from wealthloop.feedback.heard import BOUNDS, LEAST_CARDS, Heard, heard
from wealthloop.feedback.said import Scores

CATEGORY_OF = {"P1": "bond_fund", "P2": "mixed_fund"}


def spoken(**cells: tuple[int, int, int]) -> dict[tuple[str, str, str], Scores]:
    """Return what was said in cells named ``product_trigger``: (good, bad, silent) cards each."""
    names = (name.split("_") for name in cells)
    return {
        ("care", product, trigger): Scores(good=good, bad=bad, silent=silent)
        for (product, trigger), (good, bad, silent) in zip(names, cells.values(), strict=True)
    }


def made(**cells: tuple[int, int, int]) -> dict[str, Heard]:
    found = heard(spoken(**cells), CATEGORY_OF)
    return {f"{category}/{trigger}": one for (_, category, trigger), one in found.items()}


def test_a_cell_that_is_praised_gains_what_one_that_is_blamed_loses() -> None:
    found = made(P1_t=(150, 30, 120), P2_t=(30, 150, 120))
    praised, blamed = found["bond_fund/t"], found["mixed_fund/t"]
    assert (praised.cards, praised.good, praised.bad) == (300, 150, 30)
    noise = (0.6 - 0.7**2) * 300 / 299 / 300
    keep = (0.08 - noise) / 0.08
    assert praised.multiple == pytest.approx(1 + 0.4 * keep, abs=1e-5)
    assert praised.multiple + blamed.multiple == pytest.approx(2.0)


def test_cells_of_unequal_size_are_shrunk_as_a_meta_analysis_of_random_effects_does() -> None:
    counts = {"P1_t": (60, 20, 40), "P2_t": (10, 45, 30), "P1_u": (9, 6, 10)}
    scores = [np.repeat([1.0, 0.0, 0.5], many) for many in counts.values()]
    n, means = np.array([one.size for one in scores]), np.array([one.mean() for one in scores])
    pooled = sum(((one - one.mean()) ** 2).sum() for one in scores) / (n.sum() - len(scores))
    between = combine_effects(means, pooled / n, method_re="dl").tau2
    centre = np.average(means, weights=n)
    ratio = 1 + between / (between + pooled / n) * (means - centre) / centre
    found = made(**counts)
    multiples = [found[f"{CATEGORY_OF[name[:2]]}/{name[3:]}"].multiple for name in counts]
    assert multiples == pytest.approx(ratio / np.average(ratio, weights=n), abs=1e-6)
    assert np.average(multiples, weights=n) == pytest.approx(1.0, abs=1e-6)


def test_contacts_that_sell_nothing_are_a_cell_of_their_own() -> None:
    said = spoken(P1_t=(10, 20, 30), P2_t=(40, 10, 10))
    said["care", "", "t"] = said.pop(("care", "P2", "t"))
    assert set(heard(said, CATEGORY_OF)) == {("care", "bond_fund", "t"), ("care", "", "t")}


def test_what_differs_by_chance_alone_is_shrunk_to_nothing() -> None:
    chance = np.random.default_rng(3)
    spreads = []
    for _ in range(40):
        cells = {f"P{1 + i % 2}_t{i}": tuple(chance.multinomial(40, (0.3, 0.3, 0.4))) for i in range(8)}
        found = heard(spoken(**cells), CATEGORY_OF)
        spreads.append(np.std([one.multiple for one in found.values()]))
        assert np.std([one.mean for one in found.values()]) > 0.02
    assert np.mean(spreads) < 0.04


def test_few_cards_move_less_than_many_that_say_the_same() -> None:
    few = made(P1_t=(15, 3, 12), P2_t=(3, 15, 12))["bond_fund/t"].multiple
    many = made(P1_t=(150, 30, 120), P2_t=(30, 150, 120))["bond_fund/t"].multiple
    assert 1.0 < few < many


def test_the_multiple_stays_within_its_bounds() -> None:
    found = made(P1_t=(0, 400, 0), P2_t=(400, 0, 0))
    assert [found["bond_fund/t"].multiple, found["mixed_fund/t"].multiple] == list(BOUNDS)


def test_a_cell_of_too_few_cards_and_a_strategy_of_one_cell_are_left_alone() -> None:
    assert made(P1_t=(0, LEAST_CARDS - 1, 0), P2_t=(50, 0, 0)) == {}
    assert set(made(P1_t=(1, LEAST_CARDS - 1, 0), P2_t=(50, 2, 0))) == {"bond_fund/t", "mixed_fund/t"}


def test_products_of_one_category_are_one_cell() -> None:
    said = spoken(P1_t=(20, 3, 7), P3_t=(1, 2, 4), P2_t=(20, 0, 10))
    found = heard(said, {**CATEGORY_OF, "P3": "bond_fund"})["care", "bond_fund", "t"]
    assert (found.good, found.bad, found.cards) == (21, 5, 37)
    assert found.mean == pytest.approx((21 + 0.5 * 11) / 37)


def test_cards_of_a_product_that_nobody_knows_are_left_out() -> None:
    assert heard(spoken(P1_t=(30, 0, 0), P9_t=(0, 30, 0)), CATEGORY_OF) == {}
