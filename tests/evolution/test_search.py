"""Cells are found where the effect is, are worth what the other half says, and are not found where nothing is."""

import numpy as np
import pytest

from wealthloop.evolution import search as searching
from wealthloop.evolution.search import Choice, Rule, Units, effect_in, search
from wealthloop.scoring.types import Floats

N = 16_000


def world(seed: int, *, effect: float) -> tuple[Units, list[list[Choice]], list[Rule]]:
    """Two channels, three triggers; contacts work through the first channel, for the rich alone."""
    source = np.random.default_rng(seed)
    treated = source.random(N) < 0.5
    channel, trigger = source.integers(0, 2, N), source.integers(0, 3, N)
    rich, age = source.random(N) < 0.4, source.integers(20, 80, N).astype(float)
    works = (channel == 0) & rich
    converted = source.random(N) < 0.03 + effect * (works & treated)
    psi = np.where(treated, 2.0, -2.0) * (converted - 0.03)
    units = Units(
        influence=psi, converted=converted, worth=np.full(N, 10_000.0), cost=np.full(N, 50.0),
        search=source.random(N) < 0.5,
    )  # fmt: skip
    choices = [
        [Choice(name="channel", value=str(one), units=channel == one) for one in range(2)],
        [Choice(name="trigger", value=str(one), units=trigger == one) for one in range(3)],
    ]
    rules = [
        Rule(feature="wealth", at_least=1.0, at_most=None, units=rich),
        Rule(feature="wealth", at_least=None, at_most=1.0, units=~rich),
        *(Rule(feature="age", at_least=float(cut), at_most=None, units=age >= cut) for cut in (30, 45, 60)),
        *(Rule(feature="age", at_least=None, at_most=float(cut), units=age <= cut) for cut in (30, 45, 60)),
    ]
    return units, choices, rules


def test_the_first_cell_is_where_it_works_and_for_whom() -> None:
    units, choices, rules = world(1, effect=0.06)
    first = search(units, choices, rules, most=3)[0]
    assert ("channel", "0") in {(one.name, one.value) for one in first.choices}
    assert ("wealth", 1.0, None) in {rule.ends for rule in first.rules}
    assert first.honest.effect == pytest.approx(0.06, abs=3 * first.honest.error)


def test_what_is_worth_much_does_not_hide_what_is_worth_less() -> None:
    """The rich bring a hundred times the money; what works for the young among the others is found beside them."""
    units, choices, rules = world(5, effect=0.0)
    source = np.random.default_rng(6)
    rich, young = rules[0].units, next(one.units for one in rules if one.ends == ("age", None, 30.0))
    treated = source.random(N) < 0.5
    converted = source.random(N) < 0.03 + 0.06 * (treated & (rich | young))
    units = Units(
        influence=np.where(treated, 2.0, -2.0) * (converted - 0.03), converted=converted,
        worth=np.where(rich, 1_000_000.0, 10_000.0), cost=np.full(N, 50.0), search=units.search,
    )  # fmt: skip
    first, second = search(units, choices, rules, most=2)
    assert ("wealth", 1.0, None) in {rule.ends for rule in first.rules}
    assert ("age", None, 30.0) in {rule.ends for rule in second.rules}
    assert not second.units[rich].any()


def test_cells_do_not_overlap() -> None:
    units, choices, rules = world(2, effect=0.05)
    cells = search(units, choices, rules, most=5)
    assert np.sum([cell.units for cell in cells], axis=0).max() <= 1


def test_the_other_half_is_honest_where_the_searched_one_flatters() -> None:
    """Over worlds without any effect the searched half always finds one; the other half finds none on average."""
    searched: list[float] = []
    honest: list[float] = []
    for seed in range(25):
        units, choices, rules = world(100 + seed, effect=0.0)
        every = np.ones(N, dtype=np.bool_)
        best = searching._best(units, choices, rules, every, searching.average_value(units, every))
        if best is not None:
            inside = searching._inside(every, *best)
            searched.append(effect_in(units, inside & units.search).effect)
            honest.append(effect_in(units, inside & ~units.search).effect)
    assert len(searched) > 12
    assert np.mean(searched) > 0.015
    assert abs(np.mean(honest)) < 3 * np.std(honest) / np.sqrt(len(honest))


def test_where_nothing_works_few_cells_are_borne_out() -> None:
    found = sum(len(search(*world(200 + seed, effect=0.0), most=4)) for seed in range(10))
    assert found <= 0.35 * 40


def test_the_fast_values_are_those_of_each_cell_by_itself() -> None:
    units, _, rules = world(3, effect=0.05)
    inside = np.flatnonzero(units.search)
    met = np.column_stack([rule.units for rule in rules])[inside]
    value, said = searching._best_rules(units, inside, met, 40.0)

    def by_itself(places: tuple[int, ...]) -> float:
        rows = units.search.copy()
        for place in places:
            rows &= rules[place].units
        one = effect_in(units, rows)
        if one.n < searching.LEAST_UNITS or one.conversions < searching.LEAST_EVENTS:
            return -np.inf
        return one.n * ((one.effect - one.error) * one.worth - one.cost - 40.0)

    every = [(), *((a,) for a in range(len(rules))), *((a, b) for a in range(len(rules)) for b in range(a))]
    assert value == pytest.approx(by_itself(said), rel=1e-3)
    assert value == pytest.approx(max(map(by_itself, every)), rel=1e-3)


def test_too_few_units_are_no_cell() -> None:
    psi: Floats = np.array([1.0])
    found = effect_in(
        Units(influence=psi, converted=psi > 0, worth=psi, cost=psi, search=psi > 0), np.ones(1, dtype=np.bool_)
    )
    assert found.error == float("inf")
