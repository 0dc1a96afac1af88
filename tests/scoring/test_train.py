"""Training: learns from the past only, the same every time, and never falls over a poor bank."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.scoring.bank import AS_OF, MemoryBank, Row, SmallWorld, noon, small_world
from tests.scoring.conftest import Trained
from wealthloop import scoring
from wealthloop.engines import DuckDBEngine
from wealthloop.features import FEATURES, describe
from wealthloop.kit import Home
from wealthloop.scoring import Family, Flag
from wealthloop.scoring.matrix import PREDICTORS
from wealthloop.scoring.types import Bound

RESPONSE = "response/wealth_management/30d"


def files(home: Home) -> dict[str, bytes]:
    paths = sorted(path for path in home.models.rglob("*") if path.is_file())
    return {str(path.relative_to(home.models)): path.read_bytes() for path in paths}


def train(world: dict[str, list[Row]], engine: DuckDBEngine, root: Path) -> Home:
    home = Home.create(root, salt="a-test-salt")
    scoring.train(MemoryBank(world, engine), engine, home, as_of=AS_OF, seed=7)
    return home


def test_the_five_families_have_one_declared_model_each_and_response_two() -> None:
    assert sorted(spec.family for spec in scoring.SPECS) == sorted([*Family, Family.RESPONSE])
    assert len({spec.model_id for spec in scoring.SPECS}) == len(scoring.SPECS)
    assert all(spec.model_id.startswith(f"{spec.family}/") for spec in scoring.SPECS)
    assert all(spec.zh and spec.en and spec.owner for spec in scoring.SPECS)
    named = [one.feature for spec in scoring.SPECS for one in spec.population if isinstance(one, Bound)]
    named += [name for spec in scoring.SPECS for name, _ in spec.monotone]
    assert all(describe(name) for name in named)


def test_some_models_alone_are_trained_to_the_same_versions(
    trained: Trained, engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    some = [spec for spec in scoring.SPECS if spec.model_id == RESPONSE]
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    alone = scoring.train(MemoryBank(world.rows, engine), engine, home, as_of=AS_OF, seed=7, specs=some)
    assert [one.version for one in alone] == [trained.record(RESPONSE).version]
    assert scoring.fresh(home, as_of=AS_OF, specs=some)
    assert not scoring.fresh(home, as_of=AS_OF)


def test_what_foretells_purchases_is_learnt(trained: Trained) -> None:
    manifest = trained.record(RESPONSE).manifest
    assert manifest.learnt is not None
    assert manifest.learnt.auc is not None
    assert manifest.learnt.auc > 0.65
    assert trained.record(RESPONSE).flags == (Flag.GOOD,)
    assert trained.record(RESPONSE).feeds == "full"


def test_training_windows_end_before_the_newest_snapshot_and_that_before_the_day(trained: Trained) -> None:
    manifest = trained.record(RESPONSE).manifest
    assert manifest.later_day == AS_OF - timedelta(days=31)
    assert manifest.labels_until == AS_OF - timedelta(days=1)
    assert max(manifest.training_days) + timedelta(days=30) <= manifest.later_day


def test_customers_of_the_newest_snapshot_calibrate_or_test_and_never_train(trained: Trained) -> None:
    sizes, customers = trained.record(RESPONSE).manifest.sizes, trained.features.num_rows
    assert sizes.train == 2 * customers
    assert sizes.calibrate + sizes.test == customers
    assert 0.4 < sizes.test / customers < 0.6


def test_i15_i14_rows_after_as_of_or_known_after_it_change_no_byte(
    trained: Trained, engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    later: list[Row] = []
    for number, customer in enumerate(world.rows["customers"]):
        day = AS_OF + timedelta(days=1 + number % 20)
        common: Row = {"customer_id": customer["customer_id"], "kind": "buy", "amount": -1, "product_id": "P3"}
        later.append({"transaction_id": f"L{number}", "at": noon(day), **common})
        late = {"at": noon(AS_OF - timedelta(days=10)), "known_at": noon(AS_OF + timedelta(days=1))}
        later.append({"transaction_id": f"M{number}", **late, **common})
    holdings: list[Row] = [{**row, "as_of": AS_OF + timedelta(days=2)} for row in world.rows["holdings"][:200]]
    perturbed = {
        **world.rows,
        "transactions": world.rows["transactions"] + later,
        "holdings": world.rows["holdings"] + holdings,
    }
    assert files(train(perturbed, engine, tmp_path / "home")) == files(trained.home)


def test_i14_rows_in_another_order_make_the_same_files(
    trained: Trained, engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    turned = {name: rows[::-1] for name, rows in world.rows.items()}
    assert files(train(turned, engine, tmp_path / "same")) == files(trained.home)


def test_other_rows_before_as_of_make_other_models(
    trained: Trained, engine: DuckDBEngine, world: SmallWorld, tmp_path: Path
) -> None:
    fewer = [row for row in world.rows["transactions"] if not str(row["customer_id"]).endswith("7")]
    home = train({**world.rows, "transactions": fewer}, engine, tmp_path / "home")
    before, after = trained.record(RESPONSE), scoring.record_of(home, RESPONSE)
    assert before.version != after.version


POOR: dict[str, Any] = {
    "no rows at all": {},
    "customers only": {"customers"},
    "no transactions": {"customers", "holdings", "products"},
    "no holdings": {"customers", "transactions", "products", "app_events"},
    "no products": {"customers", "transactions", "holdings", "app_events"},
}


@pytest.mark.parametrize("kept", POOR.values(), ids=POOR.keys())
def test_a_poor_bank_gets_flags_and_no_failure(kept: set[str], engine: DuckDBEngine, tmp_path: Path) -> None:
    small = small_world(customers=30)
    home = train({name: rows for name, rows in small.rows.items() if name in kept}, engine, tmp_path / "home")
    for record in scoring.records(home):
        assert set(record.flags) <= {Flag.NO_POSITIVES, Flag.IMMATURE}
        assert record.feeds != "full"


def test_a_history_too_short_for_a_time_split_gives_no_scores(engine: DuckDBEngine, tmp_path: Path) -> None:
    home = train(small_world(customers=200, days=62).rows, engine, tmp_path / "home")
    record = scoring.record_of(home, RESPONSE)
    assert not record.has_scores
    assert record.manifest.untrained == "history_too_short"
    assert record.flags == (Flag.IMMATURE,)


def test_models_are_fresh_until_they_expire(trained: Trained, tmp_path: Path) -> None:
    assert scoring.fresh(trained.home, as_of=AS_OF)
    assert scoring.fresh(trained.home, as_of=AS_OF + timedelta(days=29))
    assert not scoring.fresh(trained.home, as_of=AS_OF + timedelta(days=30))
    assert not scoring.fresh(trained.home, as_of=AS_OF - timedelta(days=1))
    assert not scoring.fresh(Home.create(tmp_path / "home", salt="a-test-salt"), as_of=AS_OF)


def test_consents_are_never_predictors() -> None:
    assert {feature.name for feature in FEATURES} - set(PREDICTORS) == {"consent_marketing", "consent_personalisation"}
