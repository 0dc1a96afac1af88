"""``wealthloop panorama``: everything known of a customer, each number with where it comes from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit
from wealthloop.cli.plain import opened_at, plain
from wealthloop.cli.tags import tags_table

if TYPE_CHECKING:
    from wealthloop.insight import Panorama, Sourced

SHAPE: Final = 1
"""Version of the JSON object's shape; a field that goes or changes its meaning makes a new one."""


def panorama_command(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The day; default the newest night's.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show a customer whole: profile, tags, features, scores, holdings, contacts; names stay out."""
    from wealthloop.insight import panorama

    opened = opened_at(home, as_of)
    seen = panorama(opened.bank, opened.engine, customer, as_of=opened.as_of, home=opened.home)
    if as_json:
        emit(as_object(seen))
    else:
        _show(Console(width=160), seen)


def as_object(seen: "Panorama") -> dict[str, Any]:
    """Return the panorama as one JSON object: ``shape`` and the fields of ``insight.Panorama``."""
    return {"shape": SHAPE, **plain(seen)}


def _show(console: Console, seen: "Panorama") -> None:
    console.print(f"{seen.customer_id} · {seen.as_of} 24:00 · * 映射假设 assumed by a mapping")
    console.print(_values("概况 profile", seen.profile_sources))
    console.print(tags_table(seen.explained))
    console.print(_values("特征 features", [one for one in seen.features if one.value is not None]))
    console.print(_values("模型 scores", [score.value for score in seen.scores]))
    for title, lines in _lists(seen).items():
        console.print(_lines(title, [plain(line) for line in lines]))
    console.print(_lines("未知 not known", [plain(gap) for gap in seen.missing]))


def _lists(seen: "Panorama") -> dict[str, tuple[object, ...]]:
    return {
        "持仓 holdings": seen.holdings,
        "动态 happenings": seen.happenings,
        "触达 contacts": seen.contacts,
        "投诉 complaints": seen.complaints,
        "计划 plans": seen.plans,
        "外部信息 outside": seen.outside,
        "不予展示 withheld": seen.withheld,
        "来源 behind the lists": seen.lists,
    }


def _values(title: str, values: "Iterable[Sourced]") -> Table:
    table = Table("名称 name", "值 value", "来源 made by", "字段 columns", "截至 as of", title=title)
    for one in values:
        zh, en = _value(one)
        columns = ", ".join(f"{column}*" if column in one.assumed else column for column in one.sources)
        table.add_row(
            f"{one.words.zh} {one.words.en}", zh if zh == en else f"{zh} · {en}", one.made_by, columns,
            one.as_of.isoformat(),
        )  # fmt: skip
    return table


def _value(one: "Sourced") -> tuple[str, str]:
    from wealthloop.insight.written import written

    if isinstance(one.value, int | float) or one.value is None:
        return written(one.value, one.unit)
    return str(one.value), str(one.value)


def _lines(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(*(rows[0] if rows else ["–"]), title=title)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(map(str, value.values()))
    return ", ".join(map(str, value)) if isinstance(value, list) else "–" if value is None else str(value)
