"""What may be done tonight: each open lead with the strategies, products and channels that the rules allow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wealthloop.leads.repository import LeadView
from wealthloop.loop.audience import Audiences, answers, members
from wealthloop.loop.capacity import BUDGET, contact_resource, spend_resource, strategy_resource
from wealthloop.loop.catalogues import Catalogues
from wealthloop.loop.enrol import may_enter
from wealthloop.loop.held import Held
from wealthloop.loop.limits import NO_LIMITS, Limits
from wealthloop.loop.types import Night
from wealthloop.policies.pack import RulePack
from wealthloop.policies.screen import Screening
from wealthloop.policies.types import Facts, ProductFacts, Verdict
from wealthloop.strategies.actions import planned_action
from wealthloop.strategies.life import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """A contact that the rules allow, before it is worth anything."""

    lead: LeadView
    strategy: Running
    channel: str
    product: ProductFacts | None
    """What is offered; None: the contact sells nothing."""
    verdict: Verdict
    staff_id: str | None
    takes: tuple[str, ...] = ()
    """Further resources of which it takes one: what it promises of the catalogues, and its customer's limits."""

    @property
    def customer_id(self) -> str:
        """Whom it is for."""
        return self.lead.customer_id

    @property
    def category(self) -> str | None:
        """The category of what is offered; None where nothing is."""
        return None if self.product is None else self.product.category

    @property
    def strategy_id(self) -> str:
        """The strategy's id."""
        return self.strategy.strategy_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A possible contact with its worth; money in fen, probabilities fractions."""

    possible: Possible
    uplift: float
    uplift_low: float
    uplift_high: float
    p_contact: float | None
    p_no_contact: float | None
    amount: int
    """What a buyer is expected to put in."""
    sale_value: int
    """Value of one sale of that amount by the value book."""
    cost: int
    """Of the contact and, for the success expected, of the benefit and the incentive."""
    model_version: str | None
    budget_cost: int | None = None
    """What the contact takes of the day's budget, fen; None where the home has set none."""
    heard: float | None = None
    """The multiple that people's codes made of the uplift, in it already; None where too few spoke."""
    preference: float = 1.0
    """What its value counts for when the night chooses, by tier and channel; above 0 and at most 1."""

    @property
    def customer_id(self) -> str:
        """Whom it is for."""
        return self.possible.customer_id

    @property
    def strategy_id(self) -> str:
        """The strategy's id."""
        return self.possible.strategy_id

    @property
    def strategy(self) -> Running:
        """The strategy's running version."""
        return self.possible.strategy

    @property
    def action_id(self) -> str:
        """Its name among the options of its customer."""
        return f"{self.strategy_id}/{self.possible.lead.lead_id}/{self.possible.channel}"

    @property
    def net_value(self) -> int:
        """Expected incremental value: uplift times value of a sale, less the cost."""
        return round(self.uplift * self.sale_value) - self.cost

    @property
    def weighted_value(self) -> int:
        """What it counts for among others, fen: its net value by the preference, and at least 1 where that is."""
        weighted = round(self.preference * self.net_value)
        return max(weighted, 1) if self.net_value > 0 else weighted

    @property
    def uses(self) -> dict[str, int]:
        """One unit of the channel, the strategy, what it promises and each limit, and what it takes of the budgets."""
        contact = contact_resource(self.possible.channel, self.possible.staff_id)
        found = dict.fromkeys((contact, strategy_resource(self.strategy_id), *self.possible.takes), 1)
        if self.strategy.document.budget_yuan is not None:
            found[spend_resource(self.strategy_id)] = self.cost
        return found if self.budget_cost is None else {**found, BUDGET: self.budget_cost}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rules and the audience are asked with, loaded once for all leads of a night."""

    facts: Mapping[str, Facts]
    profiles: Mapping[str, Mapping[str, Any]]
    """Rows of the customers' profiles by customer id."""
    products: Sequence[ProductFacts]
    min_amounts: Mapping[str, int]
    """Smallest purchase of each product, fen."""
    pack: RulePack
    screening: Screening
    """Of these facts by this pack, for the night's beginning."""
    held: Held
    """Who is left alone, by whom."""
    audiences: Audiences
    """Whom strategies are for, among these customers."""
    catalogues: Catalogues
    """The benefits and activities that can be offered."""
    limits: Limits = NO_LIMITS
    """Those that these customers fall under."""
    _shelves: dict[tuple[str, ...], tuple[ProductFacts, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def takes(self, lead: LeadView, strategy: Running) -> tuple[str, ...]:
        """Return the further resources of which a contact takes one."""
        return (*self.catalogues.takes(strategy.document.offer), *self.limits.takes.get(lead.customer_id, ()))

    def shelf(self, categories: tuple[str, ...]) -> tuple[ProductFacts, ...]:
        """Return the products of some categories in the order of these; within one by id."""
        if categories not in self._shelves:
            order = {category: place for place, category in enumerate(categories)}
            within = (product for product in self.products if product.category in order)
            self._shelves[categories] = tuple(
                sorted(within, key=lambda product: (order[product.category], product.product_id))
            )
        return self._shelves[categories]


def possible_contacts(
    night: Night, leads: Sequence[LeadView], strategies: Sequence[Running], around: Surroundings
) -> list[Possible]:
    """Return every contact of a lead that its strategies' documents and the rules allow tonight.

    A lead whose customer has no profile tonight (no longer in the bank's tables) waits, as does one of a strategy whose
    benefit or activity is not in the bank's catalogue.
    """
    pairs = answered(night, leads, strategies, around)
    return [one for lead, strategy in pairs for one in _through_channels(night, lead, strategy, around)]


def answered(
    night: Night, leads: Sequence[LeadView], strategies: Sequence[Running], around: Surroundings
) -> Iterator[tuple[LeadView, Running]]:
    """Yield each lead with the strategies that may answer it tonight, before the rules are asked."""
    salt = night.home.settings.salt
    able = [one for one in strategies if around.catalogues.hold(one.document.offer)]
    for_each = list(zip(able, members(able, around.audiences), strict=True))
    for lead in leads:
        customer = lead.customer_id
        meant = [
            one
            for one, customers in for_each
            if answers(one, lead) and customer in customers and may_enter(one, customer, salt=salt, as_of=night.as_of)
        ]
        for strategy in around.held.free(customer, meant):
            yield lead, strategy


def _through_channels(night: Night, lead: LeadView, strategy: Running, around: Surroundings) -> Iterator[Possible]:
    """Yield the channels whose turn has come; a channel that is closed to the customer makes nobody wait.

    A lead that has been found since the night is as new as one of the night.
    """
    age = max(0, (night.as_of - lead.found_on).days)
    steps = strategy.document.channels
    opens: int | None = None
    for step in steps:
        found = _best_product(lead, strategy, step.channel, around)
        if found is not None:
            opens = steps[0].wait_days if opens is None else opens + step.wait_days
            if age >= opens:
                yield found


def _best_product(lead: LeadView, strategy: Running, channel: str, around: Surroundings) -> Possible | None:
    """Return the contact with the most preferred product that the rules allow on a channel."""
    staff_id = around.profiles[lead.customer_id]["staff_id"] if channel == "rm" else None
    if channel == "rm" and staff_id is None:
        return None
    for product, verdict in allowed_products(lead, strategy, channel, around):
        return Possible(
            lead=lead, strategy=strategy, channel=channel, product=product, verdict=verdict, staff_id=staff_id,
            takes=around.takes(lead, strategy),
        )  # fmt: skip
    return None


def other_products(one: Possible, around: Surroundings) -> list[Possible]:
    """Return the same contact with the most preferred product of each other category that the rules allow."""
    found: dict[str, Possible] = {}
    for product, verdict in allowed_products(one.lead, one.strategy, one.channel, around):
        if product is not None and product.category not in {one.category, *found}:
            found[product.category] = replace(one, product=product, verdict=verdict)
    return list(found.values())


def allowed_products(
    lead: LeadView, strategy: Running, channel: str, around: Surroundings
) -> Iterator[tuple[ProductFacts | None, Verdict]]:
    """Yield the products that a lead's customer may be offered on a channel, the most preferred first.

    A strategy that offers none yields None where the contact is allowed. A contact that is forbidden without a product
    is forbidden with any (a test holds every rule to that).
    """
    contact = planned_action(strategy, channel=channel, product=None, not_after=lead.expires_on)
    if around.screening.is_closed(lead.customer_id, contact):
        return
    sells = bool(strategy.document.offer.all_categories)
    for product in preferred(strategy, around.profiles[lead.customer_id], around) if sells else (None,):
        verdict = around.screening.permitted(lead.customer_id, contact, product)
        if verdict is not None:
            yield product, verdict


def preferred(strategy: Running, profile: Mapping[str, Any], around: Surroundings) -> list[ProductFacts]:
    """Return the products of a strategy's offer that the customer's funds reach, in the order of preference."""
    funds = profile["available_30d"] or 0
    shelf = around.shelf(strategy.document.offer.all_categories)
    return [product for product in shelf if around.min_amounts.get(product.product_id, 0) <= funds]
