"""What a worker does with all candidates of some customers: it keeps those that matter, and names a row that is wrong.

Which candidates matter is said by a ``Pick``: a sample of customers, the candidates near their customers' best at some
prices, or the best responses alone. Everything a worker needs to know comes with the function that is sent to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from wealthloop.allocation.general.candidates import BadRow, Candidates, Texts, coded, in_batches, key_places
from wealthloop.allocation.general.hard import respond_best
from wealthloop.allocation.general.layout import Flags, Floats, Integers, Menus
from wealthloop.allocation.general.menus import menus_of, refuse_repeats
from wealthloop.allocation.general.near import near
from wealthloop.allocation.general.parts import FILE, NAMED
from wealthloop.kit import buckets

REFUSED: Final = "what is wrong"
"""The column beside those of the candidates."""
_SALT: Final = "allocation/sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The rows of one resource with one way to tell keys apart."""

    resource: str
    key_column: str
    """Blank for a global row."""
    keys: tuple[str, ...]
    first: int
    """Row of the first key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What every worker is told of a problem."""

    resources: tuple[str, ...]
    keyed: Mapping[str, Sequence[str]]
    families: tuple[Family, ...]
    """In the order of their rows."""
    dense: int
    """Rows that are priced together; each of the rest is priced by itself."""
    demanded: Flags
    """Rows with a minimum, shape (n_rows,)."""
    per_customer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All candidates of some customers."""

    book: Book
    found: Candidates
    menus: Menus
    customers: Texts
    rows: Integers
    """Row of each pattern in each family, -1 where it uses nothing, shape (n_patterns, n_families)."""
    amount: Floats
    """What it uses of it, same shape."""

    def cost(self, prices: Floats) -> Floats:
        """Return the price of each pattern, added up in the order of the rows, shape (n_patterns,)."""
        out = np.zeros(self.rows.shape[0])
        for row, amount in zip(self.rows.T, self.amount.T, strict=True):
            out += np.where(row >= 0, amount * prices[row], 0.0)
        return out

    def using(self, marked: Flags) -> Flags:
        """Return the patterns that use one of the rows marked, shape (n_patterns,)."""
        return np.asarray(((self.rows >= 0) & marked[self.rows]).any(axis=1))

    @property
    def lone(self) -> Flags:
        """Which patterns use a row that is priced by itself, shape (n_patterns,)."""
        return self.using(np.arange(self.book.demanded.size) >= self.book.dense)


Pick: TypeAlias = Callable[[Batch], Integers]
"""Chooses candidates by their places in the menus."""


def kept(rows: pa.Table, *, book: Book, pick: Pick) -> pa.Table:
    """Return the rows that are picked, with an empty ``REFUSED``; where a row is wrong, one that says so.

    Args:
        rows: all candidates of some customers, in any order, with the columns of ``columns_of``.
        book: the problem.
        pick: chooses among them; neither the order of rows nor other customers may change its choice.
    """
    said: pa.Field[Any] = pa.field(REFUSED, pa.string())
    try:
        batch, order = _batch(rows, book)
    except BadRow as error:
        who = {name: rows[name][error.row].as_py() for name in NAMED}
        whose = ", ".join(f"{name} {text}" for name, text in who.items())
        wrong = [{REFUSED: f"{FILE}, {whose}{error.said}"}]
        return pa.Table.from_pylist(wrong, schema=rows.schema.append(said))
    places = pick(batch)
    taken = rows.take(pa.array(places if order is None else order[places], pa.int64()))
    return taken.append_column(said, pa.nulls(taken.num_rows, pa.string()))


def in_sample(batch: Batch, *, share: float) -> Integers:
    """Pick all candidates of a share of the customers: whole books of what is priced by itself, and others by chance.

    Args:
        batch: the candidates.
        share: of the customers, about, from 0 to 1.
    """
    menus, n = batch.menus, batch.book.demanded.size
    own = np.where(batch.rows >= batch.book.dense, batch.rows, n).min(axis=1, initial=n)
    first = menus.slot[menus.first]
    book = np.minimum.reduceat(own[menus.pattern], first[:-1])
    drawn = buckets(_SALT, (str(name) for name in batch.customers.to_pylist()))
    held = np.flatnonzero(book < n)
    of_book = buckets(_SALT, (f"row {row}" for row in range(n)))
    drawn[held] = of_book[book[held]]
    return np.flatnonzero(np.repeat(drawn < share, np.diff(first)))


def near_best(batch: Batch, *, prices: Sequence[Floats], reach: float, demanded: bool) -> Integers:
    """Pick the candidates that are near their slot's best at any of some prices.

    Args:
        batch: the candidates.
        prices: each of shape (n_rows,).
        reach: how far behind the best, in the unit of the values.
        demanded: whether what uses a row with a minimum is picked too, whatever it is worth.
    """
    lone = batch.lone
    picked = [near(batch.menus, batch.cost(one), lone, reach)[1] for one in prices]
    if demanded:
        picked.append(np.flatnonzero(batch.using(batch.book.demanded)[batch.menus.pattern]))
    return np.unique(np.concatenate(picked))


def best_response(batch: Batch, *, prices: Floats) -> Integers:
    """Pick what customers take at prices, shape (n_rows,); of equal candidates the first action, then channel."""
    found = batch.found
    action, channel = (_ranks(found.names[name])[found.patterns[:, c].astype(np.int64)] for c, name in _PAIR)
    rank = action * len(found.names["channel"]) + channel
    return respond_best(batch.menus, batch.cost(prices), rank, batch.book.per_customer)


_PAIR: Final = ((0, "action"), (1, "channel"))


def _ranks(texts: Texts) -> Integers:
    """Return the place of each text in their alphabetical order."""
    out = np.empty(len(texts), np.int64)
    out[np.argsort(np.array(texts.to_pylist(), dtype=np.str_))] = np.arange(len(texts))
    return out


def _batch(rows: pa.Table, book: Book) -> tuple[Batch, Integers | None]:
    """Return candidates laid out, and the row of each (``None`` where rows have that order)."""
    found = coded(in_batches(rows), rows.num_rows, book.resources, book.keyed)
    menus, order, customers = menus_of(found, book.per_customer)
    refuse_repeats(found, menus, order, customers)
    shape = (found.patterns.shape[0], len(book.families))
    places, amount = np.full(shape, -1), np.zeros(shape)
    columns = list(book.keyed)
    for f, one in enumerate(book.families):
        amount[:, f] = found.patterns[:, 2 + book.resources.index(one.resource)]
        if one.key_column:
            code = found.patterns[:, 2 + len(book.resources) + columns.index(one.key_column)].astype(np.int64)
            place = key_places(found, one.resource, amount[:, f], one.key_column, code, one.keys)
        else:
            place = np.where(amount[:, f] > 0, 0, -1)
        places[:, f] = np.where(place >= 0, one.first + place, -1)
    return Batch(book=book, found=found, menus=menus, customers=customers, rows=places, amount=amount), order
