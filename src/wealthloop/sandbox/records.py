"""The tables that grow, and the open files that they go into."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.bank.contract import CHANNELS, COUNTERPARTIES, LEVELS, TRANSACTION_KINDS
from wealthloop.sandbox.record import Labels, Log, Numbered, Rows

WAYS: Final = ("app", "pos", "counter", "system")
EVENTS: Final = ("login", "view", "push_open")
PAGES: Final = ("home", "product", "message")
EVERYWHERE: Final = ("*", *CHANNELS)
"""Channels of a consent; the first means all."""
PURPOSES: Final = ("marketing", "personalisation")
GIVEN: Final = ("granted", "denied", "revoked")
EVIDENCE: Final = ("开户协议", "客户要求")
PLACES: Final = ("app", *CHANNELS)
"""Channels of a complaint."""
TOPICS: Final = ("服务", "打扰")
OUTCOMES: Final = ("reached", "not_reached", "opened", "delivered")
POUR_ROWS: Final = 400_000
"""Rows of a table that are kept before they are written."""


class Sheets:
    """The files of one hand-over, ``<table>.parquet`` each, open until all is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, pq.ParquetWriter] = {}

    @classmethod
    @contextmanager
    def of(cls, folder: Path | None) -> Iterator["Sheets | None"]:
        """Open the files of a folder and finish them at the end; nothing for no folder."""
        if folder is None:
            yield None
            return
        sheets = cls(folder)
        try:
            yield sheets
        finally:
            sheets.close()

    def put(self, name: str, table: pa.Table) -> None:
        """Append rows; labels come back as plain strings, because the Arrow schema is not stored."""
        writer = self._open.get(name)
        if writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(
                self._folder / f"{name}.parquet", table.schema, compression="zstd", compression_level=1,
                store_schema=False,
            )  # fmt: skip
            self._open[name] = writer
        writer.write_table(table)

    def close(self) -> None:
        """Finish every file."""
        for writer in self._open.values():
            writer.close()
        self._open = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The tables that grow, in the contract's names."""

    transactions: Log
    holdings: Log
    app_events: Log
    credit: Log
    contacts: Log
    consents: Log
    complaints: Log
    suitability: Log
    book_assignments: Log
    channel_identities: Log
    external_tags: Log
    staff: Rows
    market: Rows

    def pour(self, sheets: Sheets | None, *, least: int = 0) -> None:
        """Write the rows of every table that has at least ``least`` and forget them; only forget without sheets."""
        for field in fields(self):
            kept: Log | Rows = getattr(self, field.name)
            if kept.rows < least:
                continue
            for table in kept.take(wanted=sheets is not None):
                if sheets is not None:
                    sheets.put(field.name, table)

    def fork(self) -> "Records":
        """Return an independent copy."""
        return Records(**{field.name: getattr(self, field.name).fork() for field in fields(self)})


def records_of(customer_ids: list[str], product_ids: list[str]) -> Records:
    """Return empty records."""
    who: dict[str, Labels] = {"customer_id": pa.array(customer_ids, pa.string())}
    what: dict[str, Labels] = {**who, "product_id": product_ids}
    position = Numbered(prefix="L", digits=11)
    return Records(
        transactions=Log(
            "transactions",
            coded={**what, "kind": TRANSACTION_KINDS, "counterparty_kind": COUNTERPARTIES, "channel": WAYS},
            numbered={"transaction_id": Numbered(prefix="T", digits=18), "position_id": position},
        ),
        holdings=Log("holdings", coded=what, numbered={"position_id": position}),
        app_events=Log(
            "app_events", coded={**what, "kind": EVENTS, "page": PAGES},
            numbered={"event_id": Numbered(prefix="E", digits=16)},
        ),
        credit=Log("credit", coded=who),
        contacts=Log(
            "contacts", coded={**who, "channel": CHANNELS, "outcome": OUTCOMES},
            numbered={"contact_id": Numbered(prefix="W", digits=14)},
        ),
        consents=Log(
            "consents",
            coded={**who, "purpose": PURPOSES, "channel": EVERYWHERE, "state": GIVEN, "evidence": EVIDENCE},
        ),
        complaints=Log("complaints", coded={**who, "channel": PLACES, "topic": TOPICS}),
        suitability=Log("suitability", coded={**who, "level": LEVELS, "source": ("branch",)}),
        book_assignments=Log("book_assignments", coded=who),
        channel_identities=Log("channel_identities", coded={**who, "channel": CHANNELS}),
        external_tags=Log(
            "external_tags",
            coded={**who, "tag": ("verified_wallet_yuan",), "source": ("rm_verified",), "licence": ("own_customer",)},
        ),
        staff=Rows("staff"),
        market=Rows("market"),
    )  # fmt: skip
