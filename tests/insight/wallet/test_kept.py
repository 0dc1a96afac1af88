"""Wallet models and wallets kept: read back equal, good for a month, broken ones named."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.features.leaks import bytes_of
from tests.features.small_bank import AS_OF, MemoryBank
from tests.insight.wallet.test_estimate import _audits, _fitted, _people
from wealthloop import features
from wealthloop.engines import Engine
from wealthloop.errors import HomeError
from wealthloop.insight.wallet.estimate import wallets
from wealthloop.insight.wallet.health import wallet_health
from wealthloop.insight.wallet.kept import GOOD_DAYS, load_model, load_wallets, model_for, save_model, save_wallets
from wealthloop.kit import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.mark.parametrize("many", [0, 80])
def test_a_model_that_was_kept_gives_the_same_wallets(engine: Engine, home: Home, many: int) -> None:
    model, table = _fitted(engine, _audits(many))
    save_model(home, model)
    kept = load_model(home, AS_OF + timedelta(days=1))
    assert kept is not None
    bank = MemoryBank(engine, {**_people()[0], "external_tags": _audits(many)})
    again = wallets(kept, bank, engine, features.build(bank, engine, as_of=AS_OF), as_of=AS_OF)
    assert bytes_of(again) == bytes_of(table)
    assert (kept.bands, kept.middle, kept.left_out) == (model.bands, model.middle, dict(model.left_out))
    assert wallet_health(kept) == wallet_health(model)
    save_wallets(home, AS_OF, table)
    assert load_wallets(home, AS_OF).equals(table)


def test_a_model_is_used_for_a_month_after_its_day_and_not_on_it(engine: Engine, home: Home) -> None:
    model, _ = _fitted(engine, [])
    save_model(home, model)
    assert load_model(home, AS_OF) is None
    assert load_model(home, AS_OF + timedelta(days=GOOD_DAYS - 1)) is not None
    assert load_model(home, AS_OF + timedelta(days=GOOD_DAYS)) is None


def test_too_few_customers_are_not_compared(engine: Engine, home: Home) -> None:
    people = _people()[0]
    few = {name: rows if name == "products" else rows[:199] for name, rows in people.items()}
    few["holdings"] = [row for row in people["holdings"] if row["customer_id"] < "C199"]
    for rows, found in ((few, False), (people, True)):
        bank = MemoryBank(engine, rows)
        seen = features.build(bank, engine, as_of=AS_OF)
        assert (model_for(home, bank, engine, seen, as_of=AS_OF) is not None) is found


@pytest.mark.parametrize("broken", ["", "{}", '{"as_of": "2026-01-01"}'])
def test_a_broken_model_is_named(engine: Engine, home: Home, broken: str) -> None:
    path = save_model(home, _fitted(engine, [])[0])
    path.write_text(broken, "utf-8")
    with pytest.raises(HomeError, match=path.name):
        load_model(home, AS_OF + timedelta(days=1))
