"""Forecasts beside what happened, over a small bank whose plans and outcomes are written by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from math import hypot, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.loop.makers import profile, running
from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, day, launch
from wealthloop import insight, ledger
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm
from wealthloop.kit import Home
from wealthloop.rehearsal.ledger import Forecast, keep
from wealthloop.rehearsal.scored import Record, Scored, beside, record, width_of
from wealthloop.rehearsal.seen import Life, Seen, audience_seen, counts_seen, days_seen
from wealthloop.rehearsal.types import Alikeness, DryRun, Power, Predicted, Sheet, Sizes, Z
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.parts import Audience, RampStep

RUN = DryRun(
    as_of=DAY, nights=1, leads=0, channels=(), value=0, value_with=0, value_without=0, displaced=0
)  # fmt: skip


def predicted(name: str, expected: float, sd: float = 1.0) -> Predicted:
    return Predicted(name=name, expected=expected, sd=sd, basis="first_week")


def power(needed_n: int = 6, alike: Alikeness | None = None) -> Power:
    return Power(
        arm="contact", minimum_worthwhile_effect=0.05, needed_n=needed_n, first_week=1.0, later_week=1.0,
        at_hand_n=needed_n, days=90, needed_days=20, detectable_effect=0.05, basis="alike", alike=alike,
    )  # fmt: skip


def sheet(*numbers: Predicted, needed_n: int = 6, alike: Alikeness | None = None, at_hand_n: int = 6) -> Sheet:
    sizes = Sizes(customers=0, audience=0, with_lead=0, allowed=0, by_channel={}, arms=())
    return Sheet(
        strategy_id="deposit", version=1, content_hash="x", metric="conversion", window_days=10, as_of=day(-1),
        beside=(), replaces=None, sizes=sizes, overlap=(), load=(), tonight=RUN, first_week=RUN, later_week=RUN,
        alike=None, power=(replace(power(needed_n, alike), at_hand_n=at_hand_n),), predicted=numbers,
    )  # fmt: skip


def foretold(home: Home, one: Sheet, *, minute: int = 0, occasion: Any = "launched", reason: str = "") -> None:  # noqa: ANN401
    at = datetime(2026, 8, 31, 1, minute, tzinfo=UTC)
    keep(home, Forecast(occasion=occasion, sheet=one, by="li", at=at, reason=reason))


def life(as_of: date, *, until: date | None = None, **changes: Any) -> Life:  # noqa: ANN401 - any field of the document
    mine = replace(running("maturity-care", **changes), launched_on=DAY)
    return Life(mine=mine, as_of=as_of, until=until or as_of)


def plans(*rows: tuple[str, int, str, str]) -> pa.Table:
    """Return decisions of (customer, day, arm, channel); an arm with a star is held by a standing experiment."""
    made = [
        {
            "decision_id": f"D{number}", "run_id": "r", "as_of": day(offset), "person_key": who,
            "strategy_id": "deposit", "strategy_version": 1, "arm": arm.rstrip("*"), "arm_share": 0.5,
            "treated": arm == "contact", "disposition": "withheld", "channel": channel, "refill": False,
            "propensity": 1.0, "held_by": "universal" if arm.endswith("*") else None,
        }
        for number, (who, offset, arm, channel) in enumerate(rows)
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=ledger.DECISIONS)


# What one number says beside what happened.


def test_a_number_inside_its_interval_has_its_error_and_the_edge_is_inside() -> None:
    one = predicted("units_first_week", 100.0, 10.0)
    found = beside(one, Seen(value=90.0))
    assert (found.expected, found.actual, found.error, found.inside) == (100.0, 90.0, -10.0, True)
    assert (found.low, found.high) == pytest.approx((100 - 16.4485, 100 + 16.4485), abs=1e-3)
    around = predicted("effect", 0.0)
    assert [beside(around, Seen(value=Z * part)).inside for part in (1.0, 1.001, -1.0, -1.001)] == [
        True, False, True, False,
    ]  # fmt: skip


def test_what_an_estimate_may_be_out_itself_widens_the_interval() -> None:
    found = beside(predicted("effect", 10.0, 3.0), Seen(value=17.0, error=4.0))
    assert found.high - found.expected == pytest.approx(Z * hypot(3.0, 4.0))
    assert found.inside
    assert not beside(predicted("effect", 10.0, 3.0), Seen(value=17.0)).inside


def test_a_count_is_held_against_the_part_that_the_ramp_let_in() -> None:
    found = beside(predicted("units_first_week", 100.0, 10.0), Seen(value=26.0), width=0.25)
    assert (found.expected, found.error, found.inside) == (25.0, 1.0, True)
    assert found.high - found.expected == pytest.approx(2.5 * Z)


def test_what_is_not_known_stays_none() -> None:
    found = beside(predicted("control", 0.1, 0.02), None)
    assert (found.actual, found.error, found.inside) == (None, None, None)
    assert found.low < found.expected < found.high


def test_what_has_not_happened_by_the_end_of_the_interval_is_not_inside() -> None:
    one = predicted("days/contact", 20.0, 5.0)
    early, late = (beside(one, Seen(value=value, at_least=True)) for value in (28.0, 29.0))
    assert (early.actual, early.inside) == (None, None)
    assert (late.actual, late.error, late.inside) == (None, None, False)


RAMP = (RampStep(share=0.1, days=5), RampStep(share=0.6, days=7), RampStep(share=1.0, days=1))


@pytest.mark.parametrize(
    ("name", "as_of", "width"),
    [
        ("units_first_week", 6, (5 * 0.1 + 2 * 0.6) / 7),
        ("contacts_first_week/sms", 40, (5 * 0.1 + 2 * 0.6) / 7),
        ("units_later_week", 13, (5 * 0.6 + 2 * 1.0) / 7),
        ("contacts_later_week/rm", 27, (5 * 0.6 + 16 * 1.0) / 21),
        ("units_later_week", 300, (5 * 0.6 + 23 * 1.0) / 28),
        ("audience", 40, 1.0),
        ("effect", 40, 1.0),
        ("days/contact", 40, 1.0),
    ],
)
def test_the_ramp_is_averaged_over_the_days_that_were_counted(name: str, as_of: int, width: float) -> None:
    assert width_of(name, life(day(as_of), ramp=RAMP)) == pytest.approx(width)
    assert width_of(name, life(day(as_of))) == 1.0


# What happened.

ROWS = plans(
    ("A", 0, "contact", "rm"), ("A", 3, "contact", "remote_agent"), ("B", 6, "control", "rm"),
    ("H", 1, "contact*", "rm"),
    ("C", 7, "contact", "rm"), ("A", 8, "contact", "rm"), ("D", 13, "control", "remote_agent"),
    ("E", 14, "contact", "remote_agent"), ("F", 20, "contact", "rm"), ("G", 21, "control", "rm"),
    ("I", 35, "control", "rm"),
)  # fmt: skip


def counts(as_of: int, *, until: int | None = None) -> dict[str, float]:
    found = counts_seen(ROWS, life(day(as_of), until=None if until is None else day(until)))
    assert all(one.error == 0.0 and not one.at_least for one in found.values())
    return {name: one.value for name, one in found.items() if one.value}


FIRST = {"units_first_week": 2, "contacts_first_week/rm": 3, "contacts_first_week/remote_agent": 1}


@pytest.mark.parametrize(
    ("as_of", "later"),
    [
        (5, None),
        (6, {}),
        (12, {}),
        (13, {"units": 2, "rm": 2, "remote_agent": 1}),
        (20, {"units": 4 / 2, "rm": 3 / 2, "remote_agent": 2 / 2}),
        (60, {"units": 5 / 4, "rm": 4 / 4, "remote_agent": 2 / 4}),
    ],
)
def test_weeks_are_counted_once_they_are_over_and_later_ones_on_average_of_four(
    as_of: int, later: dict[str, float] | None
) -> None:
    if later is None:
        assert counts(as_of) == {}
        return
    names = {name: "units_later_week" if name == "units" else f"contacts_later_week/{name}" for name in later}
    assert counts(as_of) == FIRST | {names[name]: value for name, value in later.items()}


def test_a_version_that_was_concluded_has_no_weeks_after_its_end() -> None:
    assert counts(60, until=14) == counts(14)
    assert counts(60, until=5) == {}


def test_a_channel_of_the_plan_without_a_contact_was_used_for_none() -> None:
    found = counts_seen(ROWS.slice(0, 0), life(day(6)))
    assert {one.value for one in found.values()} == {0.0}
    assert "units_first_week" in found


@pytest.mark.parametrize(
    ("needed", "as_of", "until", "value", "at_least"),
    [
        (1, 10, 10, 11, False),  # A enters on day 0, its window closes on day 10
        (1, 9, 9, 10, True),
        (2, 16, 16, 17, False),  # B on day 6
        (2, 15, 15, 16, True),
        (9, 70, 70, 71, True),
        (9, 70, 40, 41, True),
        (2, 70, 8, 17, False),
    ],
)
def test_days_until_enough_are_those_of_the_last_needed_customers_window(
    needed: int, as_of: int, until: int, value: float, at_least: bool
) -> None:
    found = days_seen(ROWS, sheet(needed_n=needed), life(day(as_of), until=day(until)))["days/contact"]
    assert (found.value, found.at_least) == (value, at_least)


def test_only_the_arm_and_control_count_towards_what_the_arm_needs() -> None:
    rows = plans(("A", 0, "other", "rm"), ("B", 1, "contact", "rm"), ("C", 4, "control", "rm"))
    assert days_seen(rows, sheet(needed_n=2), life(day(60)))["days/contact"].value == 4 + 1 + 10


# The audience.


@pytest.fixture
def nights_kept(home: Home) -> Home:
    """Keep the profiles of two nights of the first week, of one before it and of one after."""
    for offset, tiers in {-1: "w" * 9, 0: "wwm", 4: "wwwwwm", 7: "w" * 9}.items():
        rows = [
            {"customer_id": f"C{n}", **profile(tier="wealth" if tier == "w" else "mass")}
            for n, tier in enumerate(tiers)
        ]
        insight.save(home, day(offset), pa.Table.from_pylist(rows))
    return home


WEALTHY = Audience(tiers=("wealth",), lifecycles=("mature",))


@pytest.mark.django_db
def test_the_audience_is_the_average_of_the_nights_of_the_first_week_that_were_kept(
    nights_kept: Home, engine: DuckDBEngine
) -> None:
    bank = MemoryBank(engine, {})
    found = [audience_seen(nights_kept, bank, engine, life(day(at), audience=WEALTHY)) for at in (5, 6, 60)]
    assert found == [{}, {"audience": Seen(value=(2 + 5) / 2)}, {"audience": Seen(value=(2 + 5) / 2)}]


def test_an_audience_of_which_no_night_was_kept_is_not_known(home: Home, engine: DuckDBEngine) -> None:
    assert audience_seen(home, MemoryBank(engine, {}), engine, life(day(60))) == {}


# A launch's forecast, end to end.

N = 400
HALVES = (Arm(name="contact", share=0.5, control=False), Arm(name="control", share=0.5, control=True))


@pytest.fixture
def world(engine: DuckDBEngine, home: Home, db: None) -> MemoryBank:  # noqa: ARG001 - opens the state plane
    """Plan 20 customers a day for 20 days; every second one of treatment buys, and every fifth of control."""
    launch(arms=HALVES)
    StrategyVersion.objects.update(launched_on=DAY, content_hash="x")
    made, moves = Planned(), []
    for number in range(N):
        arm = "control" if number % 2 else "contact"
        made.add(f"C{number}", day(number // 20), arm, arm_share=0.5)
        if number % (4 if arm == "contact" else 5) == 0:
            moves.append(buy(number, f"C{number}", day(number // 20 + 3)))
    ledger.write(home, "history", made.table())
    people = [{"customer_id": f"C{number}", "open_date": day(-100)} for number in range(N)]
    return MemoryBank(engine, {"customers": people, "products": PRODUCTS, "transactions": moves})


def numbers(found: Record) -> dict[str, Scored]:
    return {one.name: one for one in found.forecasts[-1].numbers}


EVERY = (
    predicted("audience", 50.0), predicted("units_first_week", 140.0), predicted("contacts_first_week/rm", 170.0, 10.0),
    predicted("units_later_week", 100.0, 2.0), predicted("effect", 0.3, 0.01), predicted("control", 0.2, 0.01),
    predicted("days/contact", 40.0, 1.0),
)  # fmt: skip


def test_every_number_of_a_launch_is_scored_when_it_is_known(
    world: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    foretold(home, sheet(*EVERY, needed_n=300), occasion="submitted")
    foretold(home, sheet(predicted("units_first_week", 9.0)), minute=1)
    foretold(home, sheet(*EVERY, needed_n=300), minute=2, reason="a pilot")
    early = record(home, world, engine, as_of=day(4))
    assert (early.scored, early.inside, early.coverage) == (0, 0, None)
    found = record(home, world, engine, as_of=day(60))
    assert (len(found.forecasts), found.level) == (1, 0.9)
    assert (found.forecasts[0].launched_on, found.forecasts[0].made_as_of) == (DAY, day(-1))
    assert found.forecasts[0].reason == "a pilot"
    told = numbers(found)
    assert (told["audience"].actual, told["audience"].inside) == (None, None)
    assert (told["units_first_week"].actual, told["units_first_week"].inside) == (140.0, True)
    assert (told["contacts_first_week/rm"].actual, told["contacts_first_week/rm"].inside) == (140.0, False)
    assert (told["units_later_week"].actual, told["units_later_week"].error) == (260 / 4, 260 / 4 - 100.0)
    assert (told["days/contact"].actual, told["days/contact"].inside) == (14 + 1 + 10, False)
    assert told["effect"].actual == pytest.approx(0.3, abs=0.01)
    assert told["control"].actual == pytest.approx(0.2, abs=0.01)
    assert (found.scored, found.inside) == (6, 3)
    assert found.coverage == 0.5


def test_an_effect_and_what_control_did_are_scored_with_their_own_errors(
    world: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    foretold(home, sheet(predicted("effect", 0.3, 0.0), predicted("control", 0.25, 0.0)))
    told = numbers(record(home, world, engine, as_of=day(60)))
    of_control = np.array([number % 5 == 0 for number in range(1, N, 2)], dtype=float)
    assert (told["control"].high - 0.25) / Z == pytest.approx(of_control.std() / sqrt(of_control.size))
    variance = 0.5 * 0.5 / 200 + 0.2 * 0.8 / 200
    assert (told["effect"].high - 0.3) / Z == pytest.approx(sqrt(variance), rel=0.05)


def test_control_of_whole_clusters_is_known_by_their_design_effect_less_well(
    world: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    alike = Alikeness(unit="rm", clusters=30, rho=0.1, estimated=True, design_effect=4.0)
    foretold(home, sheet(predicted("control", 0.2, 0.0)))
    alone = numbers(record(home, world, engine, as_of=day(60)))["control"]
    foretold(home, sheet(predicted("control", 0.2, 0.0), alike=alike), minute=1)
    found = numbers(record(home, world, engine, as_of=day(60)))["control"]
    assert found.high - found.expected == pytest.approx(2 * (alone.high - alone.expected))


def test_amounts_of_control_are_cut_where_the_forecast_cut_them(
    world: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    launch(
        metric="amount",
        arms=(Arm(name="contact", share=0.5, control=False), Arm(name="control", share=0.5, control=True)),
    )
    StrategyVersion.objects.update(launched_on=DAY)
    world.add("transactions", [buy(9_000 + n, f"C{n}", day(-3), amount=-200) for n in range(50)])
    world.add("transactions", [buy(9_900, "C1", day(2), amount=-(10**9))])
    foretold(home, sheet(predicted("control", 30.0, 1.0)))
    found = numbers(record(home, world, engine, as_of=day(60)))["control"]
    assert found.actual == pytest.approx((40 * 100 + 200) / 200)


def test_nothing_is_told_of_an_effect_or_of_control_while_a_check_locks_the_page(
    world: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    foretold(home, sheet(*EVERY))
    world.add(
        "contacts",
        [{"contact_id": "X", "customer_id": "C1", "at_day": day(2), "channel": "rm", "strategy_id": "deposit"}],
    )
    told = numbers(record(home, world, engine, as_of=day(60)))
    assert (told["effect"].actual, told["control"].actual) == (None, None)
    assert told["units_first_week"].actual == 140.0


def test_a_version_that_was_concluded_early_is_scored_for_the_weeks_that_it_ran(
    world: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    foretold(home, sheet(*EVERY, needed_n=9_000))
    running_on = record(home, world, engine, as_of=day(60))
    assert numbers(running_on)["days/contact"].inside is False
    assert running_on.scored == 6
    StrategyVersion.objects.update(concluded_at=datetime(2026, 9, 15, 1, tzinfo=UTC))
    told = numbers(record(home, world, engine, as_of=day(60)))
    assert told["units_later_week"].actual == 140.0
    assert (told["days/contact"].actual, told["days/contact"].inside) == (None, None)
    StrategyVersion.objects.update(concluded_at=datetime(2026, 9, 14, 1, tzinfo=UTC))
    assert numbers(record(home, world, engine, as_of=day(60)))["units_later_week"].actual is None


def test_a_home_without_launches_has_no_record(home: Home, engine: DuckDBEngine) -> None:
    foretold(home, sheet(*EVERY), occasion="submitted")
    found = record(home, MemoryBank(engine, {}), engine, as_of=day(60))
    assert (found.forecasts, found.coverage) == ((), None)
