"""World files, the whole: market, shelf, benefits and the document that holds every section."""

from datetime import date
from hashlib import blake2b
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from wealthloop.sandbox.bank_spec import Books, Channels, Contacting, Cost, Desk, Message, Staff, Triggers
from wealthloop.sandbox.people_spec import (
    Appetite,
    Audit,
    Category,
    Count,
    Flows,
    Fraction,
    Law,
    Move,
    Part,
    People,
    Positive,
    Size,
    Wealth,
)


class Market(Part):
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
        names = ("equity_drift", "equity_vol", "bond_drift", "bond_vol", "gold_drift", "gold_vol")
        wrong = [name for name in names if len(getattr(self, name)) != len(self.regimes)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)} must have one number for each of the {len(self.regimes)} regimes")
        return self


class ProductSpec(Part):
    """One product: a term with a rate, or a NAV that follows drift + beta x factor."""

    product_id: str
    name: str
    category: Category
    regime: Literal["deposit", "investment", "insurance"]
    issuer: str
    issuer_risk: Literal["R1", "R2", "R3", "R4", "R5"] | None = None
    seller_risk: Literal["R1", "R2", "R3", "R4", "R5"] | None = None
    private: bool = False
    min_yuan: Annotated[int, Field(ge=0)] = 0
    term_days: Count | None = None
    min_hold_days: Annotated[int, Field(ge=0)] | None = None
    rate: Fraction = 0.0
    factor: Literal["equity", "bond", "gold"] | None = None
    beta: float = 0.0
    drift: float = 0.0
    fee_rate: Fraction = 0.0
    on_sale_to: date | None = None


class BenefitSpec(Part):
    """One benefit that the bank can give."""

    benefit_id: str
    name: str
    cost_yuan: Positive
    stock: int
    valid_to: date


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be the name of a time zone, such as Asia/Shanghai") from error
    return name


def _shelf(products: tuple[ProductSpec, ...]) -> tuple[ProductSpec, ...]:
    if products[0].category != "demand":
        raise ValueError("must begin with the demand account")
    ids = [product.product_id for product in products]
    twice = sorted({product_id for product_id in ids if ids.count(product_id) > 1})
    if twice:
        raise ValueError(f"must differ in product_id: {', '.join(twice)} stands twice")
    return products


class WorldSpec(Part):
    """A whole world file."""

    version: Count
    name: Annotated[str, Field(min_length=1)]
    about: Annotated[str, Field(min_length=1)]
    """One line that says what the world is for."""
    zone: Annotated[str, AfterValidator(_zone)]
    size: Size
    wealth: Wealth
    people: People
    moves: tuple[Move, ...]
    """Ways between life stages."""
    books: Books
    staff: Staff
    law: Law
    audit: Audit
    flows: Flows
    appetite: Appetite
    contact: Contacting
    message: Message
    channels: Channels
    cost: Cost
    desk: Desk
    triggers: Triggers
    market: Market
    products: Annotated[tuple[ProductSpec, ...], Field(min_length=1), AfterValidator(_shelf)]
    benefits: tuple[BenefitSpec, ...] = ()

    @model_validator(mode="after")
    def _known_regimes(self) -> Self:
        unknown = sorted(set(self.appetite.regime) - set(self.market.regimes))
        if unknown:
            raise ValueError(f"appetite.regime names {', '.join(unknown)}, which market.regimes lacks")
        return self

    @property
    def digest(self) -> str:
        """The content's fingerprint, 16 hex digits: every parameter, whatever the file's comments and order."""
        return blake2b(self.model_dump_json().encode(), digest_size=8).hexdigest()
