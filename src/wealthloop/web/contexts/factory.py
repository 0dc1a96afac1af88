"""The models: what there is, what is healthy and used, and one model alone."""

from dataclasses import dataclass
from datetime import date

from wealthloop.strategies.parts import Words
from wealthloop.web.contexts.charts import Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyLine:
    """One family's counts."""

    name: str
    declared: int
    trained: int
    healthy: int
    used: int
    healthy_and_used: int
    flags: tuple[tuple[str, int], ...]
    """What else was found, the most frequent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """One version in a list."""

    model_id: str
    words: Words
    owner: str
    learner: str
    auc: float | None
    slope: float | None
    positives: int
    flags: tuple[tuple[str, str], ...]
    """Code and word."""
    expires_on: date
    state: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactoryPage:
    """Every model, counted and found."""

    total: FamilyLine
    families: tuple[FamilyLine, ...]
    used: tuple[ModelLine, ...]
    effects: tuple[ModelLine, ...]
    waiting: tuple[ModelLine, ...]
    found: tuple[ModelLine, ...]
    more: int
    """How many others were found and are not shown."""
    query: str
    family: str
    flag: str
    family_choices: tuple[tuple[str, str], ...]
    flag_choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of what is known of a model."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """One model: what it is for, who owns it, how good it is, which strategies use it, its versions."""

    model_id: str
    words: Words
    facts: tuple[Fact, ...]
    flags: tuple[tuple[str, str, str], ...]
    """Code, word, what follows from it."""
    plots: tuple[Plot, ...]
    used_by: tuple[str, ...]
    versions: tuple[ModelLine, ...]
    version_notes: tuple[tuple[str, str, str], ...]
    """Version, state, what was compared and who answered for it."""
    can_propose: bool
    can_approve: bool
    can_roll_back: bool
    told: str
