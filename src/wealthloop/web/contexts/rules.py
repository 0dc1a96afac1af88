"""What the page of the rules gets."""

from dataclasses import dataclass
from datetime import date

from wealthloop.policies.types import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule; money in fen, None where the newest kept night does not price it."""

    rule_id: str
    text: Text
    remedy: Text
    source: str
    article: str
    in_force_from: date | None
    legal: bool
    secondary: bool
    """A parameter awaits the bank's confirmation."""
    parameters: tuple[str, ...]
    customers: str | None
    cost: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPage:
    """The rules of the home, the law's and the bank's."""

    pack: str
    version: int
    legal: tuple[RuleLine, ...]
    bank: tuple[RuleLine, ...]
    as_of: date | None
    """The night whose costs are shown; None: none is kept."""
    value: int | None
    """Of that night's plan, fen."""
