"""World files: the parameters of a world, each sourced or assumed in the file itself."""

import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.errors import DocumentError


def _one_of(codes: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in codes:
            raise ValueError(f"must be one of {', '.join(codes)}")
        return value

    return AfterValidator(check)


Category = Annotated[str, _one_of(CATEGORIES)]
Channel = Annotated[str, _one_of(CHANNELS)]
Stage = Literal["study", "single", "couple", "young_children", "grown_children", "retired"]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wealth(_Part):
    """How wealth is spread, on and off the bank."""

    mean_yuan: Positive
    top_fraction: Annotated[float, Field(gt=0.0, lt=0.5)]
    top_share: Annotated[float, Field(gt=0.0, lt=1.0)]
    body_sigma: Positive
    top_sigma: Positive
    off_bank_ratio: Positive
    off_bank_sigma: Positive
    off_bank_floor_yuan: Positive


class People(_Part):
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


class Books(_Part):
    """Who looks after whom."""

    rm_share: Annotated[float, Field(gt=0.0, le=1.0)]
    book_size: Count
    rm_capacity: Count
    customers_a_branch: Count
    customers_a_remote_agent: Count
    remote_capacity: Count


class Law(_Part):
    """Consents and suitability at the opening."""

    marketing_granted: Fraction
    personalisation_granted: Fraction
    sms_denied: Fraction
    assessed: Fraction
    valid_days: Count
    oldest_days: Count
    reassess_daily: Fraction


class Flows(_Part):
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


class Appetite(_Part):
    """Purchases and redemptions without any contact."""

    base_monthly: Fraction
    wealth_slope: Annotated[float, Field(ge=0.0)]
    event_boost: Annotated[float, Field(ge=0.0)]
    event_days: Positive
    need_sigma: Positive
    redeem_daily: Fraction
    auto_renew: Fraction
    category_share: dict[Category, Fraction]
    held: dict[Category, Fraction]
    stage: dict[
        Literal["study", "single", "couple", "young_children", "grown_children", "retired"], dict[Category, float]
    ]


class Contacting(_Part):
    """What any contact does, whatever its channel."""

    days: Positive
    timing_days: Positive
    timing_floor: Fraction
    fatigue_daily: Fraction
    fatigue_weight: Annotated[float, Field(ge=0.0)]
    half_need: Positive
    harm: Fraction
    outside_share: Fraction
    complaint_daily: Fraction


class Funnel(_Part):
    """One channel: reached, then interested, then sold."""

    reached: Fraction
    interested: Fraction
    sold: Fraction
    fatigue: Annotated[float, Field(ge=0.0)]
    opt_out: Fraction
    complaint: Fraction


class Desk(_Part):
    """How RMs treat their cards."""

    diligence: Fraction
    noise: Annotated[float, Field(ge=0.0)]
    insight: Annotated[float, Field(ge=0.0)]
    tries: Count
    report_noise: Fraction
    wrong_customer: Fraction


class Triggers(_Part):
    """The bank's own rules, by which it ran strategies before the platform came."""

    inflow_yuan: Positive
    outflow_yuan: Positive
    active_days: Count
    maturing_days: Count
    idle_after_days: Count
    idle_until_days: Count
    idle_part: Fraction
    dormant_days: Count
    near_part: Fraction
    tier_floors_yuan: tuple[int, ...]
    planned_again_days: Count


class Market(_Part):
    """Regimes of the market; one number a regime, a year."""

    regimes: tuple[str, ...] = Field(min_length=1)
    stay: Fraction
    equity_drift: tuple[float, ...]
    equity_vol: tuple[float, ...]
    bond_drift: tuple[float, ...]
    bond_vol: tuple[float, ...]
    gold_drift: tuple[float, ...]
    gold_vol: tuple[float, ...]

    @model_validator(mode="after")
    def _one_number_a_regime(self) -> Self:
        for name in ("equity_drift", "equity_vol", "bond_drift", "bond_vol", "gold_drift", "gold_vol"):
            if len(getattr(self, name)) != len(self.regimes):
                raise ValueError(f"{name} must have one number for each of the {len(self.regimes)} regimes")
        return self


class ProductSpec(_Part):
    """One product: a term with a rate, or a NAV that follows drift + beta x factor."""

    product_id: str
    name: str
    category: Category
    regime: Literal["deposit", "investment", "insurance"]
    issuer: str
    issuer_risk: Literal["R1", "R2", "R3", "R4", "R5"] | None = None
    seller_risk: Literal["R1", "R2", "R3", "R4", "R5"] | None = None
    private: bool = False
    min_yuan: int = 0
    term_days: int | None = None
    min_hold_days: int | None = None
    rate: Fraction = 0.0
    factor: Literal["equity", "bond", "gold"] | None = None
    beta: float = 0.0
    drift: float = 0.0
    fee_rate: Fraction = 0.0
    on_sale_to: date | None = None


class BenefitSpec(_Part):
    """One benefit that the bank can give."""

    benefit_id: str
    name: str
    cost_yuan: Positive
    stock: int
    valid_to: date


class WorldSpec(_Part):
    """A whole world file."""

    version: Literal[1]
    name: str
    zone: str
    wealth: Wealth
    people: People
    books: Books
    law: Law
    flows: Flows
    appetite: Appetite
    contact: Contacting
    channels: dict[Channel, Funnel]
    desk: Desk
    triggers: Triggers
    market: Market
    products: tuple[ProductSpec, ...] = Field(min_length=1)
    benefits: tuple[BenefitSpec, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.products[0].category != "demand":
            raise ValueError("products must begin with the demand account")
        missing = sorted(set(CHANNELS) - set(self.channels))
        if missing:
            raise ValueError(f"channels has no {missing[0]}")
        return self


def load_world(name: str | Path = "default") -> WorldSpec:
    """Return a shipped world by name, or the world of a TOML file.

    Raises:
        DocumentError: no such world, not TOML, or wrong keys or values, each named by its path in the file.
    """
    label, text = _read(name)
    try:
        return WorldSpec.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{label}: not readable as TOML ({error})") from error
    except ValidationError as error:
        raise DocumentError("; ".join(f"{label}: {_line(found)}" for found in error.errors())) from error


def _read(name: str | Path) -> tuple[str, str]:
    path = Path(name)
    if path.suffix == ".toml":
        try:
            return str(path), path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DocumentError(f"{path}: not readable ({error})") from error
    shipped = resources.files("wealthloop.sandbox") / "worlds" / f"{path.name}.toml"
    if not shipped.is_file():
        raise DocumentError(f"world == {name}, must be a shipped world (default) or a .toml file")
    return f"{path.name}.toml", shipped.read_text(encoding="utf-8")


def _line(found: ErrorDetails) -> str:
    key = ".".join(str(part) for part in found["loc"])
    return f"key {key}: {found['msg']}" if key else str(found["msg"])
