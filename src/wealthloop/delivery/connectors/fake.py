"""The shipped fake provider: it sends to nobody, keeps a durable book of what it accepted and writes receipts.

It may be told to fail the first call of some keys, drawn by hash, and to promise less than it does, so that every
path of the outbox can be tried with it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import local
from typing import Final

from wealthloop.delivery.connectors.base import Acceptance, Guarantee, Message, ProviderReceipt
from wealthloop.errors import OutcomeUnknown, Refused
from wealthloop.kit import bucket, stable_id

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accepted (
    reference TEXT PRIMARY KEY, key TEXT NOT NULL, channel TEXT NOT NULL, customer_id TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS accepted_key ON accepted (key);
CREATE TABLE IF NOT EXISTS receipts (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, kept INTEGER NOT NULL
);
"""
_DELIVERED_SHARE: Final = 0.97
_OPENED_SHARE: Final = 0.30
_DELIVERY: Final = timedelta(minutes=1)
_OPENING: Final = timedelta(minutes=40)
_OPENABLE: Final = frozenset({"app_push", "wechat", "wecom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares of keys whose first call goes wrong; their sum is at most 1."""

    refused: float = 0.0
    """Answered with a no."""
    lost_before: float = 0.0
    """Never arrived, and no answer came."""
    lost_after: float = 0.0
    """Arrived, but no answer came."""
    salt: str = "faults"


class FakeConnector:
    """A provider in a SQLite file."""

    name = "fake"
    channels = frozenset({"remote_agent", "ai_call", "app_push", "sms", "wechat", "wecom"})
    real = False
    in_state = False
    settles = timedelta(0)

    def __init__(
        self, file: Path, *, guarantee: Guarantee = Guarantee.IDEMPOTENT_KEY, faults: Faults | None = None
    ) -> None:
        self._file = file
        self._kept = local()
        self._faults = faults or Faults()
        self.guarantee = guarantee

    def send(self, message: Message) -> Acceptance:
        """Accept a message; a known key again gives the first acceptance where the keys are idempotent.

        Raises:
            Refused: the key's first call is drawn to be refused.
            OutcomeUnknown: the key's first call is drawn to be lost.
        """
        with self._open() as book:
            calls = _count_call(book, message.key)
            book.commit()
            known = _acceptance(book, message.key)
            if known is not None and self.guarantee is Guarantee.IDEMPOTENT_KEY:
                return known
            if calls == 1:
                self._fail(book, message)
            return _accept(book, message)

    def query(self, key: str) -> Acceptance | None:
        """Return the first acceptance of a key."""
        with self._open() as book:
            return _acceptance(book, key)

    def receipts(self, now: datetime) -> Sequence[ProviderReceipt]:
        """Return the receipts up to ``now`` that were not acknowledged."""
        with self._open() as book:
            rows = book.execute(
                "SELECT number, reference, kind, at FROM receipts WHERE kept = 0 AND at <= ? ORDER BY number",
                (_text(now),),
            ).fetchall()
        return [
            ProviderReceipt(number=number, provider_ref=reference, kind=kind, at=datetime.fromisoformat(at))
            for number, reference, kind, at in rows
        ]

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Mark receipts as kept, so that they are not handed out again."""
        with self._open() as book:
            book.executemany("UPDATE receipts SET kept = 1 WHERE number = ?", [(number,) for number in numbers])
            book.commit()

    def accepted(self) -> list[tuple[str, str]]:
        """Return (key, reference) of everything accepted, in order."""
        with self._open() as book:
            return book.execute("SELECT key, reference FROM accepted ORDER BY key, reference").fetchall()

    def _fail(self, book: sqlite3.Connection, message: Message) -> None:
        drawn = bucket(self._faults.salt, message.key)
        refused = self._faults.refused
        before = refused + self._faults.lost_before
        if drawn < refused:
            raise Refused("the fake provider refuses this one")
        if drawn < before:
            raise OutcomeUnknown("the fake provider does not answer")
        if drawn < before + self._faults.lost_after:
            _accept(book, message)
            raise OutcomeUnknown("the fake provider does not answer")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Lend this thread's connection; what a failure left open is undone."""
        book: sqlite3.Connection | None = getattr(self._kept, "book", None)
        if book is None:
            book = self._kept.book = sqlite3.connect(self._file, timeout=30)
            book.execute("PRAGMA journal_mode=WAL")
            book.execute("PRAGMA synchronous=NORMAL")  # outlives a killed process; a fake need not outlive a power cut
            book.executescript(_SCHEMA)
        try:
            yield book
        finally:
            book.rollback()


def _count_call(book: sqlite3.Connection, key: str) -> int:
    book.execute(
        "INSERT INTO calls (key, count) VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET count = count + 1", (key,)
    )
    return int(book.execute("SELECT count FROM calls WHERE key = ?", (key,)).fetchone()[0])


def _acceptance(book: sqlite3.Connection, key: str) -> Acceptance | None:
    row = book.execute("SELECT reference FROM accepted WHERE key = ? ORDER BY at, reference", (key,)).fetchone()
    return None if row is None else Acceptance(provider_ref=row[0])


def _accept(book: sqlite3.Connection, message: Message) -> Acceptance:
    """Write the acceptance and its future receipts in one transaction."""
    earlier = book.execute("SELECT count(*) FROM accepted WHERE key = ?", (message.key,)).fetchone()[0]
    reference = stable_id("fake", message.key, earlier)
    book.execute(
        "INSERT INTO accepted (reference, key, channel, customer_id, at) VALUES (?, ?, ?, ?, ?)",
        (reference, message.key, message.channel, message.customer_id, _text(message.at)),
    )
    for kind, at in _receipts(message):
        book.execute(
            "INSERT INTO receipts (reference, kind, at, kept) VALUES (?, ?, ?, 0)", (reference, kind, _text(at))
        )
    book.commit()
    return Acceptance(provider_ref=reference)


def _receipts(message: Message) -> Iterator[tuple[str, datetime]]:
    if bucket("fake delivered", message.key) < _DELIVERED_SHARE:
        yield "delivered", message.at + _DELIVERY
        if message.channel in _OPENABLE and bucket("fake opened", message.key) < _OPENED_SHARE:
            yield "opened", message.at + _OPENING


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
