"""Why a contact that somebody names is allowed or not, over the small simulated bank."""

import json

import pytest

from tests.loop.makers import AS_OF
from wealthloop.bank import BankTables
from wealthloop.cli.policyshown import asked
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home, opening
from wealthloop.loop.options import possible_contacts
from wealthloop.policies.pack import load_pack
from wealthloop.rehearsal.asked import Asked, Wanted, ask
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import scene_of
from wealthloop.strategies import life
from wealthloop.strategies.life import running


def explained(home: Home, engine: DuckDBEngine, customer: str, text: str) -> tuple[Asked, ...]:
    return ask(home, BankTables(home, engine), engine, customer, Wanted.parse(text), as_of=AS_OF)


def test_what_is_explained_is_what_the_night_would_do(bank_home: Home, engine: DuckDBEngine) -> None:
    strategies = running(AS_OF)
    with night_at(bank_home, BankTables(bank_home, engine), engine, as_of=AS_OF) as night:
        leads = standing_leads(night, strategies)
        scene = scene_of(night, leads, strategies)
        possible = possible_contacts(night, leads, strategies, scene.around)
    one = next(each for each in possible if each.product is not None)
    (found,) = explained(bank_home, engine, one.customer_id, f"{one.strategy_id}/{one.channel}")
    assert found.allowed
    assert found.product == one.product
    of_night = {hit.rule_id: hit for hit in one.verdict.hits} | {"NA-01": found.answers[2].hit}
    assert {each.rule.rule_id: each.hit for each in found.answers} == of_night
    assert found.answers[2].hit.rule_id == "NA-01"
    assert {rule.rule_id for rule in found.later} == {
        rule.rule_id for rule in load_pack().rules if "plan" not in rule.stages
    }
    assert all(each.used for each in found.answers)


def test_a_forbidden_contact_names_its_rules_their_facts_and_what_would_have_to_change(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    row = running(AS_OF)[0]
    life.pause(row.strategy_id, row.version, "wang", opening(AS_OF, bank_home.zone))
    customer = BankTables(bank_home, engine).read("customers", ("customer_id",), as_of=AS_OF)["customer_id"][0].as_py()
    every = explained(bank_home, engine, customer, row.strategy_id)
    assert [one.channel for one in every] == list(row.document.plan_channels)
    told = json.loads(json.dumps(asked(every[0])))
    assert (told["allowed"], "SP-01" in told["forbidden_by"]) == (False, True)
    rule = next(one for one in told["rules"] if one["rule"] == "SP-01")
    assert (rule["facts"], rule["opens_on"]) == (
        {"contact.running": False, "contact.strategy_id": row.strategy_id},
        None,
    )
    assert rule["to_change"]["zh"]
    assert rule["to_change"]["en"]


@pytest.mark.parametrize(
    ("customer", "text", "error", "said"),
    [
        ("nobody", "idle-salary", NotFound, "customer == nobody"),
        ("", "unheard-of", NotFound, "strategy == unheard-of, must be one that the home holds: idle-salary"),
        ("", "idle-salary/letter", InvalidInput, "channel == letter, must be one of the plan of idle-salary"),
        ("", "idle-salary//P1", InvalidInput, "action == idle-salary//P1, must be strategy"),
    ],
)
def test_what_nobody_knows_is_named(
    bank_home: Home, engine: DuckDBEngine, customer: str, text: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        explained(bank_home, engine, customer, text)


def test_a_product_that_is_named_is_asked_and_one_that_nobody_knows_is_said(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    bank = BankTables(bank_home, engine)
    customer = bank.read("customers", ("customer_id",), as_of=AS_OF)["customer_id"][0].as_py()
    products = bank.read("products", ("product_id", "category", "private"), as_of=AS_OF).to_pylist()
    private = next(row for row in products if row["private"])
    channel = next(one for one in running(AS_OF)[0].document.plan_channels if one != "rm")
    (found,) = explained(
        bank_home, engine, customer, f"{running(AS_OF)[0].strategy_id}/{channel}/{private['product_id']}"
    )
    assert {"SU-04", "PR-02"} <= {one.rule.rule_id for one in found.answers if not one.hit.allowed}
    with pytest.raises(NotFound, match="product == NONE"):
        explained(bank_home, engine, customer, f"{running(AS_OF)[0].strategy_id}/{channel}/NONE")
