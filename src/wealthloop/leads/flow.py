"""Rows of the last days, measured on each day that has one: sums, counts, against facts and against the past."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places, whole
from wealthloop.leads.compare import Floats, counted, customers_of, numbers
from wealthloop.leads.conditions import FlowCondition
from wealthloop.leads.document import Rule
from wealthloop.leads.follow import Moments, followed, stands
from wealthloop.leads.found import Found, spaced
from wealthloop.leads.known import Ints, Known, Mask, Sheet
from wealthloop.leads.parts import OfFact

_STRIDE: Final = 10_000
"""Days between two units on one axis, more than any window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRows:
    """Rows gathered by unit (a customer, or a customer's product) and day, ascending, each array of shape (n,)."""

    who: Ints
    unit: Ints
    day: Ints
    sum: Ints
    """Absolute amounts, fen; 0 in tables without amounts."""
    count: Ints
    max: Ints
    at: Ints
    """The instant of the last row, microseconds since 1970."""

    def only(self, mask: Mask | Ints) -> "DayRows":
        """Return some of the days."""
        return DayRows(**{name: getattr(self, name)[mask] for name in self.__slots__})

    def first_within(self, days: int) -> Ints:
        """Return for each day the place of the unit's first day in the window of so many days that ends with it."""
        axis = self.unit * _STRIDE + self.day
        return np.searchsorted(axis, axis - days + 1)


def by_day(sheet: Sheet, groups: Cells | None = None) -> DayRows:
    """Gather rows by customer (and product, where these are told apart, in the order of ``groups``) and day."""
    many = 1 if groups is None else len(groups) + 1
    unit = sheet.who if groups is None else sheet.who * many + places(sheet.rows["product_id"], groups) + 1
    day = sheet.days("at")
    order = np.lexsort((day, unit))
    unit, day = unit[order], day[order]
    starts = np.flatnonzero(np.r_[True, (unit[1:] != unit[:-1]) | (day[1:] != day[:-1])]) if unit.size else unit
    has_amount = "amount" in sheet.rows.column_names
    amount = np.abs(whole(sheet.rows["amount"]))[order] if has_amount else np.zeros(unit.size, dtype=np.int64)
    at = whole(sheet.rows["at"])[order]
    return DayRows(
        who=unit[starts] // many,
        unit=unit[starts],
        day=day[starts],
        sum=np.add.reduceat(amount, starts) if unit.size else amount,
        count=np.diff(np.r_[starts, unit.size]) if unit.size else unit,
        max=np.maximum.reduceat(amount, starts) if unit.size else amount,
        at=np.maximum.reduceat(at, starts) if unit.size else at,
    )


def flow(rule: Rule, when: FlowCondition, known: Known) -> Found:
    """Find the days on which a flow is large, frequent or unlike the past."""
    if when.months and not np.isin(_months(_looked_at(when, known)), when.months).any():
        return Found()
    sheet = counted(known, when.rows, reach=when.reach(rule.cool_down_days), group=when.group)
    groups = pc.unique(sheet.rows[when.group]).drop_null().sort() if when.group else None
    if groups is not None:
        sheet = sheet.only(places(sheet.rows["product_id"], groups) >= 0)
    days = by_day(sheet, groups)
    value, past = _measured(days, when), _past(days, when)
    passes = (value >= when.at_least) & customers_of(known, rule.customer)[days.who]
    passes &= _of_fact(when, known, days, value) & _unlike(when, value, past)
    last = known.today - when.wait_days
    passes &= (days.day <= last) & (days.day > last - when.look_days - rule.cool_down_days)
    if when.months:
        passes &= np.isin(_months(days.day), when.months)
    if when.newest_only:
        passes &= _newest(days, (days.day <= last) & (days.day > last - when.look_days))
    fires = np.flatnonzero(passes)
    fires = fires[spaced(days.who[fires], days.day[fires], rule.cool_down_days)]
    fires = fires[days.day[fires] > last - when.look_days]
    values = {"value": value, "past": past.mean}
    return _found(when, known, days.only(fires), {name: one[fires] for name, one in values.items()}, groups)


def _looked_at(when: FlowCondition, known: Known) -> Ints:
    return known.today - np.arange(when.wait_days, when.wait_days + when.look_days)


def _months(days: Ints) -> Ints:
    """Return the month of each day, 1 to 12."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def _found(when: FlowCondition, known: Known, days: DayRows, values: dict[str, Ints], groups: Cells | None) -> Found:
    if when.unless is not None:
        moments = Moments(unit=days.unit, opens=days.day - when.window_days + 1, after=days.at, groups=groups)
        after = followed(when.unless, moments, known)
        still = stands(when.unless, after, values["value"])
        days, values = days.only(still), {name: one[still] for name, one in {**values, "followed": after}.items()}
    numbers_of = {**values, "sum": days.sum, "count": days.count, "max": days.max}
    sources: dict[str, Cells] = {name: pa.array(one) for name, one in numbers_of.items()}
    if groups is not None:
        sources["product_id"] = groups.take(pa.array(days.unit % (len(groups) + 1) - 1))
    return Found(who=days.who, on=days.day, values=sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """The unit's own days before each day, each array of shape (n,)."""

    days: Ints
    mean: Ints
    """Of the days' sums, rounded down; 0 without any."""


def _past(days: DayRows, when: FlowCondition) -> _Past:
    if when.past is None:
        nothing = np.zeros(len(days.who), dtype=np.int64)
        return _Past(days=nothing, mean=nothing)
    first, here = days.first_within(when.past.days + 1), np.arange(len(days.who))
    many = here - first
    before = _running(days.sum)[here] - _running(days.sum)[first]
    return _Past(days=many, mean=before // np.maximum(many, 1))


def _unlike(when: FlowCondition, value: Ints, past: _Past) -> Mask:
    if when.past is None:
        return np.ones(len(value), dtype=np.bool_)
    enough = past.days >= when.past.least_days
    if when.past.rise_pct is not None:
        return np.asarray(enough & (value * 100 >= past.mean * (100 + when.past.rise_pct)), dtype=np.bool_)
    return np.asarray(enough & (value * 100 <= past.mean * (100 - (when.past.fall_pct or 0))), dtype=np.bool_)


def _measured(days: DayRows, when: FlowCondition) -> Ints:
    """Return what each day measures over the window that ends with it."""
    if when.measure == "max":
        return days.max
    first, here = days.first_within(when.window_days), np.arange(len(days.who))
    if when.measure == "days":
        return here - first + 1
    running = _running(days.sum if when.measure == "sum" else days.count)
    return np.asarray(running[here + 1] - running[first], dtype=np.int64)


def _running(values: Ints) -> Ints:
    return np.asarray(np.r_[0, np.cumsum(values)], dtype=np.int64)


def _of_fact(when: FlowCondition, known: Known, days: DayRows, value: Ints) -> Mask:
    """Return which values reach one share of a fact and lie under another; what is not known counts as 0."""
    found = np.ones(len(value), dtype=np.bool_)
    if when.of is not None:
        found &= value * 100.0 >= _share(when.of, known)[days.who]
    if when.under is not None:
        found &= value * 100.0 < _share(when.under, known)[days.who]
    return found


def _share(of: OfFact, known: Known) -> Floats:
    return np.nan_to_num(numbers(known.people(of.column))) * of.pct


def _newest(days: DayRows, within: Mask) -> Mask:
    """Return the last of each customer's days among some."""
    found = np.zeros(len(within), dtype=np.bool_)
    some = np.flatnonzero(within)
    if some.size:
        last = np.r_[days.who[some][1:] != days.who[some][:-1], True]
        found[some[last]] = True
    return found
