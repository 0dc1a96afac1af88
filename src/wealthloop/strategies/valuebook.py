"""The value book 价值口径: what placed money is worth to the bank, approved, dated and versioned.

Value of an amount = amount x (fee rate + funds-transfer margin) x holding days / 365 x strategic weight
x (1 - cannibalisation share). Rates are fractions a year. Inflow from outside and conversion inside are separate
metrics and both are valued here by where the money goes.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Final, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.errors import DocumentError
from wealthloop.kit import Home, content_hash, fen
from wealthloop.strategies.parts import SALES, Metric

SHIPPED: Final = Path(__file__).parent / "library" / "value_book.yaml"
_YEAR: Final = 365
VALUED: Final = tuple(metric for metric in get_args(Metric) if metric not in SALES)
"""Successes that are no sale: each has a value of its own."""


class Worth(BaseModel):
    """What one category is worth; rates are fractions a year."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fee_rate: Decimal = Field(ge=0, le=1)
    margin: Decimal = Field(ge=-1, le=1)
    holding_days: int = Field(ge=1, le=3650)
    strategic_weight: Decimal = Field(ge=0, le=5)
    cannibalisation: Decimal = Field(ge=0, le=1)
    """Share of the money that merely moves over from another category of the bank."""


class _Book(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(ge=1)
    effective_from: date
    approved_by: str = Field(min_length=1)
    categories: dict[str, Worth]
    contact_cost_yuan: dict[str, Decimal]
    success_value_yuan: dict[str, Decimal]

    @model_validator(mode="after")
    def _complete(self) -> "_Book":
        for name, given, wanted in (
            ("categories", set(self.categories), set(CATEGORIES)),
            ("contact_cost_yuan", set(self.contact_cost_yuan), set(CHANNELS)),
            ("success_value_yuan", set(self.success_value_yuan), set(VALUED)),
        ):
            if given != wanted:
                raise ValueError(f"{name}: missing {sorted(wanted - given)}, unknown {sorted(given - wanted)}")
        for name, amounts in (
            ("contact_cost_yuan", self.contact_cost_yuan), ("success_value_yuan", self.success_value_yuan),
        ):  # fmt: skip
            for key, amount in amounts.items():
                if amount < 0 or amount != round(amount, 2):
                    raise ValueError(f"{name}.{key} == {amount}, must be at least 0 with at most two decimals")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueBook:
    """An approved value book."""

    book_id: str
    version: int
    digest: str
    """Of the file's bytes; stands in the run's inputs and in every ledger row."""
    effective_from: date
    approved_by: str
    worth: dict[str, Worth]
    contact_cost: dict[str, int]
    """Fen a contact, by channel."""
    success_value: dict[str, int]
    """Fen a customer who does it, by metric that counts no sale."""

    def value(self, category: str, amount: int) -> int:
        """Return what an amount placed in a category is worth.

        Args:
            category: a product category of the contract.
            amount: fen, at least 0.

        Returns:
            Fen, rounded half to even.

        Raises:
            KeyError: no such category.
        """
        worth = self.worth[category]
        yearly = (worth.fee_rate + worth.margin) * worth.strategic_weight * (1 - worth.cannibalisation)
        exact = Decimal(amount) * yearly * worth.holding_days / _YEAR
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def load_value_book(home: Home | None = None) -> ValueBook:
    """Return the home's own value book (``value_book.yaml`` in its folder), or the shipped one.

    Raises:
        DocumentError: not readable, a category or channel is missing, or a number is out of its range.
    """
    own = None if home is None else home.root / "value_book.yaml"
    path = own if own is not None and own.exists() else SHIPPED
    return parse_value_book(path.read_bytes(), name=path.name)


def parse_value_book(data: bytes, *, name: str) -> ValueBook:
    """Return the value book of a file's bytes; ``name`` is how errors call it.

    Raises:
        DocumentError: not readable, a category or channel is missing, or a number is out of its range.
    """
    try:
        found = _Book.model_validate(_decimals(yaml.safe_load(data)))
    except yaml.YAMLError as error:
        raise DocumentError(f"{name}: not readable as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DocumentError(f"{name}: {where}: {first['msg'].removeprefix('Value error, ')}") from error
    return ValueBook(
        book_id=found.id,
        version=found.version,
        digest=content_hash(data),
        effective_from=found.effective_from,
        approved_by=found.approved_by,
        worth=found.categories,
        contact_cost={channel: fen(cost) for channel, cost in found.contact_cost_yuan.items()},
        success_value={metric: fen(value) for metric, value in found.success_value_yuan.items()},
    )


def _decimals(content: object) -> object:
    """Return the content with floats as the decimals that stand in the text."""
    if isinstance(content, dict):
        return {key: _decimals(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_decimals(value) for value in content]
    return Decimal(str(content)) if isinstance(content, float) else content
