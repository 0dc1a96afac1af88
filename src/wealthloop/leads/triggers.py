"""The event rules that ship with the platform, and their words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wealthloop.errors import NotFound
from wealthloop.leads.document import Rule
from wealthloop.leads.load import load_rules

SHIPPED: Final = Path(__file__).parent / "rules"

RULES: Final = load_rules(SHIPPED)
"""Every rule, by name."""

_BY_NAME: Final[Mapping[str, Rule]] = {rule.name: rule for rule in RULES}

_IN_STRATEGIES: Final = (
    "large_inflow", "large_outflow", "deposit_maturing", "salary_idle", "dormant_login", "near_tier", "funds_idle",
)  # fmt: skip

TRIGGERS: Final = tuple(_BY_NAME[name] for name in _IN_STRATEGIES)
"""The rules that the strategies answer with which a demonstration begins."""


def rule_of(name: str) -> Rule:
    """Return a rule by its name.

    Raises:
        NotFound: there is no such rule.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise NotFound(f"trigger == {name}, must be one of {', '.join(_BY_NAME)}") from None
