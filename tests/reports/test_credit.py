"""Whose sales they are: within the window, once, to the fen, and by nobody's contact to nobody."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import pytest

from tests.delivery.makers import NOW, TODAY
from tests.features.small_bank import MemoryBank
from tests.feedback.makers import lay, work
from tests.loop.makers import AT_WORK
from tests.loop.makers import launch as launch_shipped
from wealthloop.access.models import Person
from wealthloop.delivery import cards
from wealthloop.delivery.types import Conversion
from wealthloop.engines import DuckDBEngine
from wealthloop.policies.facts import CHINA
from wealthloop.reports import credit as module
from wealthloop.reports.credit import Credit, Role, by_person, credits_of
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped
from wealthloop.strategies.parts import SalesCredit

pytestmark = pytest.mark.django_db
AMOUNT = 5_000_001


def bank() -> MemoryBank:
    book = [
        {"customer_id": "C1", "rm_id": "S1", "from": date(2024, 1, 1), "to": TODAY - timedelta(days=1)},
        {"customer_id": "C1", "rm_id": "S2", "from": TODAY, "to": None},
        {"customer_id": "C2", "rm_id": "S1", "from": date(2024, 1, 1), "to": TODAY - timedelta(days=1)},
        {"customer_id": "C3", "rm_id": "S1", "from": date(2025, 1, 1), "to": None},
        {"customer_id": "C3", "rm_id": "S2", "from": date(2024, 1, 1), "to": None},
    ]
    staff = [
        {"staff_id": name, "role": "rm", "branch_id": branch, "daily_capacity": 10}
        for name, branch in (("S1", "B1"), ("S2", "B2"))
    ]
    return MemoryBank(DuckDBEngine(threads=1), {"book_assignments": book, "staff": staff})


def launch(
    to: Literal["claimer", "owner", "shared"], window_days: int = 10, strategy_id: str = "maturity-care"
) -> None:
    rule = SalesCredit(to=to, window_days=window_days)
    document = next(one for one in shipped() if one.id == strategy_id).model_copy(update={"sales_credit": rule})
    life.submit(document, "li", AT_WORK)


def bought(monkeypatch: pytest.MonkeyPatch, *found: Conversion) -> list[Credit]:
    cards.match_wins(found, now=NOW)
    monkeypatch.setattr(module, "conversions", lambda *_args, **_given: list(found))
    Person.objects.get_or_create(username="s1", defaults={"role": "rm", "staff_id": "S1"})
    return credits_of(bank(), DuckDBEngine(threads=1), zone=CHINA, since=TODAY, as_of=TODAY)


def purchase(
    on: date = TODAY, *, number: str = "T1", strategy_id: str = "maturity-care", customer_id: str = "C1"
) -> Conversion:
    return Conversion(customer_id=customer_id, strategy_id=strategy_id, on=on, transaction_id=number, amount=AMOUNT)


EXPECTED: Mapping[Literal["claimer", "owner", "shared"], list[tuple[str, str, str, int]]] = {
    "claimer": [("claimer", "S1", "B1", AMOUNT)],
    "owner": [("owner", "S2", "B2", AMOUNT)],
    "shared": [("claimer", "S1", "B1", 2_500_001), ("owner", "S2", "B2", 2_500_000)],
}


@pytest.mark.parametrize("to", ["claimer", "owner", "shared"])
def test_a_purchase_is_credited_by_the_versions_rule_to_the_fen(
    to: Literal["claimer", "owner", "shared"], monkeypatch: pytest.MonkeyPatch
) -> None:
    launch(to)
    work(lay("C1"))
    found = bought(monkeypatch, purchase())
    assert [(one.role, one.staff_id, one.branch_id, one.amount) for one in found] == EXPECTED[to]
    assert sum(one.amount for one in found) == AMOUNT
    assert sum(row[3] for row in by_person(found)) == AMOUNT


def test_the_owner_is_who_held_the_customer_on_the_day_of_the_purchase(monkeypatch: pytest.MonkeyPatch) -> None:
    launch("owner")
    for customer in ("C1", "C2"):
        work(lay(customer, sent_on=TODAY - timedelta(days=1)), now=NOW - timedelta(days=1))
    eve = bought(monkeypatch, purchase(TODAY - timedelta(days=1)), purchase(number="T2", customer_id="C2"))
    assert [(one.transaction_id, one.staff_id) for one in eve] == [("T1", "S1"), ("T2", "")]


def test_each_version_has_its_own_rule_and_of_two_owners_the_newer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    launch("claimer")
    launch("owner")
    for customer, version in (("C1", 1), ("C3", 2)):
        work(lay(customer, version=version))
    found = bought(monkeypatch, purchase(), purchase(number="T2", customer_id="C3"))
    assert [(one.version, one.role, one.staff_id) for one in found] == [(1, "claimer", "S1"), (2, "owner", "S1")]


def test_a_contact_after_the_purchase_credits_nobody_and_days_are_the_banks(monkeypatch: pytest.MonkeyPatch) -> None:
    launch("claimer")
    work(lay("C1"), now=datetime.combine(TODAY, time(17), UTC))
    assert bought(monkeypatch, purchase()) == []


def test_the_half_that_two_parts_make_is_one_purchase_of_who_has_both() -> None:
    roles: tuple[tuple[Role, int], ...] = (("claimer", 51), ("owner", 50))
    halves = [
        Credit(
            transaction_id="T1", on=TODAY, strategy_id="s", version=1, card_id="c", contacted_on=TODAY, staff_id="S1",
            branch_id="B1", role=role, amount=amount,
        )
        for role, amount in roles
    ]  # fmt: skip
    assert by_person(halves) == [("B1", "S1", 1, 101)]


def test_purchases_are_looked_for_of_launched_versions_whose_success_is_a_sale() -> None:
    launch_shipped("maturity-care", "birthday-benefits")
    launch("claimer", strategy_id="stay-close")
    assert list(module._criteria()) == ["maturity-care"]


def test_a_purchase_past_the_window_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    launch("claimer", window_days=2)
    work(lay("C1"))
    assert bought(monkeypatch, purchase(TODAY + timedelta(days=3))) == []


def test_the_last_day_of_the_window_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    launch("claimer", window_days=2)
    work(lay("C1"))
    assert [one.amount for one in bought(monkeypatch, purchase(TODAY + timedelta(days=2)))] == [AMOUNT]


def test_a_card_that_nobody_worked_before_the_purchase_credits_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    launch("claimer")
    card = lay("C1")
    cards.claim(card, person="s1", staff_id="S1", request_id="r", now=NOW, zone=CHINA)
    assert bought(monkeypatch, purchase()) == []


def test_a_purchase_that_two_strategies_count_is_credited_once_by_the_newest_contact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for strategy_id in ("maturity-care", "idle-salary"):
        launch("claimer", strategy_id=strategy_id)
    work(lay("C1"), now=NOW)
    work(lay("C1", strategy_id="idle-salary"), now=NOW + timedelta(days=1))
    on = TODAY + timedelta(days=1)
    found = bought(monkeypatch, purchase(on), purchase(on, strategy_id="idle-salary"))
    assert [(one.strategy_id, one.amount) for one in found] == [("idle-salary", AMOUNT)]
