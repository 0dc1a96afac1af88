"""``wealthloop tags``: why a customer's tags are what they are."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit
from wealthloop.cli.plain import opened_at, plain

if TYPE_CHECKING:
    from wealthloop.insight import Check, Explained

app = typer.Typer(help="Tags of customers as state machines.", no_args_is_help=True)

_OPERATORS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<", "is_in": "in", "known": "known"}


@app.command("explain")
def explain(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The day; default the newest night's.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Explain every tag: value, since when, definition, the facts with their thresholds, the transitions before."""
    from wealthloop.insight import explain_tags

    opened = opened_at(home, as_of)
    found = explain_tags(opened.bank, opened.engine, customer, as_of=opened.as_of, home=opened.home)
    if as_json:
        emit({"customer_id": customer, "as_of": opened.as_of.isoformat(), "tags": plain(found)})
        return
    console = Console(width=160)
    console.print(f"{customer} · {opened.as_of} 24:00")
    console.print(tags_table(found))
    console.print(_moves_table(found))


def tags_table(found: "tuple[Explained, ...]") -> Table:
    """Return the tags with their reasons as a table."""
    table = Table(
        "标签 tag", "状态 state", "自 since", "定义 definition", "原因 why", "事实与门槛 facts", show_lines=True
    )
    for one in found:
        waiting = [one.waiting.words.zh, one.waiting.words.en] if one.waiting else []
        table.add_row(
            f"{one.title.zh}\n{one.title.en}",
            f"{one.words.zh}\n{one.words.en}",
            one.since.isoformat() if one.since else "–",
            f"v{one.version}\n{one.digest}",
            "\n".join([one.why.zh, one.why.en, *waiting]),
            "\n".join(_check(check) for check in one.checks) or "–",
        )
    return table


def _check(check: "Check") -> str:
    value = "–" if check.value is None else _short(check.value)
    threshold = "" if check.threshold is None else _short(check.threshold)
    name = f" ({check.threshold_name})" if check.threshold_name else ""
    return f"{'✓' if check.holds else '✗'} {check.fact} {value} {_OPERATORS[check.operator]} {threshold}{name}"


def _short(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _moves_table(found: "tuple[Explained, ...]") -> Table:
    table = Table("日期 on", "标签 tag", "从 from", "到 to", "定义 definition", "原因 why", title="变化 transitions")
    moves = sorted((move for one in found for move in one.moves), key=lambda move: (-move.on.toordinal(), move.tag))
    for move in moves:
        changed = " *" if move.redefined else ""
        table.add_row(
            move.on.isoformat(), move.tag, move.before or "–", move.after, f"v{move.version}{changed}",
            f"{move.why.zh}\n{move.why.en}",
        )  # fmt: skip
    return table
