"""Stop, lower, keep or go on measuring an incentive: the rule, from intervals alone."""

from dataclasses import dataclass
from typing import Final, Literal

from wealthloop.delivery.content import Bilingual
from wealthloop.experiments.fieller import Ratio

Code = Literal["stop", "lower", "keep", "measure", "wait", "locked", "none"]

RULE: Final = Bilingual(
    zh="判断规则：看每 1 元激励带来的增量价值，与下一档更低金额的组相比，没有更低的组则与对照组相比。区间上限低于门槛"
    "（1 加预算影子价格）时建议停止，有更低金额则建议降低；更低金额的主要指标不劣于本组（差距不超过最小有意义效应）时"
    "建议降低；区间下限不低于门槛时建议保留；其余情况继续测量。检查未通过或观察期未满时不给建议。",
    en="The rule: incremental value for each yuan of the incentive, against the arm with the next lower amount, or "
    "control where there is none. An interval wholly below the hurdle (1 plus the budget's shadow price) says stop, or "
    "lower where a lower amount is there; a lower amount whose primary metric is not worse by more than the minimum "
    "worthwhile effect says lower; an interval wholly at or above the hurdle says keep; all else says go on measuring. "
    "Nothing is advised while a check fails or windows are open.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do with an arm's incentive; ``to``: the amount to go down to, fen, where it is to be lowered."""

    code: Code
    why: Bilingual
    to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lower:
    """The treatment arm with the next lower amount.

    ``amount`` is in fen; ``shortfall`` is how much less of the primary metric it may bring than the arm above it, by
    the lower end of its interval, None while that is not known; ``margin`` what may be given up, in the same unit.
    """

    amount: int
    shortfall: float | None
    margin: float

    @property
    def is_as_good(self) -> bool:
        """Whether the lower amount is surely not worse by more than the margin."""
        return self.shortfall is not None and self.shortfall > -self.margin


def advise(returned: Ratio, hurdle: float, lower: Lower | None) -> Advice:
    """Return what to do with an incentive.

    Args:
        returned: value for each yuan of it, against the next lower amount or control.
        hurdle: what a yuan must bring.
        lower: the next lower amount, None where there is none.

    Example:
        >>> advise(Ratio(ratio=3.0, low=2.0, high=4.0, gain=3.0, cost=1.0, n=900, method=""), 1.0, None).code
        'keep'
    """
    too_little = returned.high is not None and returned.high < hurdle
    if too_little or (lower is not None and lower.is_as_good):
        return _down(lower, too_little=too_little, hurdle=hurdle)
    if returned.low is not None and returned.low >= hurdle:
        return Advice(code="keep", why=Bilingual(
            zh=f"每元增量价值的区间下限 {returned.low:.2f} 不低于门槛 {hurdle:.2f}",
            en=f"each yuan surely brings at least {returned.low:.2f}, the hurdle is {hurdle:.2f}",
        ))  # fmt: skip
    why = Bilingual(zh=f"区间仍跨过门槛 {hurdle:.2f}", en=f"the interval still holds the hurdle of {hurdle:.2f}")
    if returned.low is None:
        why = Bilingual(zh="增量成本尚未确定大于 0", en="the incremental cost is not surely above 0 yet")
    return Advice(code="measure", why=why)


def _down(lower: Lower | None, *, too_little: bool, hurdle: float) -> Advice:
    why = (
        Bilingual(
            zh=f"每元增量价值的区间整体低于门槛 {hurdle:.2f}",
            en=f"the interval of what each yuan brings lies wholly below the hurdle of {hurdle:.2f}",
        )
        if too_little
        else Bilingual(zh="更低金额的主要指标不劣于本组", en="the lower amount is not worse by more than the margin")
    )
    if lower is not None and lower.amount:
        return Advice(code="lower", why=why, to=lower.amount)
    return Advice(code="stop", why=why)
