"""From a cell in which a strategy works to the document of a child, with what is expected of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from wealthloop.evolution.conditions import in_words
from wealthloop.evolution.evidence import LATER_DAYS, Evidence
from wealthloop.evolution.search import Cell, Found, effect_in
from wealthloop.experiments import Design, binary_spread, needed_n
from wealthloop.leads.triggers import rule_of
from wealthloop.scoring.catalogue import CATEGORIES_IN_WORDS
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.parts import (
    SCHEDULED,
    ArmShare,
    Card,
    FeatureRule,
    Prior,
    Script,
    Step,
    Stop,
    Words,
)

RESERVE: Final = 0.5
"""Share of a child's customers on whom it is confirmed."""
ARMS: Final = (
    ArmShare(name="contact", share=0.5, control=False),
    ArmShare(name="control", share=0.5, control=True),
)
LONGEST: Final = 330
"""Days within which a child must be able to show that it works, or it is not proposed."""
_WORTHWHILE: Final = 0.6
"""Share of the expected effect below which a child has lost."""
_PATIENCE: Final = 1.5
"""Multiple of the expected days after which a child ends."""
_SPREAD: Final = 0.005
_CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "rm": ("客户经理", "managers"), "remote_agent": ("远程坐席", "remote desk"), "ai_call": ("智能外呼", "AI calls"),
    "app_push": ("App 推送", "app push"), "sms": ("短信", "SMS"), "wechat": ("微信", "WeChat"),
    "wecom": ("企业微信", "WeCom"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of a child, before it starts."""

    effect: float
    """On the share that converts: the honest half's, pulled towards the parent's average."""
    low: float
    high: float
    """95 %, of the honest half pulled likewise."""
    needed: int
    """Units of both arms with which it is confirmed with a probability of 80 %, if the effect is that."""
    days: int
    """Until so many have entered at the pace so far, and their windows have closed."""
    yearly_value: int
    """Fen a year, when everybody whom it is for is contacted."""
    base_rate: float


def expect(evidence: Evidence, cell: Cell, *, level: float) -> Expected | None:
    """Return what is expected of a child for a cell; None where it could not be confirmed in time, or has no effect."""
    parent = effect_in(evidence.units, ~evidence.units.search)
    effect, error = _pulled(cell.honest, parent.effect)
    withheld = cell.units & ~evidence.treated
    base = float(np.clip(evidence.units.converted[withheld].mean(), 1e-4, 0.9))
    if effect <= 0 or base + effect >= 1:
        return None
    design = Design(share=ARMS[0].share, alpha=min(2 * level, 0.4), power=0.8, always_valid=True)
    needed = needed_n(effect, binary_spread(base, effect), design).total
    pace = cell.units.sum() / evidence.days
    days = round(needed / (pace * RESERVE)) + evidence.version.document.success.window_days
    value = effect * cell.honest.worth - cell.honest.cost
    if days > LONGEST or value <= 0:
        return None
    return Expected(
        effect=effect, low=effect - 1.96 * error, high=effect + 1.96 * error, needed=needed, days=days,
        yearly_value=round(365 * pace * value), base_rate=base,
    )  # fmt: skip


def _pulled(honest: Found, average: float) -> tuple[float, float]:
    """Return an effect pulled towards the average, as far as its own error is wide, and its error."""
    spread = max(abs(average), _SPREAD) ** 2
    weight = spread / (spread + honest.error**2)
    return weight * honest.effect + (1 - weight) * average, float(np.sqrt(weight)) * honest.error


def child_of(evidence: Evidence, cell: Cell, expected: Expected, *, strategy_id: str) -> Strategy:
    """Return the document of a child: its parent's, narrowed to the cell, with reserved customers and a control."""
    parent, chosen = evidence.version.document, {one.name: one.value for one in cell.choices}
    triggers, schedule = parent.triggers, parent.schedule
    if "trigger" in chosen:
        by_schedule = chosen["trigger"] == SCHEDULED
        triggers, schedule = ((), schedule) if by_schedule else ((chosen["trigger"],), None)
    steps = (Step(channel=chosen["channel"], wait_days=0),) if "channel" in chosen else parent.channels
    if "timing" in chosen:
        steps = (steps[0].model_copy(update={"wait_days": LATER_DAYS}), *steps[1:])
    offer = parent.offer
    if "category" in chosen:
        offer = offer.model_copy(update={"categories": (chosen["category"],), "alternatives": ()})
    prior = Prior(mean=round(min(expected.effect, 1.0), 5), sd=round(max(expected.high - expected.effect, 2e-4) / 2, 5))
    rules = tuple(
        FeatureRule(feature=rule.feature, at_least=rule.at_least, at_most=rule.at_most) for rule in cell.rules
    )
    occasions = triggers if schedule is None else (*triggers, SCHEDULED)
    return parent.model_copy(
        update={
            "id": strategy_id,
            "name": _name(cell, parent),
            "parent": evidence.version.experiment,
            "layer": parent.shared_layer,
            "reserve": RESERVE,
            "triggers": triggers,
            "schedule": schedule,
            "offer": offer,
            "channels": steps,
            "arms": ARMS,
            "audience": parent.audience.model_copy(update={"features": (*parent.audience.features, *rules)}),
            "card": _card(parent.card, occasions),
            "effect_prior": {step.channel: prior for step in steps},
            "success": parent.success.model_copy(
                update={"minimum_worthwhile_effect": round(_WORTHWHILE * expected.effect, 6)}
            ),
            "ramp": (),
            "stop": Stop(max_days=round(_PATIENCE * expected.days)),
        }
    )


def evidence_of(cell: Cell, expected: Expected) -> dict[str, Any]:
    """Return as plain values what a proposal rests on."""
    return {
        "choices": {one.name: one.value for one in cell.choices},
        "rules": [{"feature": one.feature, "at_least": one.at_least, "at_most": one.at_most} for one in cell.rules],
        "searched": asdict(cell.searched),
        "honest": asdict(cell.honest),
        "expected": asdict(expected),
    }


def _card(card: Card, occasions: tuple[str, ...]) -> Card:
    def script(one: Script) -> Script:
        return one.model_copy(update={"why_now": {name: one.why_now[name] for name in occasions}})

    return Card(zh=script(card.zh), en=script(card.en))


def _name(cell: Cell, parent: Strategy) -> Words:
    parts = [_words(one.name, one.value) for one in cell.choices] + [in_words(rule) for rule in cell.rules]
    zh, en = (" · ".join(words) for words in zip(*parts, strict=True)) if parts else (parent.name.zh, parent.name.en)
    return Words(zh=zh[:400], en=en[:400])


def _words(dimension: str, value: str) -> tuple[str, str]:
    if dimension == "trigger":
        if value == SCHEDULED:
            return "定期", "by schedule"
        title = rule_of(value).title
        return title.zh, title.en
    if dimension == "category":
        return CATEGORIES_IN_WORDS.get(value, (value, value))
    return _CHANNELS[value] if dimension == "channel" else ("两天后", "two days later")
