"""Limits of households and branches: who falls under which, and that no plan breaks one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.features.small_bank import MemoryBank, customer
from tests.loop.conftest import Prepared
from tests.loop.makers import AS_OF, AT_WORK, SALT, customers_in, home_in, night_of, option, running, some
from tests.loop.test_capacity import OWN
from tests.loop.test_markets import CUSTOMERS, ROOM, rule
from tests.loop.test_markets import plan as plan_in_markets
from wealthloop import insight, ledger
from wealthloop.access.keys import customers_of
from wealthloop.allocation import Plan, Problem, solve
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.ledger import PRICES
from wealthloop.loop import plan as plans
from wealthloop.loop.limits import NO_LIMITS, Limits, limits_of
from wealthloop.loop.models import Run
from wealthloop.loop.night import run_night
from wealthloop.loop.onemore import one_more
from wealthloop.loop.options import Option
from wealthloop.loop.plan import NightPlan, plan_night
from wealthloop.rehearsal.whywords import resource

A, B = running("idle-salary"), running("stay-close")
PLENTY = {"strategy:idle-salary": 99, "strategy:stay-close": 99, "volume:sms": 99, "volume:wechat": 99}
PROFILES: dict[str, dict[str, Any]] = {
    one: {"branch_id": branch} for one, branch in (("C1", "B1"), ("C2", "B1"), ("C3", "B2"), ("C4", None), ("C5", "B1"))
}
SMS = "volume:sms"
BEFORE = {SMS: 70.0, "volume:fax": 5.0}
HOUSEHOLDS = {"C1": "H1", "C2": "H1", "C3": "H2", "C4": None, "C5": "", "C6": "H2"}


def limited(one: Option, *names: str) -> Option:
    return replace(one, possible=replace(one.possible, takes=names))


def plan(*options: Option, **room: int) -> NightPlan:
    limits = {name.replace("_", ":"): units for name, units in room.items()}
    return plan_night(options, {**PLENTY, **limits}, salt=SALT, members={})


def contacts(found: NightPlan) -> set[str]:
    return {one.option.customer_id for one in found.planned}


@pytest.mark.parametrize(
    ("own", "crowded", "expected"),
    [
        ("", True, NO_LIMITS),
        (
            "household_contacts = 1\n",
            True,
            Limits(takes=dict.fromkeys(["C1", "C2"], ("household:H1",)), room={"household:H1": 1}),
        ),
        ("household_contacts = 2\n", True, NO_LIMITS),
        (
            "household_contacts = 2\n",
            False,
            Limits(
                takes={"C1": ("household:H1",), "C2": ("household:H1",), "C3": ("household:H2",)},
                room={"household:H1": 2, "household:H2": 2},
            ),
        ),
        (
            "[branch_limits]\nB2 = 0\nB9 = 4\n",
            True,
            Limits(takes={"C3": ("branch:B2",)}, room={"branch:B2": 0, "branch:B9": 4}),
        ),
    ],
)
def test_customers_fall_under_the_limits_of_their_household_and_branch(
    tmp_path: Path, engine: DuckDBEngine, own: str, crowded: bool, expected: Limits
) -> None:
    home = home_in(tmp_path)
    (home.root / "capacity.toml").write_text(OWN + own, encoding="utf-8")
    bank = MemoryBank(engine, {"customers": [customer(who) | {"household_id": of} for who, of in HOUSEHOLDS.items()]})
    assert limits_of(night_of(home, engine, bank), PROFILES, crowded=crowded) == expected


def test_of_a_household_the_best_contacts_are_planned_and_no_slot_of_control_goes_to_its_others() -> None:
    control = next(customers_in(A, control=True))
    treated, other = some((one for one in customers_in(B, control=False) if one != control), 2)
    three = (option(control, A, "sms", 9), option(treated, B, "sms", 7), option(other, B, "wechat", 5))
    home = [limited(one, "household:H1") for one in three]
    assert contacts(plan(*home, household_H1=1)) == {control}
    assert contacts(plan(*home, household_H1=2)) == {control, treated}
    assert contacts(plan(home[0], *three[1:], household_H1=1, volume_sms=1)) == {control, treated, other}
    branch = [limited(one, "branch:B1") for one in three]
    assert contacts(plan(*branch, branch_B1=1)) == {control, treated}
    assert contacts(plan(branch[1], branch[2], branch_B1=1)) == {treated}
    assert contacts(plan(*branch, branch_B1=0)) == set()


def test_markets_share_the_limit_of_a_household(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROOM, "household:H1", 5)
    monkeypatch.setitem(ROOM, "household:H2", 1)
    options = [
        limited(option(one, A, "sms", 100 + place), f"household:H{place % 2 + 1}")
        for place, one in enumerate(CUSTOMERS)
    ]
    found = plan_in_markets(options, rule(share=0.4))
    assert Counter(name for one in found.planned for name in one.option.uses if name.startswith("household")) == {
        "household:H1": 5, "household:H2": 1,
    }  # fmt: skip
    few = [one for one in options if one.customer_id in {"C1", "C3"}]
    assert len(plan_in_markets(few, rule(share=0.4)).planned) == 1


def test_limits_are_said_in_words() -> None:
    assert resource("household:H1").en == "contacts for household H1"
    assert resource("branch:B1").zh == "网点 B1 的触达上限"


@pytest.mark.django_db
def test_a_night_keeps_within_the_limit_of_a_branch_prices_it_and_sets_out_from_the_prices_before(
    bank_home: Home, prepared: Prepared, described: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del prepared, described
    profiles = insight.load(bank_home, AS_OF, columns=["customer_id", "branch_id"]).to_pylist()
    branch_of = {row["customer_id"]: row["branch_id"] for row in profiles}
    branch = Counter(one for one in branch_of.values() if one).most_common(1)[0][0]
    text = f"{OWN}warm_start = true\n[branch_limits]\n{branch} = 2\n"
    (bank_home.root / "capacity.toml").write_text(text, encoding="utf-8")
    for run_id, days, prices in (("older", 2, {SMS: 1.0}), ("before", 1, BEFORE)):
        at = AS_OF - timedelta(days=days)
        Run.objects.create(run_id=run_id, as_of=at, inputs={}, ledger_hash="x", started_at=AT_WORK, finished_at=AT_WORK)
        rows = [{"resource": name, "capacity": 9, "used": 9, "price": price} for name, price in prices.items()]
        ledger.write_prices(bank_home, run_id, pa.Table.from_pylist(rows, schema=PRICES))
    starts: list[Mapping[str, float] | None] = []

    def solved(problem: Problem, *, start: Mapping[str, float] | None) -> Plan:
        starts.append(start)
        return solve(problem, start=start)

    monkeypatch.setattr(plans, "solve", solved)
    found = run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    rows = ledger.read(bank_home).to_pylist()
    people = customers_of(str(row["person_key"]) for row in rows)
    theirs = [row for row in rows if branch_of[people[str(row["person_key"])]] == branch]
    assert sum(not row["refill"] for row in theirs) == 2 < len(rows)
    kept = next(one for one in one_more(bank_home, found.run_id) if one.resource == f"branch:{branch}")
    assert (kept.capacity, kept.used) == (2, 2)
    assert kept.worth > 0
    assert starts[0] == BEFORE
    assert starts[1:] == [None] * (len(starts) - 1)
    assert f"customer of branch {branch} would have added" in kept.said.en
