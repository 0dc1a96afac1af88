"""Made-up problems of any size, for the bench and for tests.

    python -m wealthloop.allocation.general.made plain problem --customers 100000

Every customer may get half of 29 actions through six channels: about 86 candidates. ``plain`` has 51 rows: what each
channel and each action may have, the costs of ten groups of actions and of the channels. In ``managers`` each manager
of about 50 customers works 20 cards a day at most, and these are what binds. ``minimums`` asks of some actions that
they reach a few customers whatever they bring. ``infeasible`` asks for more than one channel can carry.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

ACTIONS: Final = 29
CHANNELS: Final = ("manager", "call", "branch", "app", "sms", "email")
GROUPS: Final = 10
CARDS: Final = 20
KINDS: Final = ("plain", "managers", "minimums", "infeasible")
_COST: Final = np.array([8, 2, 0.5, 0.1, 0.05, 0.02])
_WORTH: Final = np.array([1.6, 1.2, 0.9, 0.7, 0.5, 0.4])
_CONTACTS: Final = (0.02, 0.05, 0.08, 0.15, 0.2, 0.3)
_SPENT: Final = (0.17, 0.11, 0.045, 0.02, 0.012, 0.007)
_BOOK: Final = 50
_MOST_MANAGERS: Final = 2_000
_AT_ONCE: Final = 20_000


def make_problem(folder: Path, kind: str, customers: int, *, seed: int = 3) -> None:
    """Write a problem.

    Args:
        folder: where; made if it is not there.
        kind: one of ``KINDS``.
        customers: how many.
        seed: of the draws.
    """
    folder.mkdir(parents=True, exist_ok=True)
    managers = min(_MOST_MANAGERS, max(1, customers // _BOOK)) if kind == "managers" else 0
    (folder / "limits.toml").write_text("per_customer = 1\ngap_target = 0.0005\nseconds = 600\n", "utf-8")
    pq.write_table(_capacities(kind, customers, managers), folder / "capacities.parquet")
    writer = None
    for batch in _candidates(customers, managers, np.random.default_rng(seed)):
        writer = writer or pq.ParquetWriter(folder / "candidates.parquet", batch.schema)
        writer.write_batch(batch)
    if writer:
        writer.close()


def _capacities(kind: str, customers: int, managers: int) -> pa.Table:
    rows: list[tuple[str, str, str, str, float | None, float | None]] = []
    for channel, contacts, spent in zip(CHANNELS, _CONTACTS, _SPENT, strict=True):
        lent = 0.45 if managers and channel == "manager" else contacts
        rows.append(("contacts", "per_key", "channel", channel, customers * lent, None))
        if not (managers and channel == "manager"):
            rows.append(("channel_cost", "per_key", "channel", channel, customers * spent, None))
    for action in range(ACTIONS):
        least = None
        if kind in ("minimums", "infeasible") and action % 7 == 0:
            least = float(customers // (4 if kind == "infeasible" else 28))
        most = None if kind == "infeasible" else customers * 0.04 if least else customers * 0.03
        rows.append(("reached", "per_key", "action", f"A{action:02}", most, least))
    rows += [
        ("group_cost", "per_key", "group", f"G{group}", customers * (0.4 if managers else 0.04), None)
        for group in range(GROUPS)
    ]
    if managers:
        rows += [
            ("cards", "per_key", "rm", "", float(CARDS), None),
            ("channel_cost", "per_key", "channel", "manager", None, None),
        ]
    names = ("resource", "kind", "key_column", "key", "capacity", "minimum")
    kinds = (pa.string(),) * 4 + (pa.float64(),) * 2
    columns = zip(*rows, strict=True)
    return pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})


def _candidates(customers: int, managers: int, draw: np.random.Generator) -> Iterator[pa.RecordBatch]:
    books = draw.gamma(4, 1, max(managers, 1))
    for first in range(0, customers, _AT_ONCE):
        n = min(_AT_ONCE, customers - first)
        base = draw.gamma(2, 1, (n, ACTIONS)) * (draw.random((n, ACTIONS)) < 0.5)
        taste = draw.uniform(0.2, 1.3, (n, len(CHANNELS)))
        value = base[:, :, None] * (taste * _WORTH)[:, None, :] - _COST * 0.05
        manager = draw.choice(books.size, n, p=books / books.sum())
        who, action, channel = np.nonzero(value > 0)
        yield _batch(first + who, action, channel, value[who, action, channel], manager[who] if managers else None)


def _batch(
    customer: NDArray[np.int64],
    action: NDArray[np.int64],
    channel: NDArray[np.int64],
    value: NDArray[np.float64],
    manager: NDArray[np.int64] | None,
) -> pa.RecordBatch:
    begins = np.flatnonzero(np.diff(customer, prepend=-1))
    names = [f"C{number:08}" for number in customer[begins].tolist()]
    run = np.repeat(np.arange(begins.size), np.diff(begins, append=customer.size))
    ones = np.ones(customer.size)
    columns = {
        "customer": _named(run, names),
        "action": _named(action, [f"A{number:02}" for number in range(ACTIONS)]),
        "channel": _named(channel, list(CHANNELS)),
        "value": pa.array(value.round(6)),
        "contacts": pa.array(ones),
        "reached": pa.array(ones),
        "group": _named(action % GROUPS, [f"G{number}" for number in range(GROUPS)]),
        "group_cost": pa.array(_COST[channel]),
        "channel_cost": pa.array((_COST[channel] * (1 + 0.1 * (action % 3))).round(6)),
    }
    if manager is not None:
        columns["rm"] = _named(manager, [f"R{number:05}" for number in range(_MOST_MANAGERS)])
        columns["cards"] = pa.array((channel == 0).astype(np.float64))
    return pa.RecordBatch.from_pydict(columns)


def _named(code: NDArray[np.int64], names: list[str]) -> "pa.Array[Any]":
    return pa.DictionaryArray.from_arrays(pa.array(code, pa.int32()), pa.array(names))


def main() -> None:
    """Write the problem that the arguments ask for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("kind", choices=KINDS)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--customers", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=3)
    given = asked.parse_args()
    make_problem(given.folder, given.kind, given.customers, seed=given.seed)


if __name__ == "__main__":
    main()
