"""Whom each channel is for: weights by tier and channel, by which contacts count when a night chooses among them."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Final, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.loop.types import Counts
from wealthloop.strategies.parts import Channel, TierName

FILE: Final = "preference.toml"
Weight = Annotated[float, Field(gt=0.0, le=1.0)]
Preference: TypeAlias = Mapping[str, Mapping[str, float]]
"""What a contact's value counts for, by the customer's tier and the channel; 1 where nothing is said."""

_PREFERENCE: Final[TypeAdapter[dict[TierName, dict[Channel, Weight]]]] = TypeAdapter(
    dict[TierName, dict[Channel, Weight]]
)


def load_preference(home: Home) -> Preference:
    """Return the home's own weights, or the shipped ones.

    Raises:
        DocumentError: the home's file names an unknown tier or channel, or a weight that is not above 0 and at most 1.
    """
    own = home.root / FILE
    text = own.read_text("utf-8") if own.exists() else files(__package__).joinpath(FILE).read_text("utf-8")
    try:
        found = _PREFERENCE.validate_python(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(f"{own}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{own}: {error}") from error
    return {str(tier): dict(weights) for tier, weights in found.items()}


def weight_of(preference: Preference, tier: str | None, channel: str) -> float:
    """Return what a contact counts for; in full for a customer of no known tier."""
    return preference.get(tier or "", {}).get(channel, 1.0)


def preference_counts(cost: int | None) -> Counts:
    """Return what a night's record says of the preference's cost, fen; nothing where the plan was not asked."""
    return {} if cost is None else {"preference_cost_fen": cost}
