"""A run of the factory: goes on after a kill, leaves what is good in use, tells every model what became of it."""

from pathlib import Path

import pytest

from tests.scoring.bank import AS_OF, MemoryBank, SmallWorld
from wealthloop import features, scoring
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.scoring import Flag, ModelRecord
from wealthloop.scoring.catalogue import declared
from wealthloop.scoring.factory.work import make_here, make_in_processes
from wealthloop.scoring.manufacture import Hands, Output, manufacture
from wealthloop.scoring.train import Training
from wealthloop.scoring.types import ModelSpec

SLICE = "response/wealth_management/30d/under_30"
WIDE = "segment/app_users/wealth_management_30d"
SPECS = declared([SLICE, WIDE, "behaviour/login/30d", "behaviour/payroll_stop/30d", "response/gold/90d"])


class Stopped(Exception):
    """The process was killed."""


class Bench(MemoryBank):
    """The small bank, which has a version."""

    def version(self) -> str:
        return "v1"


def run(
    world: SmallWorld, engine: DuckDBEngine, home: Home, *, seed: int = 7, stop_after: int = 99,
    hands: Hands | None = None,
) -> tuple[Output, list[ModelRecord]]:  # fmt: skip
    told: list[ModelRecord] = []

    def watch(record: ModelRecord) -> None:
        told.append(record)
        if len(told) > stop_after:
            raise Stopped

    made = manufacture(
        Bench(world.rows, engine), engine, home, SPECS, Training(as_of=AS_OF, seed=seed),
        hands=hands or (lambda _: make_here(seed)), told=watch,
    )  # fmt: skip
    return made, told


@pytest.fixture(scope="module")
def done(
    engine: DuckDBEngine, world: SmallWorld, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, Output]:  # fmt: skip
    home = Home.create(tmp_path_factory.mktemp("factory") / "home", salt="a-test-salt")
    return home, run(world, engine, home)[0]


def versions(made: Output) -> dict[str, str]:
    return {one.model_id: one.version for one in made.records}


def spec(model_id: str) -> ModelSpec:
    return next(one for one in SPECS if one.model_id == model_id)


def test_each_model_says_what_became_of_it(done: tuple[Home, Output]) -> None:
    home, made = done
    assert made.specs == len(SPECS) == len(made.records)
    by_id = {one.model_id: one for one in made.records}
    root = by_id["response/wealth_management/30d"].manifest
    assert root.learnt is not None
    assert root.learnt.learner in {"trees", "additive"}
    slice_of = by_id[WIDE].manifest
    assert slice_of.learnt is not None
    assert slice_of.learnt.parent is not None
    assert slice_of.learnt.parent.version == by_id["response/wealth_management/30d"].version
    assert by_id[SLICE].flags == (Flag.NO_POSITIVES,)
    assert by_id["response/gold/90d"].manifest.untrained == "history_too_short"
    assert made.trained == sum(made.by_learner.values()) == sum(made.by_family.values())
    assert sum(made.by_flag.values()) >= made.specs
    assert made.challengers == ()
    assert not (home.root / "work" / "factory").exists() or not list((home.root / "work" / "factory").iterdir())


def test_a_slice_scores_and_explains_through_its_root(
    done: tuple[Home, Output], engine: DuckDBEngine, world: SmallWorld
) -> None:
    home, _ = done
    table = features.build(MemoryBank(world.rows, engine), engine, as_of=AS_OF)
    scores = scoring.score(home, table, only={WIDE, "response/wealth_management/30d"})
    known = scores[WIDE].is_valid().to_numpy()
    assert 0 < known.sum() < len(known)
    ours = scores[WIDE].drop_null().to_numpy()
    roots = scores["response/wealth_management/30d"].filter(scores[WIDE].is_valid()).to_numpy()
    assert abs(ours.mean() - roots.mean()) < 0.15
    assert ((ours > 0) & (ours < 1)).all()
    reasons = scoring.reasons_for(home, WIDE, table)
    assert any(reasons.values())


def test_a_killed_run_goes_on_and_makes_the_same_models(
    done: tuple[Home, Output], engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    processes: Hands = lambda folder: make_in_processes(7, folder=folder, processes=1)  # noqa: E731
    for stop in (1, 3):
        with pytest.raises(Stopped):
            run(world, engine, home, stop_after=stop, hands=processes)
    made, told = run(world, engine, home, hands=processes)
    assert versions(made) == versions(done[1])
    assert len(told) >= len(SPECS)
    assert sorted({one.model_id for one in told}) == sorted(one.model_id for one in SPECS)


def test_a_model_that_is_still_good_gets_a_challenger(
    done: tuple[Home, Output], engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    first = run(world, engine, home)[0]
    assert versions(first) == versions(done[1])
    again, _ = run(world, engine, home, seed=8)
    root = "response/wealth_management/30d"
    assert root in again.challengers
    assert versions(again)[root] != versions(first)[root]
    assert scoring.record_of(home, root).version == versions(first)[root]
    same, _ = run(world, engine, home)
    assert same.challengers == ()


def test_a_line_that_a_kill_tore_is_dropped_and_the_next_is_whole(
    done: tuple[Home, Output], engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    for stop in (2, 4):
        with pytest.raises(Stopped):
            run(world, engine, home, stop_after=stop)
        (journal,) = home.root.rglob("journal.jsonl")
        with journal.open("a", encoding="utf-8") as file:
            file.write('{"model_id": "beha')
    made, _ = run(world, engine, home)
    assert versions(made) == versions(done[1])
