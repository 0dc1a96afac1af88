"""What a home tries and holds back by itself, beside the experiment that every strategy is: ``experiments.toml``."""

import tomllib
from importlib.resources import files
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wealthloop.errors import DocumentError
from wealthloop.kit import Home

FILE: Final = "experiments.toml"
Share = Annotated[float, Field(ge=0.0, le=0.5)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exploration(_Part):
    """The lottery among near-best choices."""

    share: Share
    """How often something else than the best is taken, where something else is nearly as good; 0: never."""
    within: float = Field(ge=0.0, le=1.0)
    """How far behind the best, as a share of its value, a choice may be at the night's prices."""


class Experiments(_Part):
    """What stands in experiments.toml."""

    exploration: Exploration


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
        where = ".".join(map(str, first["loc"]))
        raise DocumentError(f"{own}: {where}: {first['msg'].removeprefix('Value error, ')}") from error
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{own}: {error}") from error
