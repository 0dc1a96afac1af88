"""``wealthloop run`` and ``report``: one night, and what is known after it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day, progress
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home, opening


def run_command(
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The last day whose facts count.")] = "",
    status: Annotated[bool, typer.Option("--status", help="Run nothing; say which night is complete.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run one night: features, scores, leads, plan, outbox, delivery. Killed anywhere, run it again."""
    opened = open_home(home)
    if status:
        current = opened.current()
        emit({"as_of": current.isoformat() if current else None})
        return
    if not as_of:
        raise InvalidInput("--as-of is missing, name the last day whose facts count (YYYY-MM-DD)")
    from wealthloop.loop.night import run_night

    day = parse_day(as_of)
    result = run_night(opened, as_of=day, now=_present(opened, day), progress=lambda step: progress.print(f"· {step}"))
    printed: dict[str, Any] = {
        "run_id": result.run_id,
        "as_of": day.isoformat(),
        "steps": result.steps,
        "resumed": result.resumed,
        "seconds": round(result.seconds, 2),
    }
    if as_json:
        emit(printed)
    else:
        progress.print(_steps(result.steps))


def report_command(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """Say what the strategies were worth, with intervals, after the newest night."""
    opened = open_home(home)
    from wealthloop.cli.results import home_result

    result = home_result(opened)
    if as_json:
        emit(result)
        return
    table = Table("strategy", "arm", "metric", "incremental effect", "interval", "n")
    for row in result["report"]:
        low, high = row["interval"]
        table.add_row(
            row["strategy"],
            row["arm"],
            row["metric"],
            f"{row['effect']:+.4f}",
            f"{low:+.4f} to {high:+.4f}",
            str(row["n"]),
        )
    for row in result["pending"]:
        table.add_row(row["strategy"], row["arm"], row["metric"], "–", row["why"], "")
    progress.print(f"as of {result['as_of']}, 24:00")
    progress.print(table)


def _present(home: Home, as_of: date) -> datetime:
    """Return the present instant, UTC; a bank of the past is at 09:30 of the morning after its night."""
    if home.settings.kind == "bank":
        return datetime.now(UTC)
    return opening(as_of + timedelta(days=1), home.zone, at=time(9, 30))


def _steps(steps: dict[str, dict[str, int]]) -> Table:
    table = Table("step", "counted")
    for name, counts in steps.items():
        table.add_row(name, ", ".join(f"{key} {value:,}" for key, value in counts.items()))
    return table
