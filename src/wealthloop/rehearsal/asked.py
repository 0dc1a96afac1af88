"""Why the rules allow or forbid a contact that somebody names: rule by rule, with the facts and what would help."""

from dataclasses import dataclass, replace
from datetime import date

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home
from wealthloop.loop.options import Surroundings, preferred
from wealthloop.loop.types import Night
from wealthloop.policies.pack import Rule
from wealthloop.policies.refusals import Refusals
from wealthloop.policies.types import Action, ProductFacts
from wealthloop.policies.used import Answered, answered
from wealthloop.rehearsal.candidate import must_be_known
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import before_night
from wealthloop.strategies.actions import planned_action
from wealthloop.strategies.life import Running, running
from wealthloop.strategies.repository import held_in, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants explained: a strategy, one of its channels, one of its products or categories."""

    strategy_id: str
    channel: str | None
    product: str | None

    @classmethod
    def parse(cls, text: str) -> "Wanted":
        """Read ``strategy``, ``strategy/channel`` or ``strategy/channel/product``; a category stands for a product.

        Raises:
            InvalidInput: it is not written so.
        """
        parts = text.split("/")
        if not 1 <= len(parts) <= 3 or not all(parts):
            raise InvalidInput(f"action == {text}, must be strategy, strategy/channel or strategy/channel/product")
        strategy_id, channel, product = (*parts, None, None)[:3]
        assert strategy_id is not None
        return cls(strategy_id=strategy_id, channel=channel, product=product)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One contact with the answer of every rule that is asked when it is planned."""

    strategy_id: str
    version: int
    channel: str
    product: ProductFacts | None
    answers: tuple[Answered, ...]
    later: tuple[Rule, ...]
    """Rules that are asked only when the contact leaves: hours, words, stops, proofs."""

    @property
    def allowed(self) -> bool:
        """Whether every rule allows it."""
        return all(one.hit.allowed for one in self.answers)


def ask(
    home: Home, bank: BankTables, engine: Engine, customer_id: str, wanted: Wanted, *, as_of: date
) -> tuple[Asked, ...]:
    """Ask the rules of planning about a contact on the morning after a day; nothing is written.

    Without a channel every channel of the strategy's plan is asked. Without a product it is the one that a night
    would offer: the most preferred that is allowed, or, where none is, the most preferred.

    Args:
        home: the bank's home, its state plane open.
        bank: its tables.
        engine: what they lie on.
        customer_id: whom it is for.
        wanted: the contact.
        as_of: the last day whose facts count.

    Raises:
        InvalidInput: the tables do not reach the day, or the channel is none of the strategy's plan.
        NotFound: no such customer, strategy or product.
    """
    must_be_known(as_of, bank.last_day())
    strategy, is_running = _strategy(wanted.strategy_id, as_of)
    channels = strategy.document.plan_channels if wanted.channel is None else (wanted.channel,)
    if not set(channels) <= set(strategy.document.plan_channels):
        planned = ", ".join(strategy.document.plan_channels)
        raise InvalidInput(f"channel == {wanted.channel}, must be one of the plan of {strategy.strategy_id}: {planned}")
    with night_at(home, bank, engine, as_of=as_of) as night:
        around = before_night(night, [customer_id], [strategy])
        if customer_id not in around.profiles:
            raise NotFound(f"customer == {customer_id}: not in the bank's tables of {as_of}")
        return tuple(
            _asked(night, customer_id, strategy, channel, wanted.product, around, is_running=is_running)
            for channel in channels
        )


def _strategy(strategy_id: str, as_of: date) -> tuple[Running, bool]:
    """Return the version that runs on a day, else the newest as if it ran, and whether it runs."""
    found = next((one for one in running(as_of) if one.strategy_id == strategy_id), None)
    if found is not None:
        return found, True
    rows = versions(strategy_id)
    if not rows:
        held = ", ".join(sorted({row.strategy_id for row in versions()})) or "none yet"
        raise NotFound(f"strategy == {strategy_id}, must be one that the home holds: {held}")
    document, approval = held_in(rows[-1])
    newest = Running(
        strategy_id=strategy_id, version=rows[-1].version, document=document, approval=approval, launched_on=as_of
    )
    return newest, False


def _asked(
    night: Night, customer_id: str, strategy: Running, channel: str, named: str | None, around: Surroundings,
    *, is_running: bool,
) -> Asked:  # fmt: skip
    bare = planned_action(strategy, channel=channel, product=None, not_after=night.first_day)
    contact = replace(bare, running=is_running)
    product = _product(night, customer_id, strategy, contact, named, around)
    return Asked(
        strategy_id=strategy.strategy_id,
        version=strategy.version,
        channel=channel,
        product=product,
        answers=answered(
            around.facts[customer_id], replace(contact, product=product), now=night.begins, pack=around.pack,
            stage="plan",
        ),
        later=tuple(rule for rule in around.pack.rules if "plan" not in rule.stages),
    )  # fmt: skip


def _product(
    night: Night, customer_id: str, strategy: Running, contact: Action, named: str | None, around: Surroundings
) -> ProductFacts | None:
    """Return the named product, or the one that a night would offer."""
    profile = around.profiles[customer_id]
    if named is not None:
        offers = [one for one in around.products if named in {one.product_id, one.category}]
        if not offers:
            raise NotFound(f"product == {named}, must be a product or a category of the bank's tables")
    else:
        offers = preferred(strategy, profile, around) or list(around.shelf(strategy.document.offer.all_categories))
    refusals = Refusals(around.facts, now=night.begins, pack=around.pack)
    allowed = (one for one in offers if not refusals.of(customer_id, contact, one))
    return next(allowed, offers[0] if offers else None)
