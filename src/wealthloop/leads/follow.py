"""What undoes an event: rows of the same customer that follow it."""

from dataclasses import dataclass

import numpy as np

from wealthloop.bank.converted import Cells
from wealthloop.bank.rows import places, whole
from wealthloop.leads.compare import counted
from wealthloop.leads.known import Ints, Known, Mask
from wealthloop.leads.parts import Follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Events that may be undone, each array of shape (n_events,)."""

    unit: Ints
    """The customer's place; with ``groups`` that place times (their number + 1), plus the place in them + 1."""
    opens: Ints
    """The first day of the window of each."""
    after: Ints | None
    """The instant of each, microseconds since 1970; None: they are known by day, rows of later days follow."""
    groups: Cells | None = None
    """Products, sorted: only rows of an event's product follow it."""


def followed(follow: Follow, moments: Moments, known: Known) -> Ints:
    """Return what followed each event, a number of rows or the sum of their absolute amounts, shape (n_events,)."""
    if not len(moments.unit):
        return moments.unit
    reach = known.today - int(moments.opens.min()) + 1
    group = "product_id" if moments.groups is not None else None
    sheet = counted(known, follow.rows, reach=reach + 1, group=group)
    many = 1 if moments.groups is None else len(moments.groups) + 1
    asked = np.zeros(len(known.ids), dtype=np.bool_)
    asked[moments.unit // many] = True
    sheet = sheet.only(asked[sheet.who])
    rows = sheet.who
    if moments.groups is not None:
        rows = rows * many + places(sheet.rows["product_id"], moments.groups) + 1
    by_instant = follow.since == "event" and moments.after is not None
    times = whole(sheet.rows["at"]) if by_instant else sheet.days("at")
    since = moments.after if by_instant else moments.opens - (follow.since == "window")
    amounts = np.abs(whole(sheet.rows["amount"])) if follow.measure == "sum" else np.ones(len(sheet), dtype=np.int64)
    return _later(rows, times, amounts, moments.unit, np.asarray(since, dtype=np.int64))


def stands(follow: Follow, found: Ints, value: Ints | None) -> Mask:
    """Return which events stand in spite of what followed, shape (n_events,)."""
    if follow.pct is not None and value is not None:
        return np.asarray(found * 100 < value * follow.pct, dtype=np.bool_)
    return np.asarray(found < follow.at_least, dtype=np.bool_)


def _later(rows: Ints, times: Ints, amounts: Ints, events: Ints, since: Ints) -> Ints:
    """Sum for each event the amounts of its own rows whose time is after ``since``."""
    moments = np.unique(times)
    width = moments.size + 1
    axis = rows * width + np.searchsorted(moments, times) + 1
    order = np.argsort(axis, kind="stable")
    axis, running = axis[order], np.r_[0, np.cumsum(amounts[order])]
    begin = np.searchsorted(axis, events * width + np.searchsorted(moments, since, side="right"), side="right")
    end = np.searchsorted(axis, events * width + width - 1, side="right")
    return np.asarray(running[end] - running[begin], dtype=np.int64)
