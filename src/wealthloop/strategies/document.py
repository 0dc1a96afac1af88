"""The strategy document: what is offered to whom, when, through what, in which words, and how it is judged."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.errors import InvalidInput
from wealthloop.experiments import Arm, check_arms
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
TierName = Literal["mass", "affluent", "wealth", "pre_private", "private"]
LifecycleName = Literal["new", "growing", "mature", "declining", "dormant", "won_back", "lost", "unknown"]
Closing = Literal["branch_recording", "appointment", "app"]
Language = Literal["zh-hans", "en"]

MESSAGE_CHANNELS = frozenset({"app_push", "sms", "wechat", "wecom", "ai_call"})
"""Channels on which the words leave without a person in between."""

Sentence = Annotated[str, Field(min_length=1, max_length=400)]
Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """A short text in both languages."""

    zh: Sentence
    en: Sentence

    def text(self) -> Text:
        """Return it as the rooms below know it."""
        return Text(zh=self.zh, en=self.en)


class Audience(_Part):
    """Whom the strategy is for, beside its triggers."""

    tiers: tuple[TierName, ...] = Field(min_length=1)
    lifecycles: tuple[LifecycleName, ...] = Field(min_length=1)
    min_available_yuan: int = Field(default=0, ge=0)
    """Available funds at the horizon below; 0 for no floor."""
    horizon: Literal["now", "7d", "30d"] = "now"

    @property
    def min_available(self) -> int:
        """The floor of available funds in fen."""
        return self.min_available_yuan * 100


class Offering(_Part):
    """What is offered, best first, and where a purchase is closed."""

    categories: tuple[Category, ...] = Field(min_length=1)
    alternatives: tuple[Category, ...] = ()
    benefit_id: str | None = None
    closing: Closing

    @property
    def all_categories(self) -> tuple[str, ...]:
        """Categories in the order of preference, alternatives last."""
        return (*self.categories, *self.alternatives)


class Step(_Part):
    """One channel of the plan, so many days after the step before it."""

    channel: Channel
    wait_days: int = Field(ge=0, le=30)


class ArmShare(_Part):
    """One arm of the experiment that every strategy is."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    share: float = Field(gt=0.0, lt=1.0)
    control: bool


class Script(_Part):
    """The words of one language. Placeholders in braces are filled from the trigger's evidence."""

    why_now: dict[Trigger, Sentence]
    action: Sentence
    """May name {product}."""
    talk_track: Sentence
    """What a person says; may name {product} and evidence that every trigger has."""
    message: Sentence | None = None
    """What a machine channel sends, without signature and opt-out; same placeholders as the talk track."""
    do_not_say: tuple[Sentence, ...] = Field(min_length=1)


class Card(_Part):
    """The words in both languages."""

    zh: Script
    en: Script

    def script(self, language: Language) -> Script:
        """Return the words of a language."""
        return self.zh if language == "zh-hans" else self.en


class Success(_Part):
    """The one criterion, fixed before the start."""

    metric: Literal["conversion", "amount"]
    categories: tuple[Category, ...] = Field(min_length=1)
    window_days: int = Field(ge=1, le=180)
    minimum_worthwhile_effect: float = Field(gt=0.0)
    """In the metric's unit: a fraction of customers, or fen a customer."""
    alpha: Fraction = 0.05
    power: Fraction = 0.8
    analysis: Literal["always_valid"] = "always_valid"


class Prior(_Part):
    """What a contact on a channel is believed to add to conversion before the strategy's own contacts say."""

    mean: float = Field(ge=-1.0, le=1.0)
    sd: float = Field(gt=0.0, le=1.0)


class OwnCap(_Part):
    """A cap of the strategy's own; it can only be tighter than the bank's."""

    channels: tuple[CapChannel, ...] = Field(min_length=1)
    count: int = Field(ge=1)
    days: int = Field(ge=1, le=92)

    def cap(self) -> Cap:
        """Return it as the rules know it."""
        return Cap(channels=frozenset(self.channels), count=self.count, days=self.days)


class Strategy(_Part):
    """A whole strategy document."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")
    name: Words
    purpose: Words
    owner: str = Field(min_length=1)
    triggers: tuple[Trigger, ...] = Field(min_length=1)
    audience: Audience
    offer: Offering
    channels: tuple[Step, ...] = Field(min_length=1)
    arms: tuple[ArmShare, ...]
    card: Card
    success: Success
    effect_prior: dict[Channel, Prior]
    model_id: str = Field(pattern=r"^(response|segment|upgrade|uplift|behaviour|churn)(/[a-z0-9_]+){2,3}$")
    """The model whose probability of buying is used."""
    daily_maximum: int = Field(ge=1)
    not_after: date | None = None
    """The last day on which the strategy contacts; None: until it is retired."""
    caps: tuple[OwnCap, ...] = ()

    @property
    def experiment_arms(self) -> tuple[Arm, ...]:
        """The arms, in the document's order."""
        return tuple(Arm(name=arm.name, share=arm.share, control=arm.control) for arm in self.arms)

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
        _once("triggers", self.triggers)
        _once("channels", self.plan_channels)
        _once("offer", self.offer.all_categories)
        if self.channels[0].wait_days:
            raise ValueError("channels.0.wait_days: the first step begins at once, must be 0")
        if set(self.effect_prior) != set(self.plan_channels):
            raise ValueError(f"effect_prior: must name exactly the plan's channels {sorted(self.plan_channels)}")
        outside = set(self.offer.all_categories) - set(self.success.categories)
        if outside:
            raise ValueError(f"success.categories: must count what is offered, {sorted(outside)} is left out")
        return self

    @model_validator(mode="after")
    def _words_fit(self) -> Self:
        for language, script in (("zh", self.card.zh), ("en", self.card.en)):
            if set(script.why_now) != set(self.triggers):
                raise ValueError(f"card.{language}.why_now: must have one sentence for each of {sorted(self.triggers)}")
            if script.message is None and MESSAGE_CHANNELS & set(self.plan_channels):
                raise ValueError(f"card.{language}.message: the plan has a channel of messages, must be given")
        return self


def _once(where: str, values: tuple[str, ...]) -> None:
    double = sorted({value for value in values if values.count(value) > 1})
    if double:
        raise ValueError(f"{where}: {', '.join(double)} stands twice")
