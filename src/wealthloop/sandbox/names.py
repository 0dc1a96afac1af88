"""Names of people and places. All are put together at random; mobile numbers begin with 100, which no operator uses."""

from typing import Final

import numpy as np

from wealthloop.sandbox.draws import Draws, Floats

SURNAMES: Final = (
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡",
    "郭", "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹",
)  # fmt: skip
GIVEN: Final = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
    "明", "超", "秀", "霞", "平", "刚", "桂", "英", "华", "建", "文", "志", "玉", "兰", "晨",
    "雨", "欣", "怡", "浩", "然", "思", "宇", "嘉", "子", "安",
)  # fmt: skip
DISTRICTS: Final = (
    "东湖区", "西岭区", "南桥区", "北塘区", "云港区", "梅溪区", "松川区", "青石区",
)  # fmt: skip
EMPLOYERS: Final = (
    "云港机械", "东湖医院", "松川软件", "梅溪中学", "青石电力", "南桥物流", "北塘食品", "西岭设计院",
    "云港市政", "松川生物",
)  # fmt: skip
OCCUPATIONS: Final = (
    "企业职员", "教师", "医护", "公务员", "个体经营", "工程师", "企业主", "自由职业",
)  # fmt: skip
EDUCATIONS: Final = (
    "高中及以下", "大专", "本科", "研究生",
)  # fmt: skip


def pick(draw: Floats, labels: tuple[str, ...]) -> list[str]:
    """Return one label a number in [0, 1)."""
    return [labels[index] for index in (draw * len(labels)).astype(np.int64).tolist()]


def people_names(draws: Draws, stream: str, size: int) -> list[str]:
    """Return ``size`` Chinese names, two characters in a third of the cases, otherwise three."""
    numbers = [draws.shared(f"{stream}/{part}", 0, size) for part in ("surname", "first", "second", "length")]
    firsts, seconds = pick(numbers[1], GIVEN), pick(numbers[2], GIVEN)
    long = (numbers[3] > 0.33).tolist()
    return [
        surname + first + (second if keeps else "")
        for surname, first, second, keeps in zip(pick(numbers[0], SURNAMES), firsts, seconds, long, strict=True)
    ]


def mobile(index: int) -> str:
    """Return an eleven-digit number that cannot be anybody's.

    Example:
        >>> mobile(7)
        '10000000007'
    """
    return f"100{index:08d}"
