"""The strategy document: what is offered to whom, when, through what, in which words, and how it is judged."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Arm, check_arms
from wealthloop.strategies.parts import (
    MESSAGE_CHANNELS,
    SALES,
    SCHEDULED,
    ArmShare,
    Audience,
    Card,
    Channel,
    Fraction,
    Guardrail,
    ModelId,
    Offering,
    OwnCap,
    Part,
    Prior,
    RampStep,
    SalesCredit,
    Schedule,
    Step,
    Stop,
    StrategyId,
    Success,
    Trigger,
    Unit,
    VersionId,
    Words,
)


class Strategy(Part):
    """A whole strategy document."""

    id: StrategyId
    name: Words
    purpose: Words
    owner: str = Field(min_length=1)
    parent: VersionId | None = None
    """The version from whose evidence this strategy was grown."""
    credit: str | None = Field(default=None, min_length=1)
    """Who had the idea, where it is not the owner's: the desk whose play was captured."""
    triggers: tuple[Trigger, ...] = ()
    schedule: Schedule | None = None
    audience: Audience
    offer: Offering
    channels: tuple[Step, ...] = Field(min_length=1)
    arms: tuple[ArmShare, ...]
    card: Card
    success: Success
    effect_prior: dict[Channel, Prior]
    model_id: ModelId
    """The model by whose probability customers are ranked; of what the success counts, or of what foretells it."""
    daily_maximum: int = Field(ge=1)
    daily_minimum: int | None = Field(default=None, ge=1, exclude_if=lambda value: value is None)
    """Least contacts a night, control included, met where the rules, what a contact is worth and every capacity allow.

    None: no minimum; it is then no part of the content, so that documents from before it keep their digest.
    """
    not_after: date | None = None
    """The last day on which the strategy contacts; None: until it is retired."""
    caps: tuple[OwnCap, ...] = ()
    budget_yuan: int | None = Field(default=None, ge=1)
    """What the strategy may cost in all: contacts, benefits, incentives."""
    unit: Unit = "customer"
    """What draws an arm; where contacts spill over it is the cluster."""
    layer: StrategyId | None = None
    """Strategies of one layer leave each other's customers alone until their windows have closed."""
    exclusions: tuple[StrategyId, ...] = ()
    """Strategies, of whatever layer, whose customers are left alone likewise."""
    reserve: Fraction | None = None
    """The share of customers, by hash, on whom a child is confirmed: nobody else is contacted for it, and its parent
    leaves them to it."""
    ramp: tuple[RampStep, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    stop: Stop = Stop()
    sales_credit: SalesCredit | None = None

    @property
    def experiment_arms(self) -> tuple[Arm, ...]:
        """The arms, in the document's order."""
        return tuple(Arm(name=arm.name, share=arm.share, control=arm.control) for arm in self.arms)

    @property
    def incentives(self) -> dict[str, int]:
        """What a customer of each arm gets who does what is counted as success, fen."""
        return {arm.name: arm.incentive_yuan * 100 for arm in self.arms}

    @property
    def gift_on(self) -> frozenset[str]:
        """Categories of which something must be bought, begun or kept to get the benefit or an incentive, if any."""
        given = self.offer.benefit_id is not None or any(self.incentives.values())
        return frozenset((*self.offer.all_categories, *self.success.categories)) if given else frozenset()

    @property
    def expected_incentive(self) -> float:
        """What a success costs in incentives before the arm is known, fen: the treatment arms' mean by their shares."""
        treated = [(arm.share, arm.incentive_yuan * 100) for arm in self.arms if not arm.control]
        return sum(share * fen for share, fen in treated) / sum(share for share, _ in treated)

    @property
    def shared_layer(self) -> str:
        """The layer in which it shares customers: the one that it names, or one of its own."""
        return self.layer or self.id

    @property
    def occasions(self) -> tuple[str, ...]:
        """What makes a lead for it: its triggers, and its schedule where it has one."""
        return self.triggers if self.schedule is None else (*self.triggers, SCHEDULED)

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The models by which it chooses: of its values, and of its audience."""
        return tuple(dict.fromkeys((self.model_id, *(score.model_id for score in self.audience.scores))))

    @property
    def plan_channels(self) -> tuple[str, ...]:
        """The channels of the plan, first step first."""
        return tuple(step.channel for step in self.channels)

    @model_validator(mode="after")
    def _arms_make_an_experiment(self) -> Self:
        if not any(arm.control for arm in self.arms):
            raise ValueError("arms: a strategy needs a control arm, or nobody can say what it was worth")
        try:
            check_arms(self.experiment_arms)
        except InvalidInput as error:
            raise ValueError(f"arms: {error}") from error
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if not self.triggers and self.schedule is None:
            raise ValueError("triggers: a strategy needs triggers or a schedule")
        if self.reserve is not None and self.parent is None:
            raise ValueError("reserve: customers are reserved for a child, must name its parent")
        shares = [step.share for step in self.ramp]
        if shares != sorted(shares):
            raise ValueError("ramp: a share falls, must grow: who has entered stays")
        if self.daily_minimum is not None and self.daily_minimum > self.daily_maximum:
            raise ValueError(f"daily_minimum: {self.daily_minimum} is above daily_maximum, {self.daily_maximum}")
        _once("triggers", self.triggers)
        _once("guardrails", tuple(one.metric for one in self.guardrails))
        _once("exclusions", self.exclusions)
        _once("channels", self.plan_channels)
        _once("offer", self.offer.all_categories)
        if set(self.effect_prior) != set(self.plan_channels):
            raise ValueError(f"effect_prior: must name exactly the plan's channels {sorted(self.plan_channels)}")
        return self

    @model_validator(mode="after")
    def _success_counts_the_offer(self) -> Self:
        if not self.offer.categories and (self.offer.alternatives or self.success.metric in SALES):
            raise ValueError("offer.categories: sales are counted or alternatives named, must say what is offered")
        outside = set(self.offer.all_categories) - set(self.success.categories)
        if outside:
            raise ValueError(f"success.categories: must count what is offered, {sorted(outside)} is left out")
        return self

    @model_validator(mode="after")
    def _words_fit(self) -> Self:
        for language, script in (("zh", self.card.zh), ("en", self.card.en)):
            if set(script.why_now) != set(self.occasions):
                raise ValueError(
                    f"card.{language}.why_now: must have one sentence for each of {sorted(self.occasions)}"
                )
            if script.message is None and MESSAGE_CHANNELS & set(self.plan_channels):
                raise ValueError(f"card.{language}.message: the plan has a channel of messages, must be given")
        return self


def _once(where: str, values: tuple[str, ...]) -> None:
    double = sorted({value for value in values if values.count(value) > 1})
    if double:
        raise ValueError(f"{where}: {', '.join(double)} stands twice")
