"""What a home tries and holds back by itself, beside the experiment that every strategy is: ``experiments.toml``."""

import tomllib
from importlib.resources import files
from typing import Annotated, Final, Literal, Self, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.strategies.parts import StrategyId, TierName

FILE: Final = "experiments.toml"
Share = Annotated[float, Field(ge=0.0, le=0.5)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")]
Rule: TypeAlias = Literal["random_action", "propensity_only", "no_levers", "eligibility_only", "random_score"]
"""Another way to choose on machine channels."""
RULES: Final[tuple[Rule, ...]] = get_args(Rule)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exploration(_Part):
    """The lottery among near-best choices."""

    share: Share
    """How often something else than the best is taken, where something else is nearly as good; 0: never."""
    within: float = Field(ge=0.0, le=1.0)
    """How far behind the best, as a share of its value, a choice may be at the night's prices."""


class Holdout(_Part):
    """Customers for whom everything is planned and nothing is done."""

    share: Share
    exempt_tiers: tuple[TierName, ...] = ()


class Group(_Part):
    """Customers for whom some strategies together do nothing."""

    name: Name
    strategies: tuple[StrategyId, ...] = Field(min_length=1)
    share: Share
    exempt_tiers: tuple[TierName, ...] = ()


class OtherRule(_Part):
    """The platform against another way to choose on machine channels, in two markets of the same size."""

    name: Rule
    share: Annotated[float, Field(gt=0.0, le=0.1)]
    """Of customers and capacities, of each of the two."""


class ByHand(_Part):
    """The platform's cards against what relationship managers choose themselves."""

    unit: Literal["rm", "branch"]
    share: Annotated[float, Field(gt=0.0, lt=1.0)]
    """Of managers or branches that get no cards from the platform."""


class Experiments(_Part):
    """What stands in experiments.toml."""

    exploration: Exploration
    universal: Holdout
    business_as_usual: Holdout = Holdout(share=0.0)
    group: tuple[Group, ...] = ()
    rule: tuple[OtherRule, ...] = ()
    by_hand: ByHand | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        for part in ("group", "rule"):
            names = [one.name for one in getattr(self, part)]
            if len(set(names)) < len(names):
                raise ValueError(f"{part}: a name stands twice")
        return self


def load_experiments(home: Home) -> Experiments:
    """Return the home's own settings, or the shipped ones.

    Raises:
        DocumentError: the home's file is not readable, or has a wrong key or value.
    """
    own = home.root / FILE
    text = own.read_text("utf-8") if own.exists() else files(__package__).joinpath(FILE).read_text("utf-8")
    try:
        return Experiments.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        where, said = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        raise DocumentError(f"{own}: {where}: {said}" if where else f"{own}: {said}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DocumentError(f"{own}: not readable as TOML: {error}") from error
