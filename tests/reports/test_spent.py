"""What a customer brought in and cost: within the window, of what left, winsorised by what was before the start."""

from dataclasses import replace

import numpy as np
import pytest

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, criterion, day
from wealthloop.engines import DuckDBEngine
from wealthloop.reports.planned import units_of
from wealthloop.reports.spent import brought_in, costs
from wealthloop.reports.states import SentIntent
from wealthloop.strategies.valuebook import load_value_book

pytestmark = pytest.mark.django_db

BOOK = load_value_book()
RM, SMS = BOOK.contact_cost["rm"], BOOK.contact_cost["sms"]
GIVEN = 5_000.0


def spent(made: Planned, states: dict[str, str] | None = None) -> dict[str, float]:
    rows = made.table()
    units = units_of(rows)
    intents = {name: SentIntent(customer_id="", state=state) for name, state in (states or {}).items()}
    found = costs(rows, units, intents, criterion(), BOOK, given=np.full(units.size, GIVEN))
    return dict(zip(units.customer_id, found.tolist(), strict=True))


def test_every_contact_of_the_window_costs_and_none_after_it() -> None:
    made = Planned()
    made.add("twice", DAY, "contact")
    made.add("twice", day(9), "contact", channel="sms")
    made.add("late", DAY, "contact")
    made.add("late", day(10), "contact")
    assert spent(made) == {"twice": RM + SMS + GIVEN, "late": RM + GIVEN}


def test_who_was_never_reached_costs_nothing_whatever_they_did() -> None:
    made = Planned()
    states = ("sent", "unknown", "suppressed", "failed", "expired", "pending")
    named = {made.add(state, DAY, "contact", disposition="released"): state for state in states}
    made.add("control", DAY, "control")
    found = spent(made, named)
    assert found == dict.fromkeys((*states, "control"), 0.0) | dict.fromkeys(states[:2], RM + GIVEN)


@pytest.fixture(scope="module")
def bank(engine: DuckDBEngine) -> MemoryBank:
    """Nine of 2,000 customers bought in the window before, from 1,000 to 9,000 yuan, and one much more before that."""
    people = [{"customer_id": f"X{n}", "open_date": day(-900)} for n in range(2000)]
    before = [buy(100 + n, f"X{n}", day(-n), amount=-100_000 * (n + 1)) for n in range(8)]
    before += [buy(200, "X20", day(-9), amount=-900_000), buy(201, "X21", day(-10), amount=-70_000_000)]
    after = [
        buy(1, "A", day(1), amount=-50_000_000),
        buy(2, "A", day(11), amount=-9),
        buy(3, "B", day(10), amount=-300_000),
    ]
    logins = [{"customer_id": "B", "at_day": day(2), "kind": "login", "event_id": "E"}]
    return MemoryBank(
        engine, {"products": PRODUCTS, "transactions": before + after, "customers": people, "app_events": logins}
    )


def test_amounts_and_values_are_cut_at_what_was_usual_before_the_start(bank: MemoryBank, engine: DuckDBEngine) -> None:
    made = Planned()
    for who in ("A", "B", "C"):
        made.add(who, DAY, "contact")
    units = units_of(made.table())
    found = brought_in(bank, engine, units, criterion(), BOOK, first=DAY, as_of=day(40))
    usual = np.concatenate([100_000.0 * np.arange(1, 10), np.zeros(1991)])
    cut = float(np.quantile(usual, 0.999))
    assert cut == pytest.approx(700_000, rel=1e-3)
    assert found.done.tolist() == [1.0, 1.0, 0.0]
    assert found.sales is not None
    assert found.sales.tolist() == pytest.approx([cut, 300_000.0, 0.0])
    values = [BOOK.value("bond_fund", round(amount)) for amount in usual]
    expected = [float(np.quantile(values, 0.999)), BOOK.value("bond_fund", 300_000), 0.0]
    assert found.value.tolist() == pytest.approx(expected)


def test_what_is_no_sale_brings_its_own_value_and_no_sales(bank: MemoryBank, engine: DuckDBEngine) -> None:
    made = Planned()
    for who in ("A", "B"):
        made.add(who, DAY, "contact")
    seen = replace(criterion(), metric="logged_in", categories=())
    found = brought_in(bank, engine, units_of(made.table()), seen, BOOK, first=DAY, as_of=day(40))
    assert found.sales is None
    assert found.done.tolist() == [0.0, 1.0]
    assert found.value.tolist() == [0.0, BOOK.success_value["logged_in"]]
