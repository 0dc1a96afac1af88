"""What a model is: its declaration, the target that it predicts, its health."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

Floats: TypeAlias = NDArray[np.float64]
Feeds: TypeAlias = Literal["full", "ramp", "none"]
"""Whether a model may choose new customers for a strategy: all, only the 2 % ramp, none."""


Learner: TypeAlias = Literal["trees", "additive", "pooled", "constant"]
"""Boosted trees, trees of one split each, a wider model's score calibrated for a slice, the same for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a model got its learner."""

    rule: Literal["signal", "few_positives", "no_signal", "gain", "no_gain"]
    figure: float
    """Columns that tell something (``signal``), positives, or the fall of the log loss of later rows."""


class Family(StrEnum):
    """The scenario families of models."""

    RESPONSE = "response"
    SEGMENT = "segment"
    UPGRADE = "upgrade"
    BEHAVIOUR = "behaviour"
    CHURN = "churn"


class Flag(StrEnum):
    """What the health check found; the limits are Pega's published ones."""

    NO_POSITIVES = "no_positives"
    IMMATURE = "immature"
    STUCK = "stuck"
    LOW = "low"
    LEAK_SUSPECTED = "leak_suspected"
    DRIFTED = "drifted"
    GOOD = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buys:
    """Buys a product of one of these categories within the horizon."""

    categories: tuple[str, ...]
    kind: Literal["buys"] = "buys"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachesNextTier:
    """The daily average of AUM over the horizon reaches the floor above this month's average.

    ``floors`` are in fen, ascending, the lowest tier's (0) left out.
    """

    floors: tuple[int, ...]
    kind: Literal["reaches_next_tier"] = "reaches_next_tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesOut:
    """Moves to outside, over the horizon, at least ``share`` of the AUM of the snapshot and at least ``least`` fen."""

    share: float
    least: int
    kind: Literal["moves_out"] = "moves_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class FallsTo:
    """A balance at the end of the horizon is at most ``share`` of what it was at the snapshot."""

    share: float
    of: tuple[str, ...] = ()
    """Names in ``features.BALANCE_GROUPS`` whose balances count; none: all that is held."""
    kind: Literal["falls_to"] = "falls_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class RisesTo:
    """The AUM at the end of the horizon is at least ``share`` of the AUM of the snapshot."""

    share: float
    kind: Literal["rises_to"] = "rises_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Does:
    """A row of these kinds occurs within the horizon; ``never``: none does."""

    table: Literal["transactions", "app_events"]
    kinds: tuple[str, ...]
    least: int = 0
    """The smallest amount that counts, fen, whatever its sign; 0 where amounts do not matter."""
    never: bool = False
    kind: Literal["does"] = "does"


Target: TypeAlias = Annotated[Buys | ReachesNextTier | MovesOut | FallsTo | RisesTo | Does, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A condition of a population: ``low`` <= feature < ``high``; a customer of whom it is not known is not in it."""

    feature: str
    low: float
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """A condition of a population: the customer's region, as the bank writes it."""

    region: str


Condition: TypeAlias = Bound | Lives


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A model as a declaration; money is in fen."""

    model_id: str
    """``family/.../...``, see definitions of families; also its folder in the registry."""
    family: Family
    target: Target
    population: tuple[Condition, ...]
    """All must hold, at training and at scoring alike; nobody outside gets a score."""
    horizon_days: int
    owner: str
    zh: str
    en: str
    monotone: tuple[tuple[str, Literal[-1, 1]], ...] = ()
    """Features that may only raise (1) or only lower (-1) the likelihood."""
    parent: str = ""
    """The model of the same target over a wider population, from which a thin slice borrows; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that raises or lowers a customer's score, in words of both languages."""

    feature: str
    value: float | None
    """In the feature's unit; None where it is not known."""
    contribution: float
    """Log-odds that the feature adds to the margin (exact tree contribution)."""
    zh: str
    en: str
