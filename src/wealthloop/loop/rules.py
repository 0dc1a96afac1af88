"""Other ways to choose on machine channels, against which the platform stands: a table of how each values a contact."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeAlias

from wealthloop.kit import bucket
from wealthloop.loop.options import Option
from wealthloop.strategies.standing import Rule
from wealthloop.strategies.valuebook import ValueBook

_FINE: Final = 1_000_000
"""Steps into which a probability is cut, and a day that a lead has waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a rule may look at beside the contacts."""

    seed: str
    """Of this night."""
    book: ValueBook


Values: TypeAlias = Callable[[Sequence[Option], Known], list[int]]
"""Gives contacts their values, one each; only their order and ratios matter, and nothing at 0 or below is chosen."""


def _random_action(options: Sequence[Option], known: Known) -> list[int]:
    """Value whatever the rules allow at random."""
    return [1 + round(_FINE * _hash(one, known)) for one in options]


def _propensity_only(options: Sequence[Option], known: Known) -> list[int]:  # noqa: ARG001 - a rule
    """Value who is likely to buy once contacted, whatever it brings, and whether or not the contact makes it so."""
    return [round(_FINE * (one.p_contact or 0.0)) for one in options]


def _no_levers(options: Sequence[Option], known: Known) -> list[int]:
    """Value as the platform does, without the strategic weights of the value book."""
    worth = {name: one.model_copy(update={"strategic_weight": Decimal(1)}) for name, one in known.book.worth.items()}
    plain = replace(known.book, worth=worth)
    return [round(one.uplift * _plain_value(one, plain)) - one.cost for one in options]


def _eligibility_only(options: Sequence[Option], known: Known) -> list[int]:
    """Serve leads in the order in which they came, on the first channel of the plan; who came together, at random."""
    newest = max((one.possible.lead.found_on for one in options), default=None)
    values = []
    for one in options:
        assert newest is not None
        waited = (newest - one.possible.lead.found_on).days
        place = one.strategy.document.plan_channels.index(one.possible.channel)
        values.append(_FINE * (waited + 1) - 1000 * place + round(999 * _hash(one, known)))
    return values


def _random_score(options: Sequence[Option], known: Known) -> list[int]:
    """Value as the platform does, with the effects of a strategy's customers on a channel dealt out anew at random."""
    alike: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(options):
        alike[one.strategy_id, one.possible.channel].append(place)
    uplift = [one.uplift for one in options]
    for places in alike.values():
        dealt = sorted(places, key=lambda place: _hash(options[place], known))
        for place, other in zip(places, dealt, strict=True):
            uplift[place] = options[other].uplift
    return [round(effect * one.sale_value) - one.cost for effect, one in zip(uplift, options, strict=True)]


RULES: Final[Mapping[Rule, Values]] = {
    "random_action": _random_action,
    "propensity_only": _propensity_only,
    "no_levers": _no_levers,
    "eligibility_only": _eligibility_only,
    "random_score": _random_score,
}


def _plain_value(one: Option, plain: ValueBook) -> int:
    product = one.possible.product
    return one.sale_value if product is None else plain.value(product.category, one.amount)


def _hash(one: Option, known: Known) -> float:
    return bucket(f"{known.seed}/rule", f"{one.customer_id}/{one.action_id}")
