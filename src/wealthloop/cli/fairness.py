"""``wealthloop fairness``: who had how much in a night or several, and what one more of each thing would have added."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day, progress
from wealthloop.errors import InvalidInput

if TYPE_CHECKING:
    from wealthloop.rehearsal.fairness import Fairness
    from wealthloop.rehearsal.planworth import PlanWorth

_SHOWN = 20
"""Lines of a table on the screen; ``--json`` has all."""


def fairness_command(
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The last night's day; default the newest night.")] = "",
    since: Annotated[str, typer.Option("--since", help="The first night's day; default the last's alone.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say how load and value lie across managers and branches, who envies whom, which floors were missed, and why."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.rehearsal.fairness import fairness, fairness_json

    day = parse_day(as_of) if as_of else opened.current()
    if day is None:
        raise InvalidInput("as_of: no night has run in this home, run one or name a day")
    engine = DuckDBEngine()
    first = parse_day(since) if since else day
    found = fairness(opened, BankTables(opened, engine), engine, since=first, as_of=day)
    if as_json:
        emit(fairness_json(found))
        return
    _print(found)


def _print(found: "Fairness") -> None:
    table = Table(
        "manager", "branch", "room", "planned", "released", "value, yuan", "a card, yuan", "book", "of it contacted"
    )
    for desk in sorted(found.desks, key=lambda one: (-one.value, one.staff_id))[:_SHOWN]:
        table.add_row(
            desk.staff_id, desk.branch_id or "–", "–" if desk.room is None else str(desk.room), str(desk.planned),
            str(desk.cards), f"{desk.value / 100:,.2f}", _figure(desk.value_per_card, 100), str(desk.book),
            str(desk.touched),
        )  # fmt: skip
    progress.print(f"nights of {found.since} to {found.as_of}, as planned; expected, observational")
    progress.print(table)
    for name, spread in (("value", found.value), ("cards", found.cards)):
        progress.print(
            f"{name} across {spread.desks} desks with room: Gini {_figure(spread.gini)},"
            f" 90th by 10th percentile {_figure(spread.ninety_to_ten)}"
        )
    beyond = sum(one.beyond_one for one in found.envy)
    progress.print(f"envy: {len(found.envy)} managers, of them {beyond} by what the plan might have placed otherwise")
    for floor in found.floors:
        why = ", ".join(f"{reason} on {nights}" for reason, nights in floor.why.items())
        progress.print(
            f"floor of {floor.kind} {floor.name}: {floor.least}, missed on {floor.missed} of {floor.nights} {why}"
        )
    _print_worth(found.plan)
    alone = found.unheld
    progress.print(
        f"without a manager: {alone.customers:,} customers, {alone.with_lead:,} with a lead, {alone.contacted:,}"
        f" contacted; got nothing: only a person may serve {alone.only_person:,} (a manager alone"
        f" {alone.only_manager:,}), nobody may {alone.nobody:,}, other {alone.other:,}"
    )
    for one in [one for one in found.more if one.worth > 0][:_SHOWN]:
        progress.print(one.said.en)


def _print_worth(plan: "PlanWorth") -> None:
    progress.print(
        f"the plan: worth {_figure(plan.value, 100)} yuan, at most {_figure(plan.gap, 100)} missed; given up for the"
        f" channel preference {_figure(plan.preference, 100)}, for floors {_figure(plan.floors, 100)}, to exploration"
        f" {_figure(plan.exploration, 100)} as expected, {_figure(plan.drawn, 100)} as drawn"
    )


def _figure(number: float | None, by: int = 1) -> str:
    return "–" if number is None else f"{number / by:,.2f}"
