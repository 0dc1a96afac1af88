"""The fairness of nights is gathered from what they kept."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from tests.loop.conftest import described
from tests.loop.makers import AS_OF, AT_WORK
from wealthloop import insight, ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.cli import fairness as command
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home
from wealthloop.loop.night import run_night
from wealthloop.loop.onemore import one_more
from wealthloop.rehearsal.fairness import fairness, fairness_json
from wealthloop.rehearsal.planworth import plan_worth

pytestmark = pytest.mark.django_db
__all__ = ["described"]

OWN = "cards_per_rm = 2\napp_push = 1\nsms = 1\nwechat = 1\nwecom = 1\nai_call = 1\nbudget_yuan = 20\n"


@pytest.mark.usefixtures("described")
def test_a_nights_fairness_is_that_of_its_ledger(
    bank_home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (bank_home.root / "capacity.toml").write_text(f"{OWN}[floors]\nnone = 1\n", encoding="utf-8")
    bank = BankTables(bank_home, engine)
    with pytest.raises(NotFound, match="no night of"):
        fairness(bank_home, bank, engine, since=AS_OF, as_of=AS_OF)
    night = run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    with pytest.raises(InvalidInput, match="since"):
        fairness(bank_home, bank, engine, since=AS_OF + timedelta(days=1), as_of=AS_OF)
    found = fairness(bank_home, bank, engine, since=AS_OF - timedelta(days=3), as_of=AS_OF)

    released = [row for row in ledger.read(bank_home).to_pylist() if row["disposition"] == "released"]
    cards = Counter(row["staff_id"] for row in released if row["channel"] == "rm")
    assert {one.staff_id: one.cards for one in found.desks if one.cards} == cards
    assert sum(one.value for one in found.desks) == sum(row["value"] for row in released if row["channel"] == "rm")
    assert {one.room for one in found.desks} == {2}
    assert found.value.desks == len(found.desks) > 1
    people = insight.load(bank_home, AS_OF).select(["customer_id", "staff_id", "branch_id"]).to_pylist()
    assert Counter(row["branch_id"] for row in people) == {one.branch_id: one.customers for one in found.branches}
    assert sum(one.contacts for one in found.branches) == len(released)
    customers = customers_of(row["person_key"] for row in released)
    alone = {row["customer_id"] for row in people if row["staff_id"] is None}
    assert found.unheld.customers == len(alone) > 0
    assert found.unheld.contacted == len(alone & set(customers.values()))
    assert found.unheld.with_lead >= found.unheld.contacted + found.unheld.only_person + found.unheld.nobody
    assert [(one.kind, one.name, one.nights, one.missed, one.why) for one in found.floors] == [
        ("branch", "none", 1, 1, {"no_options": 1})
    ]
    plan = night.steps["plan"]
    assert (found.plan.value, found.plan.gap) == (plan["value_fen"], plan["bound_fen"] - plan["objective_fen"])
    assert (found.plan.preference, found.plan.floors) == (plan["preference_cost_fen"], plan["floor_cost_fen"])
    assert (found.plan.exploration, found.plan.drawn) == (
        plan["exploration_cost_fen"], plan["exploration_drawn_cost_fen"],
    )  # fmt: skip
    unsaid = plan_worth([plan, {name: n for name, n in plan.items() if name != "exploration_cost_fen"}])
    drawn = plan["exploration_drawn_cost_fen"]
    assert (unsaid.value, unsaid.exploration, unsaid.drawn) == (2 * plan["value_fen"], None, 2 * drawn)
    assert plan_worth([{name: n for name, n in plan.items() if name != "floor_cost_fen"}]).floors == 0
    assert plan_worth([plan, {}]).floors is None
    assert found.more == one_more(bank_home, night.run_id)
    assert json.loads(json.dumps(fairness_json(found)))["unheld"]["other"] == found.unheld.other
    monkeypatch.setattr(command, "open_home", lambda _: bank_home)
    command.fairness_command(home=bank_home.root, as_of="", since=found.since.isoformat(), as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(fairness_json(found)))
    command.fairness_command(home=bank_home.root, as_of=AS_OF.isoformat(), since="")
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{len(alone):,} customers" in told.err.replace("\n", " ")
    for kept in bank_home.ledger.glob("*/prices.parquet"):
        kept.unlink()
    without = fairness(bank_home, bank, engine, since=AS_OF, as_of=AS_OF)
    assert without.more == ()
    assert {one.load for one in without.desks} == {None}
