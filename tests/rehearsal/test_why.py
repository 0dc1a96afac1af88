"""Why this, why not that: held against what the night of the small simulated bank decided."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.loop.makers import AS_OF, night_of
from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.access.models import PersonKey
from wealthloop.bank import BankTables
from wealthloop.cli.explain import told
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import NotFound
from wealthloop.kit import Home, write_atomic
from wealthloop.leads.repository import open_leads
from wealthloop.loop.capacity import BUDGET, SEATS, capacities
from wealthloop.loop.decide import decide
from wealthloop.loop.plan import plan_night
from wealthloop.loop.steps import find_leads
from wealthloop.rehearsal.explained import Choice, Why
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import scene_of, weighed
from wealthloop.rehearsal.why import why
from wealthloop.rehearsal.whywords import resource
from wealthloop.strategies.life import running

SCARCE = b"cards_per_rm = 1\napp_push = 1\nsms = 0\nwechat = 1\nwecom = 0\nai_call = 0\n"


def decided(home: Home, engine: DuckDBEngine) -> dict[str, dict[str, Any]]:
    """Decide the night into the ledger; return each planned customer's row."""
    night = night_of(home, engine, BankTables(home, engine))
    find_leads(night)
    plan = decide(night)
    ledger.write_prices(home, "run", plan.prices)
    ledger.write(home, "run", plan.table)
    rows = plan.table.to_pylist()
    customers = customers_of(str(row["person_key"]) for row in rows)
    return {customers[row["person_key"]]: row for row in rows}


def explained(home: Home, engine: DuckDBEngine, customer: str) -> Why:
    return why(home, BankTables(home, engine), engine, customer, as_of=AS_OF)


def leading() -> list[str]:
    return sorted({lead.customer_id for lead in open_leads(AS_OF)})


def every_customer(home: Home, engine: DuckDBEngine) -> list[str]:
    found = BankTables(home, engine).read("customers", ("customer_id",), as_of=AS_OF)["customer_id"].to_pylist()
    return sorted(str(one) for one in found)


def test_what_was_chosen_is_what_the_ledger_says_and_nothing_is_written(bank_home: Home, engine: DuckDBEngine) -> None:
    rows = decided(bank_home, engine)
    kept, keys = ledger.read(bank_home).num_rows, PersonKey.objects.count()
    for customer, row in list(rows.items())[:2]:
        found = explained(bank_home, engine, customer)
        chosen = found.choices[0]
        assert [one.state for one in found.choices].count("chosen") == 1
        assert (chosen.strategy_id, chosen.channel, chosen.lead_id, chosen.product_id, chosen.value, chosen.price) == (
            row["strategy_id"], row["channel"], row["lead_id"], row["product_id"], row["value"], row["price"],
        )  # fmt: skip
        told_of = {one.strategy_id for one in found.choices} | {one.strategy_id for one in found.absent}
        assert told_of == {one.strategy_id for one in running(AS_OF)}
        assert found.prices_kept
        said_both_ways(found, row)
    nobody = next(one for one in every_customer(bank_home, engine) if one not in leading())
    assert {one.why for one in explained(bank_home, engine, nobody).absent} == {"no_occasion"}
    assert (ledger.read(bank_home).num_rows, PersonKey.objects.count()) == (kept, keys)
    with pytest.raises(NotFound, match="customer == unheard"):
        explained(bank_home, engine, "unheard")


def said_both_ways(found: Why, row: dict[str, Any]) -> None:
    """Hold what is told to both languages and to money in yuan."""
    said = json.loads(json.dumps(told(found)))
    decision = said["decisions"][0]
    assert decision["value_yuan"] == row["value"] / 100
    assert decision["rules"][0] == "SP-01"
    for one in (decision, *said["choices"], *said["absent"]):
        assert one["reason"]["zh"]
        assert one["reason"]["en"]
    assert all(one["to_change"]["zh"] and one["to_change"]["en"] for one in said["absent"])
    assert all(one["to_change"] for one in said["choices"] if one["state"] not in {"chosen", "as_good"})


def test_what_a_contact_lacks_is_the_least_that_a_new_plan_needs_to_choose_it(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    write_atomic(bank_home.root / "capacity.toml", SCARCE)
    rows = decided(bank_home, engine)
    left_out = next(one for one in leading() if one not in rows)
    states = {one.state: one for one in explained(bank_home, engine, left_out).choices}
    crowded, later = states["crowded_out"], states["not_its_turn"]
    assert crowded.lacks is not None
    assert crowded.value is not None
    assert crowded.price == round(sum(crowded.scarce.values()))
    assert crowded.preference * (crowded.value + crowded.lacks) == pytest.approx(crowded.price, abs=1)
    assert not planned_with(bank_home, engine, crowded, more=crowded.lacks - 2)
    assert planned_with(bank_home, engine, crowded, more=crowded.lacks + 100_000)
    assert later.opens_on is not None
    assert later.opens_on > AS_OF


def planned_with(home: Home, engine: DuckDBEngine, wanted: Choice, *, more: int) -> bool:
    """Say whether the night would plan a contact if it were worth so many fen more."""
    strategies = running(AS_OF)
    with night_at(home, BankTables(home, engine), engine, as_of=AS_OF) as night:
        leads = standing_leads(night, strategies)
        options = list(weighed(scene_of(night, leads, strategies), leads, strategies))
        room = capacities(night, strategies)
    name = (wanted.lead_id, wanted.strategy_id, wanted.channel)
    names = [(one.possible.lead.lead_id, one.strategy_id, one.possible.channel) for one in options]
    place = names.index(name)
    options[place] = replace(options[place], cost=options[place].cost - more)
    plan = plan_night(options, room, salt=home.settings.salt, members={})
    return any(one.option is options[place] for one in plan.planned if not one.refill)


def test_every_resource_has_words() -> None:
    names = ("rm:S1", "volume:sms", "strategy:x", "spend:x", "stock:x", "places:x", SEATS, BUDGET)
    assert [resource(name).en for name in names][:2] == ["cards of S1", "volume of sms"]
    assert all(resource(name).zh for name in names)
