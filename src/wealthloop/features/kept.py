"""Rows kept narrow between builds, sorted by customer, so that a new day costs its own rows and not the past's.

What lies in a home under ``features/rows`` can be thrown away at any time: it is made anew from the bank's parts. Each
build that finds new parts adds a run of their rows; many runs are merged into one. A correction marks the row whose
place it takes. Whatever cannot be told apart safely is refused with ``CannotKeep``: then the bank is read as a whole.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from mmap import mmap
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.bank import TABLES, BankTables
from wealthloop.features.balances import extended
from wealthloop.features.groups import GROUPS, TABLES_READ
from wealthloop.features.keys import Digests, digests_of, matches
from wealthloop.features.narrow import (
    COLUMNS,
    FOREVER,
    Ids,
    Rows,
    columns_of,
    day_number,
    joined,
    known_days,
    narrow,
    product_groups,
)
from wealthloop.features.order import by_customer
from wealthloop.features.slices import Integers, slices
from wealthloop.features.windows import WINDOWS
from wealthloop.kit import content_hash, stable_id, write_atomic

_FORM: Final = content_hash(repr((1, GROUPS, WINDOWS)).encode())[:16]
"""Digest of what the kept rows mean: with other groups they are made anew."""
_MOST_RUNS: Final = 12
_REACH: Final = WINDOWS[-1] + 220
"""Days that a merge keeps: the longest window, and the past days on which models are trained."""


class CannotKeep(Exception):
    """What is kept cannot answer for this bank or day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Rows of some parts, sorted by customer."""

    name: str
    starts: Integers
    """First row of each customer whom the run knows, and the end, shape (n_customers + 1,)."""
    rows: Rows
    """``who`` is empty: the place says it."""
    keys: Digests
    touched: Integers
    """Customers whose rows the run added, or corrected in other runs."""
    after: str
    """``digest`` of the parts that were kept before; empty where runs were merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything that is kept."""

    ids: Ids
    """All customers of all rows, in the order in which they came up."""
    parts: Mapping[str, tuple[str, ...]]
    """By table the parts whose rows are kept."""
    floor: int
    """As of earlier days (since 1970) rows may be missing."""
    runs: tuple[Run, ...]

    @property
    def digest(self) -> str:
        """What names the kept parts."""
        return digest_of(self.parts)

    def touched_since(self, digest: str) -> Integers | None:
        """Return the customers whose rows have changed since the kept parts were those of a digest; None: not known."""
        if digest == self.digest:
            return np.zeros(0, dtype=np.int64)
        later = [place for place, run in enumerate(self.runs) if run.after == digest]
        return np.unique(np.concatenate([run.touched for run in self.runs[later[0] :]])) if later else None

    def rows_of(self, numbers: NDArray[np.int64]) -> Rows:
        """Return the rows of customers by their places in ``ids`` (negative: nobody); ``who`` is the place there."""
        found = []
        for run in self.runs:
            who, places = slices(run.starts, numbers)
            found.append(replace(run.rows.take(places), who=who))
        return joined(found)


def digest_of(parts: Mapping[str, Sequence[str]]) -> str:
    """Return what names some parts, by table."""
    return content_hash(repr(sorted((table, tuple(files)) for table, files in parts.items())).encode())[:32]


def kept_rows(bank: BankTables, folder: Path, *, as_of: date) -> Kept:
    """Return the rows of all the bank's parts, those of new parts added to what is kept.

    Raises:
        CannotKeep: the bank's tables do not lie in parts, are older than what is kept, or correct rows in a way that
            only the whole table tells; or ``as_of`` is before what is kept reaches.
    """
    products = product_groups(bank.read("products", ("product_id", "category"), as_of=as_of))
    parts = {table: bank.parts(table) for table in TABLES_READ}
    told = content_hash(repr((_FORM, str(bank.zone), sorted(products.items()))).encode())[:32]
    kept = _load(folder, told)
    have = {table: tuple(part.file for part in parts[table]) for table in TABLES_READ}
    if any(set(kept.parts.get(table, ())) - set(have[table]) for table in TABLES_READ):
        raise CannotKeep("the bank is older than what is kept, or was loaded anew")
    if day_number(as_of) < kept.floor:
        raise CannotKeep("the day lies before what is kept")
    fresh = {
        table: [part for part in parts[table] if part.file not in set(kept.parts.get(table, ()))]
        for table in TABLES_READ
    }
    if not any(fresh.values()):
        return kept
    grown = replace(_added(kept, bank, fresh, products), parts=have)
    if len(grown.runs) > _MOST_RUNS:
        grown = _merged(grown, day_number(as_of))
    _save(grown, folder, told)
    return grown


def _added(
    kept: Kept, bank: BankTables, fresh: Mapping[str, Sequence[Any]], products: Mapping[str, str]
) -> Kept:  # fmt: skip
    """Add a run with the rows of new parts, and mark the rows whose place they take."""
    ids, found, keys, certain = kept.ids, [], [], []
    for table, parts in fresh.items():
        key = TABLES[table].key
        columns = tuple(dict.fromkeys((*columns_of(table), "known_at", *key)))
        for part in parts:
            given = bank.part_rows(table, part, columns)
            ids = extended(ids, given["customer_id"])
            known, at_end = known_days(given["known_at"], bank.zone)
            found.append(narrow(given, table, ids, products, bank.zone, known=known))
            keys.append(digests_of(table, given, key))
            certain.append(at_end)
    rows, digests, runs = joined(found), np.concatenate(keys), kept.runs
    touched = [rows.who.astype(np.int64)]
    if any(bank.corrects(table) for table in fresh):
        rows, runs, owners = _corrected(rows, digests, np.concatenate(certain), runs)
        touched.append(owners)
    starts, order = by_customer(rows.who, len(ids))
    name = stable_id("run", *sorted(part.file for parts in fresh.values() for part in parts))
    run = Run(
        name=name, starts=starts, rows=_without_who(rows.take(order)), keys=digests[order],
        touched=np.unique(np.concatenate(touched)), after=kept.digest,
    )  # fmt: skip
    return replace(kept, ids=ids, runs=(*runs, run))


def _corrected(
    rows: Rows, digests: Digests, at_end: NDArray[np.bool_], runs: tuple[Run, ...]
) -> tuple[Rows, tuple[Run, ...], Integers]:
    """Mark from when rows are superseded: old ones by new ones, and new ones by old ones that were known later.

    Returns:
        The new rows, the runs, and the customers of the old rows.
    """
    order = np.argsort(digests, kind="stable")
    wanted = digests[order]
    if wanted.size > 1 and np.any(wanted[1:] == wanted[:-1]):
        raise CannotKeep("new rows correct one another")
    until = rows.until.copy()
    changed, owners = [], []
    for run in runs:
        old = matches(run.keys, wanted)
        owners.append(np.searchsorted(run.starts, old, side="right") - 1)
        new = order[np.searchsorted(wanted, run.keys[old])]
        was, now = run.rows.known[old], rows.known[new]
        if np.any((was == now) & ~at_end[new]):
            raise CannotKeep("a correction became known on the day of the row that it corrects, and not at its end")
        later = now >= was
        until[new[~later]] = np.minimum(until[new[~later]], was[~later])
        if later.any():
            ends = np.array(run.rows.until)
            ends[old[later]] = np.minimum(ends[old[later]], now[later])
            name = stable_id(run.name, "corrected", content_hash(ends.tobytes()))
            changed.append(replace(run, name=name, rows=replace(run.rows, until=ends)))
        else:
            changed.append(run)
    return replace(rows, until=until), tuple(changed), np.concatenate([np.zeros(0, dtype=np.int64), *owners])


def _merged(kept: Kept, today: int) -> Kept:
    """Make one run of all, without rows that no day from the new floor on can see."""
    floor = today - (_REACH - WINDOWS[-1])
    numbers = np.arange(len(kept.ids), dtype=np.int64)
    rows, keys = kept.rows_of(numbers), np.concatenate([run.keys[slices(run.starts, numbers)[1]] for run in kept.runs])
    settled = (rows.day < today - _REACH) & (rows.known <= floor) & (rows.until == FOREVER)
    stays = np.where(settled, _last_of_their_cell(rows, settled), rows.until > floor)
    rows, keys = rows.take(np.flatnonzero(stays)), keys[stays]
    starts, order = by_customer(rows.who, len(kept.ids))
    run = Run(
        name=stable_id("merged", *(run.name for run in kept.runs)), starts=starts,
        rows=_without_who(rows.take(order)), keys=keys[order],
        touched=np.zeros(0, dtype=np.int64), after="",
    )  # fmt: skip
    return replace(kept, runs=(run,), floor=max(kept.floor, floor))


def _last_of_their_cell(rows: Rows, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which of some rows are the last of their customer and cell: the days since the last row need them."""
    some = np.flatnonzero(among)
    group = rows.who[some].astype(np.int64) << 16 | rows.cell[some]
    order = np.lexsort((rows.day[some], group))
    ends = np.append(group[order][1:] != group[order][:-1], True) if order.size else np.zeros(0, dtype=bool)
    last = np.zeros(rows.day.size, dtype=np.bool_)
    last[some[order[ends]]] = True
    return last


def _without_who(rows: Rows) -> Rows:
    return replace(rows, who=np.zeros(0, dtype=np.int32))


def _load(folder: Path, told: str) -> Kept:
    """Return what is kept and means what ``told`` says; nothing where there is none."""
    record = folder / "current.json"
    if record.exists():
        held = json.loads(record.read_text("utf-8"))
        if held["told"] == told:
            return Kept(
                ids=pq.read_table(folder / held["ids"])["customer_id"].combine_chunks(),
                parts={table: tuple(files) for table, files in held["parts"].items()},
                floor=held["floor"],
                runs=tuple(_load_run(folder, name) for name in held["runs"]),
            )
    return Kept(ids=pa.array([], pa.string()), parts={}, floor=0, runs=())


def _load_run(folder: Path, name: str) -> Run:
    def column(called: str) -> NDArray[Any]:
        found: NDArray[Any] = np.load(folder / name / f"{called}.npy", mmap_mode="r")
        return found

    rows = {called: column(called) for called in COLUMNS if called != "who"}
    return Run(
        name=name, starts=column("starts"), rows=Rows(who=np.zeros(0, dtype=np.int32), **rows), keys=column("keys"),
        touched=column("touched"), after=(folder / name / "after").read_text("ascii"),
    )  # fmt: skip


def _save(kept: Kept, folder: Path, told: str) -> None:
    """Write new runs, then the record that names them, then drop what it no longer names."""
    folder.mkdir(parents=True, exist_ok=True)
    for run in kept.runs:
        if not (folder / run.name).exists():
            _save_run(run, folder)
    ids = f"ids-{len(kept.ids)}.parquet"
    if not (folder / ids).exists():
        pq.write_table(pa.table({"customer_id": kept.ids}), folder / f".{ids}")
        (folder / f".{ids}").replace(folder / ids)
    runs = [run.name for run in kept.runs]
    record = {
        "told": told, "ids": ids, "floor": kept.floor, "runs": runs,
        "parts": {table: list(files) for table, files in kept.parts.items()},
    }  # fmt: skip
    write_atomic(folder / "current.json", json.dumps(record).encode())
    for other in folder.iterdir():
        if other.name not in {"current.json", ids, *runs}:
            rmtree(other, ignore_errors=True) if other.is_dir() else other.unlink(missing_ok=True)


def _save_run(run: Run, folder: Path) -> None:
    beside = folder / f".{run.name}"
    rmtree(beside, ignore_errors=True)
    beside.mkdir()
    columns = {called: getattr(run.rows, called) for called in COLUMNS if called != "who"}
    for called, values in {**columns, "starts": run.starts, "keys": run.keys, "touched": run.touched}.items():
        _save_column(values, beside / f"{called}.npy")
    (beside / "after").write_text(run.after, "ascii")
    beside.replace(folder / run.name)


def _save_column(values: NDArray[Any], path: Path) -> None:
    """Write a column; one that is a whole file already, as in the run from which this one was made, is linked."""
    behind: object = values.base
    if isinstance(values, np.memmap) and isinstance(behind, mmap) and values.filename is not None:
        os.link(values.filename, path)
    else:
        np.save(path, values)
