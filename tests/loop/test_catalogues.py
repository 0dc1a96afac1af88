"""Benefits and activities: what is in the catalogue may be promised, what is not stops the contact."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.features.small_bank import MemoryBank
from tests.loop.makers import AS_OF, TOMORROW, around, home_in, lead, night_of, running
from tests.policies.build import product
from wealthloop.engines import DuckDBEngine
from wealthloop.loop.catalogues import Catalogues, catalogues
from wealthloop.loop.options import possible_contacts
from wealthloop.loop.types import Night
from wealthloop.policies.facts import CHINA
from wealthloop.strategies.parts import Offering

TEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
"""10:00 at the bank."""
NIGHT = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
"""01:00 of the same day at the bank."""
PLUS = product(product_id="PLUS", category="fixed_income_plus_wm")


@pytest.fixture(params=[TEN, NIGHT], ids=["ten", "after_midnight"])
def known(engine: DuckDBEngine, request: pytest.FixtureRequest) -> Catalogues:
    at: datetime = request.param
    benefits: list[dict[str, Any]] = [
        {"benefit_id": "used_up", "name": "a", "stock": 0},
        {"benefit_id": "uncounted", "name": "b", "stock": None},
        {"benefit_id": "last_day", "name": "c", "stock": 1, "valid_to": TOMORROW},
        {"benefit_id": "over", "name": "d", "stock": 1, "valid_to": AS_OF},
    ]
    activities: list[dict[str, Any]] = [
        {"activity_id": name, "name": name, "kind": "branch_salon", "at": at.replace(tzinfo=None) + later,
         "branch_id": "B1", "known_at": TEN.replace(tzinfo=None) - timedelta(days=9)}
        for name, later in (("begun", timedelta(0)), ("coming", timedelta(minutes=1)))
    ]  # fmt: skip
    branches = [{"branch_id": "B1", "name": "城西支行"}]
    bank = MemoryBank(engine, {"benefits": benefits, "activities": activities, "branches": branches})
    return catalogues(bank, as_of=AS_OF, at=at, zone=CHINA)


def offer(*, benefit_id: str | None = None, activity_id: str | None = None) -> Offering:
    return Offering(categories=("bond_fund",), closing="app", benefit_id=benefit_id, activity_id=activity_id)


def test_benefits_in_stock_and_in_force_and_activities_to_come_are_there(known: Catalogues) -> None:
    assert set(known.benefits) == {"uncounted", "last_day"}
    assert set(known.activities) == {"coming"}
    assert known.activities["coming"]["branch"] == "城西支行"


def test_an_offer_stands_only_with_all_that_it_names(known: Catalogues) -> None:
    assert known.hold(offer())
    assert known.hold(offer(benefit_id="last_day", activity_id="coming"))
    assert not known.hold(offer(benefit_id="over", activity_id="coming"))
    assert not known.hold(offer(benefit_id="last_day", activity_id="begun"))
    assert not known.hold(offer(benefit_id="nowhere"))


@pytest.fixture
def night(tmp_path: Path, engine: DuckDBEngine) -> Night:
    return night_of(home_in(tmp_path), engine)


def test_a_strategy_contacts_nobody_with_what_is_not_in_the_catalogue(night: Night) -> None:
    care = running("birthday-benefits", triggers=("near_tier",), offer=Offering(closing="app", benefit_id="B003"))
    leads = [lead(trigger="near_tier")]
    assert possible_contacts(night, leads, [care], around())
    assert not possible_contacts(night, leads, [care], around(offered=Catalogues(benefits={}, activities={})))
    invited = running("birthday-benefits", triggers=("near_tier",), offer=Offering(closing="app", activity_id="A1"))
    assert not possible_contacts(night, leads, [invited], around())


def test_a_version_that_was_launched_before_the_rule_gives_nothing_for_what_must_not_be_sold_by_gifts(
    night: Night,
) -> None:
    care = running("maturity-care")
    gift = running("maturity-care", offer=care.document.offer.model_copy(update={"benefit_id": "B003"}))
    leads = [lead(trigger="deposit_maturing")]
    assert possible_contacts(night, leads, [care], around(PLUS))
    assert not possible_contacts(night, leads, [gift], around(PLUS))
