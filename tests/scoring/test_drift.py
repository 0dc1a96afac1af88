"""Looking back: scores whose window has closed beside what their customers did."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.scoring.bank import AS_OF, MemoryBank, SmallWorld
from tests.scoring.conftest import Trained
from wealthloop import features, scoring
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.scoring import Flag
from wealthloop.scoring.matrix import column_of
from wealthloop.scoring.measure import Slope

RESPONSE = "response/wealth_management/30d"
THEN = AS_OF - timedelta(days=31)


@pytest.fixture
def home(trained: Trained, engine: DuckDBEngine, world: SmallWorld, tmp_path: Path) -> Home:
    """A home that kept what it knew and scored 31 days ago."""
    made = Home.create(tmp_path / "home", salt="a-test-salt")
    (made.root / "models").symlink_to(trained.home.models)
    table = features.build(MemoryBank(world.rows, engine), engine, as_of=THEN)
    features.save(made, THEN, table)
    scoring.save(made, THEN, scoring.score(made, table))
    return made


def test_what_was_foretold_stands_beside_what_was_done(home: Home, engine: DuckDBEngine, world: SmallWorld) -> None:
    bank = MemoryBank(world.rows, engine)
    seen = scoring.look_back(bank, engine, home, [RESPONSE, "churn/aum_half/30d"], as_of=AS_OF)[RESPONSE]
    scores = column_of(scoring.load(home, THEN), RESPONSE)
    assert seen.day == THEN
    assert seen.version == scoring.record_of(home, RESPONSE).version
    assert seen.customers == int((~np.isnan(scores)).sum())
    assert seen.expected == pytest.approx(float(np.nanmean(scores)))
    assert 0.1 < seen.observed < 0.9
    assert seen.slope is not None
    assert scoring.look_back(bank, engine, home, [RESPONSE], as_of=AS_OF - timedelta(days=1)) == {}


def test_scores_that_did_not_come_true_stop_their_own_version_alone(
    home: Home, trained: Trained, engine: DuckDBEngine, world: SmallWorld
) -> None:
    scores = scoring.score(trained.home, trained.features)
    seen = scoring.look_back(MemoryBank(world.rows, engine), engine, home, [RESPONSE], as_of=AS_OF)[RESPONSE]
    off = replace(seen, slope=Slope(estimate=0.4, low=0.3, high=0.5))
    flags = {one.model_id: one.flags for one in scoring.drift(home, scores, {RESPONSE: off})}
    assert flags[RESPONSE] == (Flag.DRIFTED,)
    older = {RESPONSE: replace(off, version="older")}
    assert {one.model_id: one.flags for one in scoring.drift(home, scores, older)}[RESPONSE] == (Flag.GOOD,)


def test_a_nights_findings_are_read_back(home: Home, trained: Trained) -> None:
    health = scoring.drift(home, scoring.score(trained.home, trained.features))
    assert scoring.load_health(home, AS_OF) == ()
    scoring.save_health(home, AS_OF, health)
    assert scoring.load_health(home, AS_OF) == health
