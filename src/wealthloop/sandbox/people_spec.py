"""World files, the people: sections on who customers are, what they earn, hold, need and do by themselves."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from wealthloop.bank.contract import CATEGORIES


def one_of(codes: tuple[str, ...]) -> AfterValidator:
    """Return a check that a text is one of the codes."""

    def check(value: str) -> str:
        if value not in codes:
            raise ValueError(f"must be one of {', '.join(codes)}")
        return value

    return AfterValidator(check)


Category = Annotated[str, one_of(CATEGORIES)]
Stage: TypeAlias = Literal["study", "single", "couple", "young_children", "grown_children", "retired"]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]


class Part(BaseModel):
    """A section of a world file: unknown keys are refused, numbers are finite, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Size(Part):
    """How large a world is where nobody says otherwise."""

    seed: Annotated[int, Field(ge=0)]
    customers: Annotated[int, Field(ge=100)]


class Wealth(Part):
    """How wealth is spread, on and off the bank."""

    mean_yuan: Positive
    top_fraction: Annotated[float, Field(gt=0.0, lt=0.5)]
    top_share: Annotated[float, Field(gt=0.0, lt=1.0)]
    body_sigma: Positive
    top_sigma: Positive
    off_bank_ratio: Positive
    off_bank_sigma: Positive
    off_bank_floor_yuan: Positive


class People(Part):
    """Who the customers are."""

    mean_age: Annotated[float, Field(ge=25, le=70)]
    age_sigma: Positive
    payroll_share: Fraction
    dormant_share: Fraction
    sleeping_dog_share: Fraction
    mobile_share: Fraction
    app_share: Fraction
    wechat_share: Fraction
    wecom_share: Fraction
    credit_share: Fraction
    income_median_yuan: Positive
    income_sigma: Positive
    affinity_sigma: NotNegative
    """Spread of a customer's liking of each channel."""


class Move(Part):
    """One way from a life stage to another, within ages."""

    start: Stage
    to: Stage
    from_age: Annotated[int, Field(ge=0, le=120)]
    until_age: Annotated[int, Field(ge=0, le=120)]
    """The first age at which the move is no longer possible."""
    yearly: Annotated[float, Field(ge=0.0, lt=1.0)]
    """Chance in a year."""

    @model_validator(mode="after")
    def _ages_in_order(self) -> Self:
        if self.until_age <= self.from_age:
            raise ValueError("until_age must be above from_age")
        return self


class Law(Part):
    """Consents and suitability at the opening."""

    marketing_granted: Fraction
    personalisation_granted: Fraction
    sms_denied: Fraction
    assessed: Fraction
    valid_days: Count
    oldest_days: Count
    reassess_daily: Fraction


class Flows(Part):
    """Money that moves without any contact."""

    spend_share: Fraction
    spend_share_other: Fraction
    spend_daily: Fraction
    platform_daily: Fraction
    platform_share: Fraction
    person_daily: Fraction
    person_share: Fraction
    mover_share: Fraction
    mover_part: Fraction
    home_monthly: Fraction
    home_part: Fraction
    inflow_daily: Fraction
    inflow_part: Positive
    inflow_floor_yuan: Positive
    inflow_sigma: Positive
    leave_daily: Fraction
    leave_part: Fraction
    outflow_daily: Fraction
    demand_rate: Fraction
    interest_day: Annotated[int, Field(ge=1, le=28)]


class Appetite(Part):
    """Purchases and redemptions without any contact."""

    base_monthly: Fraction
    wealth_slope: NotNegative
    event_boost: NotNegative
    event_days: Positive
    need_sigma: Positive
    redeem_daily: Fraction
    auto_renew: Fraction
    category_share: dict[Category, Fraction]
    held: dict[Category, Fraction]
    stage: dict[Stage, dict[Category, NotNegative]]
    """Multiples of need by life stage; 1 where not named."""
    regime: dict[str, dict[Category, NotNegative]]
    """Multiples of need by the market's regime; 1 where not named."""


class Audit(Part):
    """The sample of customers whose whole wealth an RM verifies."""

    opening_share: Fraction
    daily: Fraction
