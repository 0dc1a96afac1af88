"""Health flags of a model and what follows from them for the strategies that use it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wealthloop.scoring.measure import Slope
from wealthloop.scoring.types import Feeds, Flag

MATURE_POSITIVES: Final = 200
LOWEST_AUC: Final = 0.52
LEAK_AUC: Final = 0.90
DRIFT_PSI: Final = 0.25
SLOPE_LIMITS: Final = (0.8, 1.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a flag means for strategies, in words of both languages."""

    feeds: Feeds
    zh: str
    en: str


CONSEQUENCES: Final[Mapping[Flag, Consequence]] = {
    Flag.GOOD: Consequence(feeds="full", zh="可用于策略选客", en="may choose customers for strategies"),
    Flag.IMMATURE: Consequence(
        feeds="ramp", zh="正样本不足 200，只可用于 2% 的试跑", en="under 200 positives: only the 2 % ramp may use it"
    ),
    Flag.NO_POSITIVES: Consequence(
        feeds="none", zh="没有正样本，策略改用自身规则", en="no positives: strategies fall back to their own rule"
    ),
    Flag.STUCK: Consequence(
        feeds="none",
        zh="AUC 为 0.50，没有学到东西，策略改用自身规则",
        en="AUC is .50, nothing was learnt: strategies fall back",
    ),
    Flag.LOW: Consequence(
        feeds="none",
        zh="AUC 低于 0.52，策略改用自身规则",
        en="AUC is under .52: strategies fall back to their own rule",
    ),
    Flag.LEAK_SUSPECTED: Consequence(
        feeds="none",
        zh="AUC 高于 0.90，疑似信息泄漏，须由负责人复核签字",
        en="AUC is above .90, a leak is suspected: its owner must review and sign",
    ),
    Flag.DRIFTED: Consequence(
        feeds="none",
        zh="分数分布或校准已漂移，须重新训练，策略改用自身规则",
        en="scores or calibration have drifted: train again, strategies fall back to their own rule",
    ),
}


def flags_of(
    *, positives: int, trained: bool, auc: float | None, slope: Slope | None = None, psi: float | None = None
) -> tuple[Flag, ...]:
    """Return the flags of a model, ``(good,)`` where nothing is found.

    With fewer than 200 positives the other measures say nothing yet and are not judged. A slope counts as drifted
    when its whole 95 % interval lies outside .8 to 1.25: with few positives the estimate alone strays by chance.

    Args:
        positives: labelled positives in all snapshots.
        trained: whether there is a model; without one, positives or not, nothing was learnt.
        auc: on later data, held out; None is read as .50.
        slope: calibration slope on the same.
        psi: stability of the scores' distribution against training, where it is known.
    """
    if positives < 1:
        return (Flag.NO_POSITIVES,)
    if positives < MATURE_POSITIVES:
        return (Flag.IMMATURE,)
    if not trained:
        return (Flag.STUCK,)
    drifted = (psi is not None and psi > DRIFT_PSI) or (slope is not None and _outside(slope))
    found = (*_discrimination(0.5 if auc is None else auc), *((Flag.DRIFTED,) if drifted else ()))
    return found or (Flag.GOOD,)


def may_feed(flag: Flag) -> Feeds:
    """Return how far a model with this flag may choose new customers.

    Example:
        >>> may_feed(Flag.GOOD), may_feed(Flag.IMMATURE), may_feed(Flag.DRIFTED)
        ('full', 'ramp', 'none')
    """
    return CONSEQUENCES[flag].feeds


def feeds_of(flags: Sequence[Flag]) -> Feeds:
    """Return how far a model with all of these flags may choose: the strictest of them."""
    order: tuple[Feeds, ...] = ("none", "ramp", "full")
    return min((may_feed(flag) for flag in flags), key=order.index)


def _discrimination(auc: float) -> tuple[Flag, ...]:
    if auc == 0.5:
        return (Flag.STUCK,)
    if auc < LOWEST_AUC:
        return (Flag.LOW,)
    return (Flag.LEAK_SUSPECTED,) if auc > LEAK_AUC else ()


def _outside(slope: Slope) -> bool:
    return slope.high < SLOPE_LIMITS[0] or slope.low > SLOPE_LIMITS[1]
