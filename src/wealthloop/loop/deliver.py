"""Sends what is due: at the end of a night, and all day long by ``wealthloop deliver``."""

from collections import Counter
from datetime import date, datetime

from wealthloop.bank import BankTables
from wealthloop.delivery import outbox
from wealthloop.delivery.types import Gate
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.loop.gate import PolicyGate


def deliver_due(
    home: Home, bank: BankTables, engine: Engine, *, as_of: date, now: datetime, worker: str
) -> dict[str, int]:
    """Settle what dead workers left, send what is due, take the providers' receipts in.

    Args:
        home: the home.
        bank: its tables, for the facts that the rules ask for.
        engine: evaluates them.
        as_of: the day of the newest night.
        now: the present instant, UTC.
        worker: this worker's name; one process at a time works under a name.

    Returns:
        How many intents came to which state.
    """
    gate: Gate = PolicyGate(home, bank, engine, as_of=as_of, now=now)
    counts = Counter(outbox.recover(home, now=now, gate=gate, worker=worker))
    counts.update(outbox.dispatch(home, now=now, gate=gate, worker=worker))
    outbox.collect_receipts(home, now=now)
    return dict(sorted(counts.items()))
