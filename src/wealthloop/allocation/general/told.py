"""What prices mean, in sentences for people, Chinese and English."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wealthloop.allocation.general.conflict import Side
from wealthloop.allocation.general.folder import Named
from wealthloop.allocation.general.layout import Floats, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What one more unit of a row, or of all rows of a family together, would bring."""

    resource: str
    key_column: str
    keys: int
    """How many rows bind."""
    lowest: float
    highest: float
    mean: float
    dearest: str
    """The key with the largest price, either way; blank for a global row."""
    zh: str
    en: str


def worth_of(named: Named, prices: Floats, used: Floats, *, few: int = 12) -> list[Worth]:
    """Return what one more unit of each binding row is worth, the dearest first; long families as one.

    Args:
        named: the problem.
        prices: of each row, shape (n_rows,).
        used: of each row, shape (n_rows,).
        few: rows up to which a family is told row by row.
    """
    least = 1e-9 * float(np.abs(prices).max(initial=0.0))
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for row in np.flatnonzero(np.abs(prices) > least).tolist():
        name = (named.resources[row], named.key_columns[row], bool(prices[row] < 0))
        groups.setdefault(name, []).append(row)
    out: list[Worth] = []
    for rows in groups.values():
        parts = [rows] if len(rows) > few else [[row] for row in rows]
        out += [_worth(named, prices, used, np.array(part)) for part in parts]
    return sorted(out, key=lambda one: -max(abs(one.lowest), abs(one.highest)))


def _worth(named: Named, prices: Floats, used: Floats, rows: Integers) -> Worth:
    here = prices[rows]
    dearest = int(rows[np.argmax(np.abs(here))])
    resource, column = named.resources[dearest], named.key_columns[dearest]
    if rows.size == 1:
        zh, en = _one(named, float(here[0]), float(used[dearest]), dearest)
    else:
        zh, en = _many(named, here, dearest)
    return Worth(
        resource=resource, key_column=column, keys=int(rows.size), lowest=float(here.min()), highest=float(here.max()),
        mean=float(here.mean()), dearest=named.keys[dearest], zh=zh, en=en,
    )  # fmt: skip


def name_of(named: Named, row: int) -> str:
    """Return what a row is called: its resource, and of what or whom."""
    column = named.key_columns[row]
    return f"{named.resources[row]} ({column} {named.keys[row]})" if column else named.resources[row]


def _one(named: Named, price: float, used: float, row: int) -> tuple[str, str]:
    name, rows = name_of(named, row), named.instance.rows
    if price > 0:
        return (
            f"{name}：上限 {rows.capacity[row]:,.10g}，已用 {used:,.10g}；再多一个单位，约多得 {price:,.4g}。",
            f"{name}: {used:,.10g} of {rows.capacity[row]:,.10g} used; one more unit would bring about {price:,.4g}.",
        )
    return (
        f"{name}：至少要用 {rows.minimum[row]:,.10g}；这项要求每多一个单位，约少得 {-price:,.4g}。",
        f"{name}: at least {rows.minimum[row]:,.10g} must be used; each unit asked for costs about {-price:,.4g}.",
    )


def _many(named: Named, prices: Floats, dearest: int) -> tuple[str, str]:
    resource, column, key = named.resources[dearest], named.key_columns[dearest], named.keys[dearest]
    low, high, mean = np.abs(prices).min(), np.abs(prices).max(), np.abs(prices).mean()
    zh, en = f"{resource}（按 {column}）：{prices.size} 个", f"{resource} (by {column}): "
    zh_range = f"{low:,.4g} 至 {high:,.4g}，平均 {mean:,.4g}，{key} 最高。"
    en_range = f"{low:,.4g} to {high:,.4g}, {mean:,.4g} on average, most at {key}."
    if prices[0] > 0:
        return (
            f"{zh}都用满；再多一个单位，约多得 {zh_range}",
            f"{en}{prices.size} bind; one more unit would bring {en_range}",
        )
    return (
        f"{zh}的最低要求在起作用；每多要求一个单位，约少得 {zh_range}",
        f"{en}the minimums of {prices.size} bind; each unit asked for costs {en_range}",
    )


def conflict_text(named: Named, sides: Sequence[Side]) -> str:
    """Return limits that contradict each other, as one line."""
    rows = named.instance.rows
    return "; ".join(
        f"{name_of(named, side.row)} at least {rows.minimum[side.row]:,.10g}"
        if side.minimum
        else f"{name_of(named, side.row)} at most {rows.capacity[side.row]:,.10g}"
        for side in sides
    )
