"""The evidence of leads in sentences: which keys every lead of a trigger has, and how their values are written."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from wealthloop.insight.tiers import TIERS
from wealthloop.kit import compact
from wealthloop.leads.triggers import RULES
from wealthloop.strategies.parts import SCHEDULED, Language

EVIDENCE: Final[Mapping[str, frozenset[str]]] = {
    **{rule.name: frozenset(rule.certain) for rule in RULES},
    SCHEDULED: frozenset({"on", "tier", "demand_fen", "aum_fen"}),
}
"""Keys that every event of a trigger, or of a schedule, carries and that may stand in a sentence."""

_TIER_NAMES: Final = {
    "zh-hans": {tier.name: tier.zh for tier in TIERS},
    "en": {tier.name: tier.en for tier in TIERS},
}
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def shown(evidence: Mapping[str, int | str | float], language: Language) -> dict[str, str]:
    """Return the evidence as it stands in sentences of a language.

    The unit is in the key: ``_fen`` an amount, ``_on`` an ISO day; tiers by their names; all else as it is.

    Example:
        >>> shown({"balance_fen": 50_000_000, "matures_on": "2026-11-28"}, "en")
        {'balance_fen': '500 k', 'matures_on': '28 November'}
    """
    return {key: _shown(key, value, language) for key, value in evidence.items()}


def _shown(key: str, value: float | str, language: Language) -> str:
    if key.endswith("_fen") and not isinstance(value, str):
        return compact(round(value), language)
    if key == "on" or key.endswith("_on"):
        day = date.fromisoformat(str(value))
        return f"{day.month} 月 {day.day} 日" if language == "zh-hans" else f"{day.day} {_MONTHS[day.month - 1]}"
    return _TIER_NAMES[language].get(str(value), str(value))
