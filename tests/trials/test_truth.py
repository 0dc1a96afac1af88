"""The truth stays apart: nothing that the platform does depends on it, and what twins say is the truth."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.trials.test_lawful import morning_of
from wealthloop.sandbox import Made, World, load_world
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.morning import RM, actions_of
from wealthloop.trials.watch import Watch

CALENDAR = Calendar(measured=30)


def decided(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.trials.night_apart", str(folder), *words],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def test_changing_the_truth_store_changes_nothing_that_the_platform_decides(tmp_path: Path) -> None:
    plain, spoilt = decided(tmp_path / "plain"), decided(tmp_path / "spoilt", "spoilt")
    assert len(plain) == 64
    assert plain == spoilt


def lived(world: World, contacts: np.ndarray, *, days: int) -> tuple[World, list[Made]]:
    """Call some customers on the first day and let days pass."""
    made = []
    for number, day in enumerate(CALENDAR.days[:days]):
        world.begin(day)
        who = contacts if number == 0 else contacts[:0]
        product = np.full(len(who), 9)
        world.order(actions_of(who, np.full(len(who), RM), product, np.arange(len(who), dtype=float), name="s"))
        made.append(world.end().made)
    return world, made


@pytest.fixture
def twins(past: tuple[World, Watch]):  # type: ignore[no-untyped-def]  # noqa: ANN201
    from wealthloop.trials.truth import Twins

    world = past[0].fork()
    products = world.spec.products
    made = Twins(
        counted=np.arange(len(products)), begins=number_of(CALENDAR.past_ends), days=len(CALENDAR.days), size=world.size
    )  # fmt: skip
    made.fork("s", "s", world)
    return world, made


@pytest.mark.django_db
def test_a_twin_differs_by_its_own_strategy_alone(twins) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    world, pair = twins
    called = np.flatnonzero(world.seen().rm >= 0)[:200]
    for number, day in enumerate(CALENDAR.days[:25]):
        world.begin(day)
        who = called if number == 0 else called[:0]
        names = np.where(np.arange(len(who)) % 2 == 0, "s", "other").astype(object)
        actions = actions_of(
            who, np.full(len(who), RM), np.full(len(who), 9), np.arange(len(who), dtype=float), name=""
        )
        world.order(replace(actions, strategy=names))
        pair.live(day, number_of(day), world.end())
    with_it, without = pair._bought[""], pair._bought["s"]
    differs = np.flatnonzero((with_it != without).any(axis=0))
    assert differs.size > 0
    assert set(differs.tolist()) <= set(called[::2].tolist())


@pytest.mark.django_db
def test_the_effect_on_the_treated_is_the_difference_of_the_two_worlds(twins) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from wealthloop.reports.past import PastUnits

    world, pair = twins
    first = np.datetime64(CALENDAR.past_ends, "D")
    pair._bought[""][3, [0, 1, 2]] = True
    pair._bought["s"][3, [2]] = True
    pair._bought[""][11, [3]] = True
    ids = tuple(world.customer_ids[:5])
    units = PastUnits(
        customer_id=ids, channel=("rm",) * 5, treated=np.array([True, True, True, True, False]), outcome=np.zeros(5),
        p_no_contact=np.zeros(5), first_day=np.full(5, first), share=0.8,
        first=pa.table({"person_key": ids}),
    )  # fmt: skip
    place = {customer: i for i, customer in enumerate(world.customer_ids)}
    assert pair.effect("s", units, place, 10) == pytest.approx(2 / 4)
    assert pair.effect("s", units, place, 11) == pytest.approx(3 / 4)
    nobody = replace(units, treated=np.zeros(5, dtype=np.bool_))
    assert pair.effect("s", nobody, place, 10) is None


def test_in_a_world_without_effects_contacts_change_no_purchase() -> None:
    world = World(seed=2, customers=800, salt="12345678", spec=load_world("no-effect"))
    world.history(first=CALENDAR.past_begins, last=CALENDAR.past_ends, running=(), out=None)
    twin = world.fork()
    everyone = np.flatnonzero(world.seen().rm >= 0)
    lived(world, everyone, days=15)
    lived(twin, everyone[:0], days=15)
    assert (world.seen().aum == twin.seen().aum).all()
    assert world.held(np.arange(10**6)).sum() == twin.held(np.arange(10**6)).sum()


def test_the_room_of_a_world_is_the_one_that_its_file_names(past: tuple[World, Watch]) -> None:
    room = morning_of(past[0]).room
    spec = past[0].spec
    assert room.rms.tolist() == [spec.books.rm_capacity] * len(past[0].rm_ids)
    assert room.budget == round(spec.cost.budget_yuan_per_thousand * past[0].size / 1000 * 100)
