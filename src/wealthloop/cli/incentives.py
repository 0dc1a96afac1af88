"""``wealthloop strategy incentives``: what each yuan of an incentive brought in, and what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day, progress
from wealthloop.errors import InvalidInput

if TYPE_CHECKING:
    from wealthloop.experiments.fieller import Ratio


def incentives(
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The last day that counts; default the newest night.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what each yuan of an incentive brought in, with intervals, and whether to stop, lower or keep it."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.loop.budget import budget_price
    from wealthloop.reports.advice import RULE
    from wealthloop.reports.incentives import incentives as reported
    from wealthloop.reports.incentives import incentives_json

    day = parse_day(as_of) if as_of else opened.current()
    if day is None:
        raise InvalidInput("as_of: no night has run in this home, run one or name a day")
    engine = DuckDBEngine()
    found = reported(BankTables(opened, engine), engine, opened, as_of=day, price=budget_price(day))
    rows = incentives_json(found)
    if as_json:
        emit({"as_of": day.isoformat(), "rule": RULE.en, "incentives": rows})
        return
    table = Table("strategy", "arm", "given, yuan", "value a yuan", "further yuan", "advice", "why")
    for one in found:
        for arm in one.arms:
            table.add_row(
                f"{one.strategy_id}/v{one.version}", arm.arm, f"{arm.given / 100:g}", _shown(arm.value),
                _shown(arm.marginal), arm.advice.code, arm.advice.why.en,
            )  # fmt: skip
    progress.print(f"as of {day}, 24:00; incremental")
    progress.print(table)
    progress.print(RULE.en)


def _shown(found: "Ratio | None") -> str:
    if found is None or found.ratio is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.ratio:.2f} (no bounds yet)"
    return f"{found.ratio:.2f} ({found.low:.2f} to {found.high:.2f})"
