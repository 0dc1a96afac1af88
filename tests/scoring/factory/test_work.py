"""The work: the same in processes, on an engine's workers and here; what dies is tried again, what fails is told."""

import os
import signal
from collections.abc import Sequence
from dataclasses import fields, replace
from multiprocessing import active_children
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest

from tests.conformance.servers import spark_here
from tests.scoring.factory.making import drawn, floor_of, odds, rows, spec
from wealthloop.engines import DuckDBEngine
from wealthloop.scoring.factory import work as factory_work
from wealthloop.scoring.factory.floor import Floor, mapped
from wealthloop.scoring.factory.learn import Learned
from wealthloop.scoring.factory.remote import make_on
from wealthloop.scoring.factory.work import Made, make_here, make_in_processes, with_roots
from wealthloop.scoring.types import ModelSpec

N = 12_000
ROOTS = [spec(f"response/made_{place}/30d") for place in range(20)]
THIN = spec("response/made_0/30d/thin", parent=ROOTS[0].model_id)


DEADLY = "response/deadly/30d"


class Deadly(ModelSpec):
    """A declaration whose arrival kills the process that takes it up."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


@pytest.fixture(scope="module")
def floor() -> Floor:
    x = rows(N, 4)
    labels = [drawn(x, odds(x) + place / 20, place) for place in range(20)]
    inside = [np.ones(N, dtype=bool), np.arange(N) % 5 == 0]
    placed = [(one, place, 0) for place, one in enumerate(ROOTS)]
    return floor_of(x, labels, inside, [*placed, (THIN, 0, 1)])


@pytest.fixture(scope="module")
def here(floor: Floor) -> dict[str, Learned | None]:
    return learned(list(make_here(7)(floor, ROOTS)))


def learned(made: Sequence[Made]) -> dict[str, Learned | None]:
    assert not [one.failed for one in made if one.failed]
    return {one.spec.model_id: one.learned for one in made}


def test_a_floor_that_is_saved_is_the_same_when_it_is_mapped(floor: Floor, tmp_path: Path) -> None:
    based = with_roots(floor, list(make_here(7)(floor, ROOTS[:1])))
    based.save(tmp_path)
    again = mapped(tmp_path)
    assert again.digest(THIN) == based.digest(THIN) != based.digest(ROOTS[0])
    assert learned(list(make_here(7)(again, [THIN]))) == learned(list(make_here(7)(based, [THIN])))


def test_processes_make_the_same_models_and_a_killed_one_loses_none(
    floor: Floor, here: dict[str, Learned | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed process leaves models done, under way, handed out and not handed out."""
    monkeypatch.setattr(factory_work, "CHUNK", 1)
    some = ROOTS[:6]
    made_of = make_in_processes(7, folder=tmp_path, processes=2)(floor, some)
    made = [next(made_of)]
    for child in active_children():
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    sleep(0.1)
    made += list(made_of)
    assert len(made) == len(some)
    assert learned(made) == {one.model_id: here[one.model_id] for one in some}


def test_a_model_that_kills_its_process_takes_no_other_with_it(
    floor: Floor, here: dict[str, Learned | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factory_work, "CHUNK", 2)
    told = {field.name: getattr(ROOTS[2], field.name) for field in fields(ROOTS[2])}
    deadly = Deadly(**{**told, "model_id": DEADLY})
    aware = replace(
        floor, target_of={**floor.target_of, DEADLY: 2}, population_of={**floor.population_of, DEADLY: 0}
    )  # fmt: skip
    some = [ROOTS[0], deadly, ROOTS[3]]
    made = {one.spec.model_id: one for one in make_in_processes(7, folder=tmp_path, processes=2)(aware, some)}
    assert set(made) == {one.model_id for one in some}
    assert made[DEADLY].failed == "its process was killed, twice"
    assert {name: one.learned for name, one in made.items() if name != DEADLY} == {
        one.model_id: here[one.model_id] for one in some if one is not deadly
    }


def test_a_model_that_fails_is_told_and_stops_no_other(floor: Floor) -> None:
    broken = replace(floor, target_of={**floor.target_of, ROOTS[1].model_id: 99})
    made = {one.spec.model_id: one for one in make_here(7)(broken, ROOTS[:3])}
    assert made[ROOTS[1].model_id].failed.startswith("IndexError")
    assert all(made[one.model_id].learned is not None for one in (ROOTS[0], ROOTS[2]))


def test_an_engine_makes_the_same_models(floor: Floor, here: dict[str, Learned | None], tmp_path: Path) -> None:
    made = learned(list(make_on(DuckDBEngine(), 7, folder=tmp_path)(floor, ROOTS[:3])))
    assert made == {one.model_id: here[one.model_id] for one in ROOTS[:3]}


def test_spark_makes_the_same_models_to_the_last_bit(
    floor: Floor, here: dict[str, Learned | None], tmp_path: Path
) -> None:
    some: list[ModelSpec] = ROOTS[:12]
    with spark_here() as spark:
        made = learned(list(make_on(spark, 7, folder=tmp_path)(floor, some)))
    assert made == {one.model_id: here[one.model_id] for one in some}
