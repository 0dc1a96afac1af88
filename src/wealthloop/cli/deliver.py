"""``wealthloop deliver``: sends what is due, once or all day long."""

import time
from typing import Annotated

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home
from wealthloop.errors import NotFound
from wealthloop.kit import Home, clock_of


def deliver(
    *,
    home: HomeOption,
    watch: Annotated[int, typer.Option(min=0, help="Look again every so many seconds; 0: once.")] = 0,
    worker: Annotated[str, typer.Option(help="This worker's name; one process at a time works under a name.")] = "day",
    as_json: JsonOption = False,
) -> None:
    """Send what the night has put into the outbox and what is due now: messages and cards."""
    opened = open_home(home)
    counts = _once(opened, worker)
    _say(counts, as_json=as_json)
    while watch:
        time.sleep(watch)
        if _waiting():
            _say(_once(opened, worker), as_json=as_json)


def _once(home: Home, worker: str) -> dict[str, int]:
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.loop.deliver import deliver_due

    as_of = home.current()
    if as_of is None:
        raise NotFound("no night is complete, run one with 'wealthloop run --as-of DATE'")
    engine = DuckDBEngine()
    bank = BankTables(home, engine)
    return deliver_due(home, bank, engine, as_of=as_of, now=clock_of(home).now(), worker=worker)


def _waiting() -> bool:
    from wealthloop.delivery.models import Intent, IntentState

    return Intent.objects.filter(state__in=(IntentState.PENDING, IntentState.CLAIMED)).exists()


def _say(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        emit({"deliveries": counts})
    else:
        typer.echo(", ".join(f"{state} {count}" for state, count in counts.items()) or "nothing was due")
