"""Arms by hash."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare, kstest

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Arm, assign, assign_many, check_arms, experiment_id
from wealthloop.kit import buckets

CONTACT = Arm(name="contact", share=0.8, control=False)
CONTROL = Arm(name="control", share=0.2, control=True)
ARMS = (CONTACT, CONTROL)
THREE = (
    Arm(name="b", share=0.5, control=False),
    Arm(name="a", share=0.3, control=False),
    Arm(name="control", share=0.2, control=True),
)
UNITS = [f"C{i}" for i in range(40_000)]


def test_i9_the_golden_vector_of_arms_never_changes() -> None:
    drawn = [assign("salt-of-a-test", "deposit/v1", f"C{i}", ARMS).name for i in range(12)]
    assert [i for i, name in enumerate(drawn) if name == "control"] == [0, 9, 11]


def test_i9_another_process_draws_the_same_arms() -> None:
    code = (
        "from wealthloop.experiments import Arm, assign_many\n"
        "arms = (Arm(name='contact', share=0.8, control=False), Arm(name='control', share=0.2, control=True))\n"
        "print(assign_many('s', 'x/v1', [f'C{i}' for i in range(200)], arms).tolist())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == str(assign_many("s", "x/v1", [f"C{i}" for i in range(200)], ARMS).tolist())


@settings(max_examples=200, deadline=None)
@given(salt=st.text(max_size=20), experiment=st.text(max_size=20), units=st.lists(st.text(max_size=12), max_size=8))
def test_i9_one_unit_and_many_units_give_the_same_arms(salt: str, experiment: str, units: list[str]) -> None:
    many = assign_many(salt, experiment, units, THREE)
    assert [THREE[i] for i in many] == [assign(salt, experiment, unit, THREE) for unit in units]


@settings(max_examples=50, deadline=None)
@given(units=st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=30, unique=True))
def test_i9_an_arm_does_not_depend_on_the_other_units(units: list[str]) -> None:
    forward = dict(zip(units, assign_many("s", "x/v1", units, THREE), strict=True))
    backward = dict(zip(units[::-1], assign_many("s", "x/v1", units[::-1], THREE), strict=True))
    assert forward == backward


def test_arms_get_their_shares() -> None:
    counts = np.bincount(assign_many("s", "x/v1", UNITS, THREE), minlength=3)
    assert chisquare(counts, np.array([0.5, 0.3, 0.2]) * len(UNITS)).pvalue > 0.001


def test_buckets_are_uniform() -> None:
    assert kstest(buckets("s", UNITS), "uniform").pvalue > 0.001


def test_versions_of_a_strategy_and_different_strategies_are_drawn_independently() -> None:
    first = assign_many("s", experiment_id("x", 1), UNITS, ARMS)
    for other in (experiment_id("x", 2), experiment_id("y", 1)):
        second = assign_many("s", other, UNITS, ARMS)
        table = np.histogram2d(first, second, bins=2)[0]
        assert chi2_contingency(table).pvalue > 0.001


def test_the_parts_of_the_drawing_salt_cannot_run_into_each_other() -> None:
    units = UNITS[:200]
    assert assign_many("ab", "c", units, ARMS).tolist() != assign_many("a", "bc", units, ARMS).tolist()


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        ((CONTACT,), "at least two"),
        ((CONTACT, Arm(name="b", share=0.2, control=False)), "exactly one"),
        ((Arm(name="a", share=0.8, control=True), CONTROL), "exactly one"),
        ((CONTACT, Arm(name="contact", share=0.2, control=True)), "different names"),
        ((CONTACT, Arm(name="control", share=0.3, control=True)), "sum of shares"),
        ((Arm(name="a", share=1.0, control=False), Arm(name="c", share=0.0, control=True)), "between 0 and 1"),
    ],
)
def test_arms_that_no_experiment_can_be_read_from_are_refused(arms: tuple[Arm, ...], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_arms(arms)
    with pytest.raises(InvalidInput, match=words):
        assign("s", "x/v1", "C1", arms)
