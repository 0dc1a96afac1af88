"""Features brought up to date beside built anew: a late correction of 1 % of the customers, and a day's advance.

    make bench-incremental

Made-up bank files (transactions, app events, contacts, daily holdings) are loaded as any bank's are; corrected rows and
the next day come as later loads. Each figure is the best of some repeats from equal homes, reading included, writing
the day's snapshot left out of neither, in a process of its own; the tables are compared byte by byte.
"""

import argparse
import json
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.ipc
import pyarrow.parquet as pq

from wealthloop import features
from wealthloop.bank import BankTables, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home

TODAY = date(2026, 11, 20)
KINDS = ("salary", "buy", "redeem", "transfer_in", "transfer_out", "card")
CATEGORIES = ("demand", "time_deposit", "cash_management", "fixed_income_wm", "bond_fund", "equity_fund")
PAST_DAYS = 500
SHOWN_DAYS = 90
MOST = {"correction": 0.1, "advance": 0.5}


def _ids(numbers: Any) -> "pa.Array[Any]":  # noqa: ANN401 - integers of any width
    return pa.array([f"C{number:07d}" for number in numbers.tolist()])


def _instants(draw: np.random.Generator, days: Any, many: int) -> "pa.Array[Any]":  # noqa: ANN401
    first = np.datetime64(TODAY) - np.datetime64("1970-01-01")
    seconds = (first.astype(int) + days) * 86_400 + draw.integers(0, 57_600, many)
    return pa.array(seconds.astype("datetime64[s]").astype("datetime64[us]"))


def _events(draw: np.random.Generator, ids: "pa.Array[Any]", days: Any, prefix: str) -> dict[str, pa.Table]:  # noqa: ANN401
    """Return transactions, app events and contacts, of customers and days (0: today)."""
    n = len(ids)
    number = pa.array([f"{prefix}{place}" for place in range(n)])
    kind = draw.choice(len(KINDS), n)
    signed = np.where(np.isin(kind, (1, 4, 5)), -1, 1) * np.rint(draw.lognormal(7, 1.2, n) * 100)
    third, tenth = np.arange(n) % 2 == 0, np.arange(n) % 20 == 0
    at = _instants(draw, days, n)
    products = pa.array([f"P{one}" for one in draw.integers(0, len(CATEGORIES), n).tolist()])
    return {
        "transactions": pa.table({
            "transaction_id": number, "customer_id": ids, "at": at, "kind": pa.array(KINDS).take(pa.array(kind)),
            "amount": pa.array(signed / 100.0), "product_id": products,
        }),
        "app_events": pa.table({
            "event_id": number, "customer_id": ids, "at": at, "kind": pa.repeat("login", n), "product_id": products,
        }).filter(pa.array(third)),
        "contacts": pa.table({
            "contact_id": number, "customer_id": ids, "at": at, "channel": pa.repeat("sms", n),
        }).filter(pa.array(tenth)),
    }  # fmt: skip


def _holdings(draw: np.random.Generator, customers: int, days: range) -> pa.Table:
    who = np.tile(np.repeat(np.arange(customers), 2), len(days))
    product = np.tile(np.array([0, 3]), customers * len(days))
    shown = np.repeat([(TODAY + timedelta(days=day)).isoformat() for day in days], customers * 2)
    return pa.table({
        "customer_id": _ids(who), "product_id": pa.array([f"P{one}" for one in product.tolist()]),
        "as_of": pa.array(shown), "balance": pa.array(np.rint(draw.lognormal(9, 1.5, len(who)) * 100) / 100),
    })  # fmt: skip


def _write(folder: Path, tables: dict[str, pa.Table]) -> Path:
    folder.mkdir(parents=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def sources(root: Path, customers: int, transactions: int) -> dict[str, Path]:
    """Write the bank's past, a correction of a hundredth of the customers, and the next day."""
    draw = np.random.default_rng(7)
    everyone = np.arange(customers)
    past = _events(
        draw, _ids(draw.integers(0, customers, transactions)), -draw.integers(0, PAST_DAYS, transactions), "A"
    )  # fmt: skip
    people = pa.table({
        "customer_id": _ids(everyone), "birth_date": pa.repeat("1980-05-01", customers),
        "open_date": pa.repeat("2020-01-02", customers),
    })  # fmt: skip
    products = pa.table({
        "product_id": [f"P{place}" for place in range(len(CATEGORIES))], "name": list(CATEGORIES),
        "category": list(CATEGORIES), "regime": ["deposit", "deposit", *["investment"] * 4],
    })  # fmt: skip
    held = _holdings(draw, customers, range(-SHOWN_DAYS, 1))
    some = set(_ids(everyone[::100]).to_pylist())
    moved = past["transactions"].filter(
        pa.array([who in some for who in past["transactions"]["customer_id"].to_pylist()])
    )
    first = moved.group_by("customer_id").aggregate([("transaction_id", "min")])
    again = moved.filter(pa.compute.is_in(moved["transaction_id"], value_set=first["transaction_id_min"]))
    late = again.set_column(
        again.schema.get_field_index("amount"), "amount", pa.compute.multiply(again["amount"], 2.0)
    ).append_column("known_at", pa.repeat(f"{TODAY.isoformat()}T12:00:00", again.num_rows))
    busy = _ids(draw.integers(0, customers, max(transactions // PAST_DAYS, 1)))
    return {
        "past": _write(root / "past", {"customers": people, "products": products, "holdings": held, **past}),
        "correction": _write(root / "correction", {"transactions": late}),
        "advance": _write(
            root / "advance",
            {**_events(draw, busy, np.ones(len(busy), int), "B"), "holdings": _holdings(draw, customers, range(1, 2))},
        ),
    }


def _timed(root: Path, small: Path, day: date, *, anew: bool) -> tuple[float, str]:
    """Bring a home's features up to date, or build and save them anew; return the seconds and the table's digest.

    Runs in a process of its own, as a night does: nothing read by another measurement is at hand. Compiled code is
    loaded before, on a small home.
    """
    _made(Home.open(small), day, anew=True)
    home = Home.open(root)
    began = perf_counter()
    table = _made(home, day, anew=anew)
    return perf_counter() - began, sha256(_bytes_of(table)).hexdigest()


def _made(home: Home, day: date, *, anew: bool) -> pa.Table:
    engine = DuckDBEngine()
    bank = BankTables(home, engine)
    if not anew:
        return features.update(bank, engine, home, as_of=day)
    table = features.build(bank, engine, as_of=day)
    features.save(home, day, table)
    return table


def _alone(root: Path, small: Path, day: date, *, anew: bool) -> tuple[float, str]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, root, small, day, anew=anew).result()


def _bytes_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def compared(root: Path, homes: tuple[Home, Home], name: str, source: Path, day: date, repeats: int) -> dict[str, Any]:
    """Load a source into copies of a home whose features are up to date, and bring them up to date."""
    past, small = homes
    full, brought, equal = [], [], True
    for place in range(repeats):
        copy = root / f"{name}-{place}"
        shutil.copytree(past.root, copy)
        ingest(Home.open(copy), source, mapping=None, as_of=day, accept=True)
        seconds, ours = _alone(copy, small.root, day, anew=False)
        again, theirs = _alone(copy, small.root, day, anew=True)
        full.append(again)
        brought.append(seconds)
        equal = equal and ours == theirs
        shutil.rmtree(copy)
    share = min(brought) / min(full)
    return {
        "full_seconds": round(min(full), 3), "seconds": round(min(brought), 3), "share": round(share, 3),
        "within": share <= MOST[name], "equal": equal,
    }  # fmt: skip


def main() -> None:
    """Print what was measured; exit 1 where a table differs."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--customers", type=int, default=20_000)
    asked.add_argument("--transactions", type=int, default=2_000_000)
    asked.add_argument("--repeats", type=int, default=3)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = sources(root / "sources", given.customers, given.transactions)
        homes = (
            Home.create(root / "home", salt="a salt that nobody needs to keep"),
            Home.create(root / "small", salt="a salt that nobody needs to keep"),
        )
        ingest(homes[0], made["past"], mapping=None, as_of=TODAY)
        ingest(homes[1], sources(root / "few", 100, 2_000)["past"], mapping=None, as_of=TODAY)
        first, _ = _alone(homes[0].root, homes[1].root, TODAY, anew=False)
        found = {
            "customers": given.customers, "transactions": given.transactions, "first_seconds": round(first, 3),
            "correction": compared(root, homes, "correction", made["correction"], TODAY, given.repeats),
            "advance": compared(root, homes, "advance", made["advance"], TODAY + timedelta(days=1), given.repeats),
        }  # fmt: skip
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    sys.exit(not (found["correction"]["equal"] and found["advance"]["equal"]))


if __name__ == "__main__":
    main()
