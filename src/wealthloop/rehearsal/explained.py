"""What is said of a customer's night: what was decided, what became of everything else, what was not there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from wealthloop.policies.pack import Rule

State: TypeAlias = Literal[
    "chosen", "forbidden", "no_person", "not_its_turn", "no_unit", "no_value", "lower", "crowded_out", "as_good"
]
"""What became of a contact: planned; a rule says no; nobody to call; an earlier channel has its turn; the customer is
in no cluster that could draw an arm; worth nothing; worth less than what was chosen; capacity was worth more elsewhere;
as good as what was chosen, which a lottery, whole numbers or a floor decided."""

Absence: TypeAlias = Literal["catalogue", "no_occasion", "audience", "ramp", "held"]
"""Why a running strategy had nothing for the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A row of the ledger, as far as it explains; money in fen, probabilities fractions."""

    run_id: str
    as_of: date
    strategy_id: str
    strategy_version: int
    lead_id: str | None
    trigger: str | None
    channel: str
    product_id: str | None
    staff_id: str | None
    disposition: str
    arm: str
    arm_share: float
    held_by: str | None
    market: str | None
    refill: bool
    propensity: float
    lottery: str | None
    uplift: float | None
    uplift_low: float | None
    uplift_high: float | None
    sale_value: int | None
    cost: int | None
    value: int | None
    preference: float | None
    price: int | None
    rules: str | None
    model_version: str | None

    @property
    def surplus(self) -> float:
        """What it counted for above the price of what it uses, fen."""
        return (self.preference or 1.0) * (self.value or 0) - (self.price or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One contact that the night could have made; money in fen."""

    strategy_id: str
    version: int
    lead_id: str
    trigger: str
    channel: str
    product_id: str | None
    category: str | None
    state: State
    rules: tuple[Rule, ...] = ()
    """Those that forbid it."""
    passed_over: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Products that are preferred to it, with the ids of the rules that forbid them."""
    value: int | None = None
    preference: float = 1.0
    price: int | None = None
    """Shadow price of what it would use."""
    scarce: Mapping[str, float] = field(default_factory=dict)
    """Resources that it would use and that have a price, with the price of what it takes."""
    lacks: int | None = None
    """By how much its expected value would have to rise before it is as good as what was done."""
    opens_on: date | None = None
    """When its channel's turn comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A running strategy that had nothing for the customer."""

    strategy_id: str
    version: int
    why: Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One customer on one night."""

    customer_id: str
    as_of: date
    decisions: tuple[Decision, ...]
    """Of the night and of those before it, the newest first."""
    choices: tuple[Choice, ...]
    absent: tuple[Absent, ...]
    prices_kept: bool
    """Whether the prices are the ledger's own; False: those of the rehearsal."""

    @property
    def tonight(self) -> Decision | None:
        """What the night planned; None: nothing."""
        return next((one for one in self.decisions if one.as_of == self.as_of), None)
