"""The parts of a strategy document."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.leads.triggers import RULES
from wealthloop.policies.types import EVERY_CHANNEL, Cap, Text


def _one_of(codes: tuple[str, ...]) -> AfterValidator:
    def check(code: str) -> str:
        if code not in codes:
            raise ValueError(f"{code} is not known, must be one of {', '.join(codes)}")
        return code

    return AfterValidator(check)


Category = Annotated[str, _one_of(CATEGORIES)]
Channel = Annotated[str, _one_of(CHANNELS)]
CapChannel = Annotated[str, _one_of((EVERY_CHANNEL, *CHANNELS))]
Trigger = Annotated[str, _one_of(tuple(rule.name for rule in RULES))]
TriggerOrSchedule = Annotated[str, _one_of((*(rule.name for rule in RULES), "scheduled"))]
TierName = Literal["mass", "affluent", "wealth", "pre_private", "private"]
LifecycleName = Literal["new", "growing", "mature", "declining", "dormant", "won_back", "lost", "unknown"]
Closing = Literal["branch_recording", "appointment", "app"]
Language = Literal["zh-hans", "en"]

MESSAGE_CHANNELS = frozenset({"app_push", "sms", "wechat", "wecom", "ai_call"})
"""Channels on which the words leave without a person in between."""

Sentence = Annotated[str, Field(min_length=1, max_length=400)]
Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]
ModelId = Annotated[str, Field(pattern=r"^(response|segment|upgrade|uplift|behaviour|churn)(/[a-z0-9_]+){2,3}$")]
StrategyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
VersionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}/v[1-9][0-9]*$")]
Unit = Literal["customer", "rm", "household", "branch"]
SCHEDULED = "scheduled"
"""The trigger of a lead that a schedule made."""


class Part(BaseModel):
    """A part of a document: nothing that is not declared, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class Words(Part):
    """A short text in both languages."""

    zh: Sentence
    en: Sentence

    def text(self) -> Text:
        """Return it as the rooms below know it."""
        return Text(zh=self.zh, en=self.en)


class _Within(Part):
    """A number between two ends, at least one of which is given; an empty cell is outside."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _ends_fit(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("at_least: one of at_least and at_most must be given")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least: must not be above at_most")
        return self


class FeatureRule(_Within):
    """Customers whose feature lies between two ends, in the feature's own unit."""

    feature: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


class ScoreRule(_Within):
    """Customers to whom a model gives a probability between two ends."""

    model_id: ModelId


class TagRule(Part):
    """Customers who have a tag, in one of some states."""

    tag: str = Field(min_length=1)
    states: tuple[str, ...] = Field(min_length=1)


class Audience(Part):
    """Whom the strategy is for, beside its triggers; every rule must hold."""

    tiers: tuple[TierName, ...] = Field(min_length=1)
    lifecycles: tuple[LifecycleName, ...] = Field(min_length=1)
    min_available_yuan: int = Field(default=0, ge=0)
    """Available funds at the horizon below; 0 for no floor."""
    horizon: Literal["now", "7d", "30d"] = "now"
    features: tuple[FeatureRule, ...] = ()
    scores: tuple[ScoreRule, ...] = ()
    tags: tuple[TagRule, ...] = ()
    without_tags: tuple[TagRule, ...] = ()

    @property
    def min_available(self) -> int:
        """The floor of available funds in fen."""
        return self.min_available_yuan * 100


class Schedule(Part):
    """Days on which everybody in the audience gets a lead without an event: the start of a campaign, a season."""

    every: Literal["week", "month", "quarter", "year", "once"]
    on: date
    """The first day; later ones are whole periods after it."""
    lasts_days: int = Field(ge=1, le=60)
    """How long such a lead waits to be answered."""


class Offering(Part):
    """What is offered, best first, and where a purchase is closed; a contact that sells nothing names no category."""

    categories: tuple[Category, ...] = ()
    alternatives: tuple[Category, ...] = ()
    benefit_id: str | None = None
    activity_id: str | None = None
    closing: Closing

    @property
    def all_categories(self) -> tuple[str, ...]:
        """Categories in the order of preference, alternatives last."""
        return (*self.categories, *self.alternatives)


class Step(Part):
    """One channel of the plan, so many days after the step before it; the first: after the lead was found."""

    channel: Channel
    wait_days: int = Field(ge=0, le=30)


class ArmShare(Part):
    """One arm of the experiment that every strategy is."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    share: float = Field(gt=0.0, lt=1.0)
    control: bool
    incentive_yuan: int = Field(default=0, ge=0)
    """What a customer of the arm gets who does what is counted as success."""

    @model_validator(mode="after")
    def _control_gets_nothing(self) -> Self:
        if self.control and self.incentive_yuan:
            raise ValueError("incentive_yuan: control gets nothing, must be 0")
        return self


class RampStep(Part):
    """A share of the customers who may enter, for so many days from the launch or the step before; the last lasts."""

    share: float = Field(gt=0.0, le=1.0)
    days: int = Field(ge=1, le=365)


class Guardrail(Part):
    """What must not get worse: contacting stops when it surely has."""

    metric: Literal["opt_out", "complaint", "redemption"]
    at_most: float = Field(ge=0.0, lt=1.0)
    """By how much the share of customers may be above control's, a fraction."""


class Stop(Part):
    """When an experiment ends whatever it has found."""

    max_days: int | None = Field(default=None, ge=1, le=1100)
    max_units: int | None = Field(default=None, ge=1)


class SalesCredit(Part):
    """Whose sale it is 业绩归属, where a purchase follows a contact within so many days."""

    to: Literal["claimer", "owner", "shared"]
    """Who took the card, the customer's relationship manager, or half each."""
    window_days: int = Field(ge=1, le=180)


class Script(Part):
    """The words of one language. Placeholders in braces are filled from the trigger's evidence."""

    why_now: dict[TriggerOrSchedule, Sentence]
    action: Sentence
    """May name {product}."""
    talk_track: Sentence
    """What a person says; may name {product} and evidence that every trigger has."""
    message: Sentence | None = None
    """What a machine channel sends, without signature and opt-out; same placeholders as the talk track."""
    do_not_say: tuple[Sentence, ...] = Field(min_length=1)
    incentive: Sentence | None = None
    """What is said of the incentive, naming {yuan}; stands where the words have {incentive} in arms that get one."""


class Card(Part):
    """The words in both languages."""

    zh: Script
    en: Script

    def script(self, language: Language) -> Script:
        """Return the words of a language."""
        return self.zh if language == "zh-hans" else self.en


Metric = Literal["conversion", "amount", "plan_begun", "kept", "reassessed", "logged_in"]
SALES: Final[tuple[Metric, ...]] = ("conversion", "amount")
"""Metrics that count sales: a success is worth what the value book says of the money placed."""
OF_CATEGORIES: Final[tuple[Metric, ...]] = (*SALES, "plan_begun", "kept")
"""Metrics that count something of product categories."""


class Success(Part):
    """The one criterion, fixed before the start.

    ``conversion``: buys a product of the categories; ``amount``: for how much; ``plan_begun``: begins a regular
    investment in one; ``kept``: redeems none; ``reassessed``: takes a risk assessment; ``logged_in``: logs in to mobile
    banking. Each within the window.
    """

    metric: Metric
    categories: tuple[Category, ...] = ()
    window_days: int = Field(ge=1, le=180)
    minimum_worthwhile_effect: float = Field(gt=0.0)
    """In the metric's unit: a fraction of customers, or fen a customer."""
    alpha: Fraction = 0.05
    power: Fraction = 0.8
    analysis: Literal["always_valid", "fixed"] = "always_valid"
    """``fixed``: read once, when all planned units have matured; hidden until then."""

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if bool(self.categories) != (self.metric in OF_CATEGORIES):
            wanted = (
                "must name the categories" if self.metric in OF_CATEGORIES else "counts no category, must be left out"
            )
            raise ValueError(f"categories: {self.metric} {wanted}")
        return self


class Prior(Part):
    """What a contact on a channel is believed to add to conversion before the strategy's own contacts say."""

    mean: float = Field(ge=-1.0, le=1.0)
    sd: float = Field(gt=0.0, le=1.0)


class OwnCap(Part):
    """A cap of the strategy's own; it can only be tighter than the bank's."""

    channels: tuple[CapChannel, ...] = Field(min_length=1)
    count: int = Field(ge=1)
    days: int = Field(ge=1, le=92)

    def cap(self) -> Cap:
        """Return it as the rules know it."""
        return Cap(channels=frozenset(self.channels), count=self.count, days=self.days)
