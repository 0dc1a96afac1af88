"""What became of each contact that a night could have made with a customer."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from wealthloop.loop.options import Option, Possible
from wealthloop.rehearsal.considered import Considered
from wealthloop.rehearsal.explained import Choice, Decision, State
from wealthloop.rehearsal.priced import Priced
from wealthloop.rehearsal.weigh import Scene


def choices_of(several: Sequence[Considered], scene: Scene, priced: Priced, tonight: Decision | None) -> list[Choice]:
    """Return what became of each channel of a lead and a strategy."""
    opens = {channel: several[0].lead.found_on + timedelta(days=days) for channel, days in _turns(several).items()}
    return [_choice(one, scene, priced, tonight, opens.get(one.channel)) for one in several]


def _turns(several: Sequence[Considered]) -> dict[str, int]:
    """Return by channel after how many days of the lead its turn comes; closed channels have none."""
    found: dict[str, int] = {}
    for one in several:
        if one.allowed is not None:
            found[one.channel] = max(found.values()) + one.wait_days if found else several[0].wait_days
    return found


def _choice(one: Considered, scene: Scene, priced: Priced, tonight: Decision | None, opens: date | None) -> Choice:
    given = _of(one, one.allowed)
    if tonight is not None and _is_that(one, tonight):
        return Choice(
            **given | _sold(tonight, scene), state="chosen", value=tonight.value, price=tonight.price,
            preference=tonight.preference or 1.0,
        )  # fmt: skip
    if one.allowed is None or opens is None:
        return _refused(one, scene)
    if opens > scene.night.as_of:
        return Choice(**given, state="not_its_turn", opens_on=opens)
    option = priced.option(one.allowed)
    return Choice(**given, state="no_unit") if option is None else _weighed(given, option, priced, tonight)


def _sold(tonight: Decision, scene: Scene) -> dict[str, str | None]:
    """Return what the night offered: a lottery may have drawn another category than the most preferred."""
    found = next((one for one in scene.around.products if one.product_id == tonight.product_id), None)
    return {"product_id": tonight.product_id, "category": None if found is None else found.category}


def _refused(one: Considered, scene: Scene) -> Choice:
    """Return a contact that no product makes lawful, with the rules that forbid the product with the fewest of them."""
    if not one.refused:
        return Choice(**_of(one, None), state="no_person")
    rules = {rule.rule_id: rule for rule in scene.around.pack.rules}
    possible, forbid = min(one.refused, key=lambda pair: len(pair[1]))
    return Choice(**_of(one, possible), state="forbidden", rules=tuple(rules[rule_id] for rule_id in forbid))


def _weighed(given: dict[str, Any], option: Option, priced: Priced, tonight: Decision | None) -> Choice:
    """Return a contact that could have been chosen, with what it lacks."""
    scarce = priced.scarce(option)
    price = sum(scarce.values())
    surplus = option.weighted_value - price
    goal = 0.0 if tonight is None else max(0.0, tonight.surplus)
    state: State
    if option.net_value <= 0:
        state = "no_value"
    elif surplus >= goal:
        state = "as_good"
    else:
        state = "crowded_out" if tonight is None else "lower"
    missing = round(max(1.0, (goal - surplus) / option.preference))
    return Choice(
        **given, state=state, value=option.net_value, preference=option.preference, price=round(price), scarce=scarce,
        lacks=None if state == "as_good" else missing,
    )  # fmt: skip


def _of(one: Considered, possible: Possible | None) -> dict[str, Any]:
    product = None if possible is None else possible.product
    return {
        "strategy_id": one.strategy.strategy_id,
        "version": one.strategy.version,
        "lead_id": one.lead.lead_id,
        "trigger": one.lead.trigger,
        "channel": one.channel,
        "product_id": None if product is None else product.product_id,
        "category": None if product is None else product.category,
        "passed_over": tuple(
            (passed.product.product_id, rules) for passed, rules in one.refused if passed.product is not None
        ),
    }


def _is_that(one: Considered, tonight: Decision) -> bool:
    chosen = (tonight.lead_id, tonight.strategy_id, tonight.channel)
    return chosen == (one.lead.lead_id, one.strategy.strategy_id, one.channel)
