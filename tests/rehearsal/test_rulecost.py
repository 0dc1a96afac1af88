"""What each rule costs on a night of the small simulated bank, held against nights that do not have the rule."""

from dataclasses import replace
from datetime import timedelta

from tests.loop.makers import AS_OF
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home, opening
from wealthloop.loop.options import Possible, possible_contacts
from wealthloop.policies.finding import yes
from wealthloop.policies.models import Reservation
from wealthloop.policies.pack import RulePack
from wealthloop.policies.screen import Screening
from wealthloop.rehearsal import rulekept
from wealthloop.rehearsal.considered import considered, due
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.rulecost import NightCost, night_cost
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import Scene, scene_of
from wealthloop.strategies import life
from wealthloop.strategies.life import running


def costs(home: Home, engine: DuckDBEngine) -> NightCost:
    return night_cost(home, BankTables(home, engine), engine, as_of=AS_OF)


def names(several: list[Possible]) -> set[tuple[str, str, str, str | None]]:
    return {
        (one.lead.lead_id, one.strategy_id, one.channel, one.product.product_id if one.product else None)
        for one in several
    }


def bribed(pack: RulePack, rule_id: str) -> RulePack:
    rules = (replace(rule, ask=lambda *_: yes("", "")) if rule.rule_id == rule_id else rule for rule in pack.rules)
    return replace(pack, rules=tuple(rules))


def without(scene: Scene, rule_id: str) -> Scene:
    """The same night in a bank that does not have a rule."""
    around = scene.around
    screening = Screening(around.facts, now=scene.night.begins, pack=bribed(around.pack, rule_id))
    return replace(scene, around=replace(around, screening=screening))


def test_what_a_rule_alone_removed_is_what_a_night_without_it_would_have(bank_home: Home, engine: DuckDBEngine) -> None:
    strategies = running(AS_OF)
    with night_at(bank_home, BankTables(bank_home, engine), engine, as_of=AS_OF) as night:
        leads = standing_leads(night, strategies)
        scene = scene_of(night, leads, strategies)
        every = list(considered(night, leads, strategies, scene.around))
        ages = {lead.lead_id: (AS_OF - lead.found_on).days for lead in leads}
        allowed = names(possible_contacts(night, leads, strategies, scene.around))
        changed = 0
        for rule_id in ("", *(rule.rule_id for rule in scene.around.pack.rules)):
            ours = names([one for several in every for one in due(several, ages[several[0].lead.lead_id], rule_id)])
            assert ours == names(possible_contacts(night, leads, strategies, without(scene, rule_id).around)), rule_id
            changed += ours != allowed
        assert changed >= 3, "the small bank must have rules that alone remove something"


def test_a_law_is_priced_and_a_plan_without_a_rule_gains_no_more_than_what_the_rule_removed_is_worth(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    found = costs(bank_home, engine)
    assert found.value > 0
    assert all(0 <= one.cost <= one.value for one in found.rules)
    assert [one.cost for one in found.rules] == sorted((one.cost for one in found.rules), reverse=True)
    consent = next(one for one in found.rules if one.rule.rule_id == "CO-01")
    assert (consent.rule.kind, consent.cost > 0, consent.customers > 0) == ("legal", True, True)
    assert {one.rule.rule_id for one in found.rules}.isdisjoint({"QH-01", "SM-01", "GS-01"})


def test_a_cap_of_the_bank_costs_what_its_customers_would_have_been_worth(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    before = {one.rule.rule_id: one for one in costs(bank_home, engine).rules}
    bank = BankTables(bank_home, engine)
    with night_at(bank_home, bank, engine, as_of=AS_OF) as night:
        customers = {lead.customer_id for lead in standing_leads(night, running(AS_OF))}
        for customer in customers:
            Reservation.objects.create(
                intent_id=customer, customer_id=customer, channel="remote_agent", at=night.begins - timedelta(days=9)
            )
    after = {one.rule.rule_id: one for one in costs(bank_home, engine).rules}
    assert (before["FR-03"].candidates, before["FR-03"].cost) == (0, 0)
    assert after["FR-03"].customers > 3
    assert after["FR-03"].cost > 0
    assert after["FR-05"].cost == 0


def test_what_is_kept_of_a_night_is_what_was_found(bank_home: Home, engine: DuckDBEngine) -> None:
    found = costs(bank_home, engine)
    rulekept.keep(bank_home, found)
    told = rulekept.kept(bank_home)
    assert told is not None
    assert (told.as_of, told.leads, told.value) == (found.as_of, found.leads, found.value)
    assert {rule: one.cost for rule, one in told.rules.items()} == {one.rule.rule_id: one.cost for one in found.rules}


def test_a_night_without_strategies_costs_nothing(bank_home: Home, engine: DuckDBEngine) -> None:
    for one in running(AS_OF):
        life.pause(one.strategy_id, one.version, "wang", opening(AS_OF, bank_home.zone))
    found = costs(bank_home, engine)
    assert (found.leads, found.allowed, found.value, found.upper_bound) == (0, 0, 0, 0)
    assert {(one.candidates, one.cost) for one in found.rules} == {(0, 0)}
