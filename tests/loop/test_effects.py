"""Effects by customer: learnt from what was known at the plan, used where they may be, else left to propensity."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.loop.makers import AS_OF, home_in, night_of, running
from tests.scoring.test_effectmodels import units
from wealthloop import features, ledger
from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.champions.register import register_effects
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.loop import effects
from wealthloop.loop.effects import effect_id, effect_sizes, mean_of, refresh_effects, relative_effects
from wealthloop.reports.past import PastUnits
from wealthloop.scoring import Flag
from wealthloop.scoring.effectmodels import PROPENSITY, EffectRecord, train_effect

STRATEGY = running("idle-salary")
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
FEATURES = ("aum", "age", "login_count_30d", "tenure_days", "balance_demand")


def learnt(home: Home, *, on: date = AS_OF) -> EffectRecord:
    given = replace(units(1)[0], predictors=(*FEATURES, PROPENSITY))
    made = train_effect(home, given, model_id=effect_id(STRATEGY), owner="o", zh="z", en="e", as_of=on, seed=7)
    assert made is not None
    return made


def test_the_spread_has_a_mean_of_one_and_follows_the_model(bank_home: Home, engine: DuckDBEngine) -> None:
    night = night_of(bank_home, engine)
    table = pq.read_table(bank_home.features / f"{AS_OF}.parquet", columns=["customer_id", "aum"])
    customers = [str(one) for one in table["customer_id"].to_pylist()][:80]
    scores = {customer: place / 100 for place, customer in enumerate(customers[:40])}
    assert effect_sizes(night, STRATEGY, scores, customers) is None
    learnt(bank_home)
    sizes = effect_sizes(night, STRATEGY, scores, customers)
    assert sizes is not None
    mean = mean_of(sizes)
    assert mean is not None
    found = relative_effects(sizes, mean)
    assert set(found) == set(customers)
    assert np.mean(list(found.values())) == pytest.approx(1.0)
    assert min(found.values()) >= 0.0
    assert effect_sizes(night, STRATEGY, scores, ()) is None
    assert mean_of(dict.fromkeys(customers, 0.0)) is None


def test_what_ranks_nobody_or_has_expired_is_not_used(
    bank_home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = night_of(bank_home, engine)
    record = learnt(bank_home)
    low = EffectRecord(version=record.version, manifest=record.manifest.model_copy(update={"flags": (Flag.LOW,)}))
    for unusable in (low, EffectRecord(version="v", manifest=record.manifest.model_copy(update={"expires_on": AS_OF}))):
        monkeypatch.setattr(effects, "current_effect", lambda *_, found=unusable: found)
        assert effect_sizes(night, STRATEGY, {}, ["C1"]) is None


def test_units_know_what_was_known_when_they_were_planned(
    bank_home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = night_of(bank_home, engine)
    table = pq.read_table(bank_home.features / f"{AS_OF}.parquet", columns=["customer_id", "aum"])
    ids = [str(one) for one in table["customer_id"].to_pylist()][:6]
    known = features.load(bank_home, AS_OF).slice(0, 4).drop_columns("customer_id")
    ledger.write_known(bank_home, "run", known.append_column("person_key", pa.array(["p0", "p1", "p2", "p3"])))
    past = PastUnits(
        customer_id=(*ids[:4], "nobody", ids[5]), channel=("sms",) * 6, treated=np.array([True, False] * 3),
        outcome=np.array([0.0, 5.0, 1.0, 0.0, 1.0, 1.0]), p_no_contact=np.linspace(0.1, 0.6, 6),
        first_day=np.full(6, AS_OF, dtype="datetime64[D]"), share=0.5,
        first=pa.table({"run_id": ["run"] * 5 + ["imported"], "person_key": [f"p{place}" for place in range(6)]}),
    )  # fmt: skip
    monkeypatch.setattr(effects, "past_contacts", lambda *_, **__: past)
    assert effects._units(night, STRATEGY) is None, "the ledger has planned too few to look any further"
    monkeypatch.setattr(effects, "LEAST_UNITS", 0)
    made = effects._units(night, STRATEGY)
    assert made is not None
    assert made.customer_id == tuple(ids[:4])
    assert made.converted.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert made.predictors[-1] == PROPENSITY
    assert made.x[:, -1] == pytest.approx(past.p_no_contact[:4])
    assert made.x[:, made.predictors.index("aum")] == pytest.approx(np.array(table["aum"].to_pylist()[:4], dtype=float))
    assert not made.enough
    assert refresh_effects(night, [STRATEGY]) == []


@pytest.mark.django_db
def test_models_of_effects_are_written_down(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    first = learnt(home)
    register_effects(home, [first], now=NOW)
    register_effects(home, [first], now=NOW)
    row = ModelVersion.objects.get(model_id=effect_id(STRATEGY))
    assert (row.state, row.positives) == (VersionState.CHAMPION, first.manifest.conversions)
    second = learnt(home, on=date(2027, 1, 1))
    register_effects(home, [second], now=NOW)
    assert ModelVersion.objects.get(version=first.version).state == VersionState.RETIRED
