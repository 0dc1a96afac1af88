"""``wealthloop leads watch``: rows of the day as lines of JSON, each answered with the leads that it brings."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from wealthloop.cli.doors import HomeOption, open_home, progress
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.kit import clock_of

if TYPE_CHECKING:
    from wealthloop.bank.check import Refused
    from wealthloop.loop.live import Brought, Live
    from wealthloop.loop.placing import Placed

_INPUT: Final = "-"
_ADVICE: Final = {
    "unreadable_json": 'write {"table": "transactions", "row": {...}} on one line',
    "unreadable_encoding": "write the line in UTF-8",
    "not_live": "rows of other tables are loaded with 'wealthloop ingest' before a night, which asks every rule anew",
    "unknown_column": "name the columns as the contract does, and leave the others out",
    "c3_refused": "leave the number of the card out",
}


def watch_command(
    source: Annotated[str, typer.Argument(help="A file of JSON lines, or - for standard input.")], *, home: HomeOption
) -> None:
    """Take rows of the day as they arrive, and place the leads that they bring at the night's prices at once.

    A line is {"table": "transactions" or "app_events", "row": {...}} with the contract's columns. Each is answered on
    standard output with a line of JSON: the leads that it brings for the first time, placed or declined with the
    reason; or its fault by column and rule, in which case nothing of it was taken. Start it again with the same lines
    whenever it was ended: what was placed keeps its place.
    """
    opened = open_home(home)
    clock = clock_of(opened)
    from wealthloop.loop.live import open_live

    counts: Counter[str] = Counter()
    with _lines(source) as lines:
        live = open_live(opened, now=clock.now())
        for number, text in enumerate(lines, 1):
            if text.strip():
                answer = _answer(live, text, number, source, now=clock.now())
                counts.update(_counted(answer))
                typer.echo(json.dumps(answer, ensure_ascii=False))
    progress.print(", ".join(f"{counts[name]:,} {name}" for name in ("rows", "refused", "leads", "placed", "declined")))


def _answer(live: "Live", text: bytes, number: int, source: str, *, now: datetime) -> dict[str, Any]:
    """Take a line and return its answer.

    Raises:
        Conflict: the day is over; says from which line on nothing is taken.
    """
    from wealthloop.bank.arriving import Arrived, arrived
    from wealthloop.loop.live import TABLES

    one = arrived(text, line=number, tables=TABLES, within=live.within)
    if not isinstance(one, Arrived):
        return {"line": number, "refused": _refusal(one, source)}
    try:
        brought = live.take(one, now=now)
    except Conflict as error:
        raise Conflict(f"{source}, line {number}: not taken, nor any line after it: {error}") from error
    return {"line": number, "table": one.table, "leads": [_lead(each) for each in brought]}


@contextmanager
def _lines(source: str) -> Iterator[Iterable[bytes]]:
    """Open the lines of a source.

    Raises:
        InvalidInput: there is no such file.
    """
    if source == _INPUT:
        yield _each(sys.stdin.buffer)
        return
    if not Path(source).is_file():
        raise InvalidInput(f"{source}: no such file; name a file of JSON lines, or - for standard input")
    with Path(source).open("rb") as file:
        yield _each(file)


def _each(file: BinaryIO) -> Iterator[bytes]:
    """Yield each line as soon as it is there."""
    return iter(file.readline, b"")


def _counted(answer: Mapping[str, Any]) -> Counter[str]:
    leads = answer.get("leads", ())
    given = sum("placed" in one for one in leads)
    return Counter({
        "rows": 1, "refused": int("refused" in answer), "leads": len(leads), "placed": given,
        "declined": len(leads) - given,
    })  # fmt: skip


def _refusal(refused: "Refused", source: str) -> dict[str, Any]:
    return {
        "file": source, "line": refused.line, "column": refused.column, "rule": refused.rule, "text": refused.text,
        "do": _ADVICE.get(refused.rule, "mend the cell and send the row again; nothing of it was taken"),
    }  # fmt: skip


def _lead(one: "Brought") -> dict[str, Any]:
    from wealthloop.loop.placing import Placed

    event, outcome = one.event, one.outcome
    told = {
        "lead_id": outcome.lead_id, "customer_id": event.customer_id, "trigger": event.trigger,
        "occurred_on": event.occurred_on.isoformat(), "expires_on": event.expires_on.isoformat(),
    }  # fmt: skip
    if isinstance(outcome, Placed):
        return {**told, "placed": placed(outcome)}
    return {**told, "declined": outcome.reason}


def placed(one: "Placed") -> dict[str, Any]:
    """Return a place as JSON values; money in fen."""
    row = one.decision
    return {
        "lead_id": one.lead_id,
        "customer_id": one.customer_id,
        "run_id": one.run_id,
        "decision_id": row["decision_id"],
        "fresh": one.fresh,
        "strategy": f"{row['strategy_id']}/v{row['strategy_version']}",
        "channel": row["channel"],
        "product_id": row["product_id"],
        "arm": row["arm"],
        "disposition": row["disposition"],
        "held_by": row["held_by"],
        "value_fen": row["value"],
        "price_fen": row["price"],
    }
