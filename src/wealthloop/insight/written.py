"""Values as people write them, in both languages."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from wealthloop.insight.machines import Definition, Text
from wealthloop.insight.types import Words
from wealthloop.kit import compact

_WRITTEN: Final[dict[str, Callable[[float], tuple[str, str]]]] = {
    "fen": lambda value: (f"{compact(round(value), 'zh-hans')}元", f"{compact(round(value), 'en')} yuan"),
    "count": lambda value: (f"{value:,.0f}", f"{value:,.0f}"),
    "days": lambda value: (f"{value:.0f} 天", f"{value:.0f} days"),
    "years": lambda value: (f"{value:.0f}", f"{value:.0f}"),
    "share": lambda value: (f"{100 * value:.0f} %", f"{100 * value:.0f} %"),
    "flag": lambda value: ("是", "yes") if value > 0 else ("否", "no"),
    "level": lambda value: (f"C{value:.0f}", f"C{value:.0f}"),
    "hour": lambda value: (f"{value:.0f} 点", f"{value:.0f}:00"),
}
_UNKNOWN: Final = ("未知", "not known")
_NEVER: Final = ("从未", "never")


def written(value: float | str | None, unit: str) -> tuple[str, str]:
    """Return a value in Chinese and English.

    Example:
        >>> written(5_000_000, "fen"), written(0.25, "share"), written(None, "days")
        (('5.00 万元', '50.0 k yuan'), ('25 %', '25 %'), ('未知', 'not known'))
    """
    if isinstance(value, str):
        return value, value
    if value is None or math.isnan(value):
        return _UNKNOWN
    if math.isinf(value):
        return _NEVER
    return _WRITTEN[unit](value) if unit in _WRITTEN else (f"{value:,.4g}", f"{value:,.4g}")


def filled(
    text: Text, definition: Definition, facts: Mapping[str, float | str | None], units: Mapping[str, str]
) -> Words:
    """Return a definition's sentence with the values of facts and thresholds in their places.

    Args:
        text: the sentence; ``{name}`` stands for a fact or a threshold.
        definition: whose sentence it is.
        facts: values by name.
        units: of the facts, by name.
    """
    values = {name: written(facts.get(name), units[name]) for name in definition.facts}
    values |= {name: written(value, _unit(definition, name, units)) for name, value in definition.thresholds.items()}
    return Words(
        zh=text.zh.format_map({name: zh for name, (zh, _) in values.items()}),
        en=text.en.format_map({name: en for name, (_, en) in values.items()}),
    )


def _unit(definition: Definition, threshold: str, units: Mapping[str, str]) -> str:
    """Return the unit of a threshold: that of the first fact which is compared with it."""
    compared = (one for transition in definition.transitions for one in (*transition.when, *transition.best))
    return next((units[one.fact] for one in compared if one.bound == threshold), "count")
