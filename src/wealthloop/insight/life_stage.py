"""The life stage 人生阶段, from age, marital status and occupation as far as the bank knows them: rules as data."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from wealthloop.insight.tiers import UNKNOWN

_ALONE: Final = frozenset({"single", "unmarried", "未婚"})
_TOGETHER: Final = frozenset({"married", "已婚"})
_STUDIES: Final = frozenset({"student", "学生"})
_RETIRED: Final = frozenset({"retired", "retiree", "退休"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStage:
    """One stage: it holds within its ages (inclusive) for the marital states and occupations that it names."""

    name: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    ages: tuple[int, int] = (0, 150)
    marital: frozenset[str] = frozenset()
    """Empty: whatever the state."""
    occupations: frozenset[str] = frozenset()
    """Empty: whatever the occupation."""


STAGES: Final = (
    LifeStage(name="study", zh="求学期", en="study", occupations=_STUDIES, why_zh="职业为学生", why_en="a student"),
    LifeStage(name="retired", zh="退休期", en="retired", occupations=_RETIRED, why_zh="已退休", why_en="has retired"),
    LifeStage(
        name="study", zh="求学期", en="study", ages=(0, 22), why_zh="未满 23 岁", why_en="under 23 years of age"
    ),
    LifeStage(
        name="retired", zh="退休期", en="retired", ages=(60, 150),
        why_zh="60 岁及以上", why_en="60 years of age or over",
    ),
    LifeStage(
        name="single", zh="单身期", en="single", ages=(23, 59), marital=_ALONE,
        why_zh="未婚,23 至 59 岁", why_en="unmarried, 23 to 59 years of age",
    ),
    LifeStage(
        name="couple", zh="二人世界", en="couple", ages=(23, 29), marital=_TOGETHER,
        why_zh="已婚,不满 30 岁", why_en="married, under 30 years of age",
    ),
    LifeStage(
        name="young_children", zh="子女成长期", en="young children", ages=(30, 44), marital=_TOGETHER,
        why_zh="已婚,30 至 44 岁(推断)", why_en="married, 30 to 44 years of age (inferred)",
    ),
    LifeStage(
        name="grown_children", zh="子女成年期", en="grown children", ages=(45, 59), marital=_TOGETHER,
        why_zh="已婚,45 至 59 岁(推断)", why_en="married, 45 to 59 years of age (inferred)",
    ),
)  # fmt: skip

NOT_KNOWN: Final = LifeStage(
    name=UNKNOWN, zh="未知", en="unknown",
    why_zh="年龄或婚姻状况不足以判断", why_en="age and marital status do not say",
)  # fmt: skip


@lru_cache(maxsize=8192)
def life_stage(*, age: int | None, marital: str | None, occupation: str | None) -> LifeStage:
    """Return the first stage that holds.

    Example:
        >>> life_stage(age=35, marital="married", occupation=None).name
        'young_children'
        >>> life_stage(age=35, marital=None, occupation=None).name
        'unknown'
    """
    for stage in STAGES:
        if _holds(stage, age, _plain(marital), _plain(occupation)):
            return stage
    return NOT_KNOWN


def _holds(stage: LifeStage, age: int | None, marital: str, occupation: str) -> bool:
    if stage.occupations:
        return occupation in stage.occupations
    if age is None or not stage.ages[0] <= age <= stage.ages[1]:
        return False
    return not stage.marital or marital in stage.marital


def _plain(text: str | None) -> str:
    return (text or "").strip().lower()
