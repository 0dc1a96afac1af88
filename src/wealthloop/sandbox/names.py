"""Names of people and places. All are put together at random; mobile numbers begin with 100, which no operator uses."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.sandbox.draws import Draws, Floats, Ints

Labels: TypeAlias = "pa.Array[Any]"
"""Texts as Arrow holds them."""

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


def chosen(labels: Sequence[str], index: Ints) -> Labels:
    """Return the label of each index, null where it is below zero."""
    places: Labels = pa.array(index, pa.int64(), mask=index < 0)
    found: Labels = pa.array(labels, pa.string()).take(places)
    return found


def pick(draw: Floats, labels: Sequence[str]) -> Labels:
    """Return one label a number in [0, 1)."""
    return chosen(labels, (draw * len(labels)).astype(np.int64))


def joined(*parts: "str | Labels") -> Labels:
    """Return texts put together row by row; a plain text stands in every row.

    Example:
        >>> joined("B", pa.array(["1", "2"])).to_pylist()
        ['B1', 'B2']
    """
    found: Labels = pc.binary_join_element_wise(*parts, "")  # type: ignore[call-overload]
    return found


def people_names(draws: Draws, stream: str, size: int) -> Labels:
    """Return ``size`` Chinese names, two characters in a third of the cases, otherwise three."""
    numbers = [draws.shared(f"{stream}/{part}", 0, size) for part in ("surname", "first", "second", "length")]
    second: Labels = pc.if_else(pa.array(numbers[3] > 0.33), pick(numbers[2], GIVEN), "")
    return joined(pick(numbers[0], SURNAMES), pick(numbers[1], GIVEN), second)


def mobiles(size: int) -> Labels:
    """Return one eleven-digit number a customer that cannot be anybody's.

    Example:
        >>> mobiles(2).to_pylist()
        ['10000000001', '10000000002']
    """
    digits: Labels = pc.utf8_lpad(pa.array(np.arange(1, size + 1)).cast(pa.string()), width=8, padding="0")
    return joined("100", digits)
