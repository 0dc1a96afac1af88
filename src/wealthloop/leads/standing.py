"""What holds of a customer's row or of rows that the customer has now, and dates in rows that come near."""

from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import TABLES
from wealthloop.bank.converted import Cells
from wealthloop.bank.rows import whole
from wealthloop.kit import buckets
from wealthloop.leads.compare import customers_of, meets
from wealthloop.leads.conditions import DateCondition, StateCondition
from wealthloop.leads.document import Rule
from wealthloop.leads.follow import Moments, followed, stands
from wealthloop.leads.found import Found, dates, spaced
from wealthloop.leads.known import EPOCH, NEVER, Ints, Known, Sheet

_SNAPSHOTS: Final = ("holdings", "credit")


def state(rule: Rule, when: StateCondition, known: Known) -> Found:
    """Find customers, or rows of theirs, for which comparisons hold at the end of the day.

    With a cool-down each customer has one turn in a period of so many days, on a day spread by hash, so that people's
    desks do not fill on the first of the month.
    """
    ends = (known.as_of + timedelta(days=when.last_days_of_month or 0)).month
    if when.last_days_of_month is not None and ends == known.as_of.month:
        return Found()
    customers = customers_of(known, rule.customer)
    if when.table is not None:
        sheet = known.newest(when.table)
        sheet = sheet.only(meets(when.compare, sheet.column, len(sheet)) & customers[sheet.who])
        return Found(who=sheet.who, on=np.full(len(sheet), known.today), values={}, sheet=sheet)
    who = np.flatnonzero(customers & meets(when.compare, known.people, len(known.ids)))
    if not rule.cool_down_days:
        return Found(who=who, on=np.full(len(who), known.today))
    return _in_turn(rule, known, who)


def _in_turn(rule: Rule, known: Known, who: Ints) -> Found:
    ids = known.ids.take(pa.array(who)).to_pylist()
    turns = (rule.cool_down_days * buckets(rule.name, map(str, ids))).astype(np.int64)
    span, day = np.divmod(known.as_of.toordinal() + turns, rule.cool_down_days)
    now = day < rule.lives_days
    return Found(who=who[now], on=known.today - day[now], values={"span": pa.array(span[now])})


def date(rule: Rule, when: DateCondition, known: Known) -> Found:
    """Find rows with a date that comes near or has just passed; the event is on the first day that it is found."""
    sheet = _rows(rule, when, known)
    sheet = sheet.only(customers_of(known, rule.customer)[sheet.who] & meets(when.compare, sheet.column, len(sheet)))
    day = sheet.days(when.column)
    born = day
    if when.yearly:
        day = _anniversary(day, known.today + when.from_days)
    near = (born != NEVER) & (day >= known.today + when.from_days - rule.cool_down_days)
    near &= day <= known.today + when.to_days
    order = np.flatnonzero(near)
    order = order[np.lexsort((day[order], sheet.who[order]))]
    order = order[spaced(sheet.who[order], day[order], rule.cool_down_days)]
    order = order[day[order] >= known.today + when.from_days]
    found = Sheet(
        known=known, table=sheet.table, rows=sheet.rows.take(pa.array(order, pa.int64())), who=sheet.who[order]
    )
    return _found(when, known, found, day[order], born[order])


def _found(when: DateCondition, known: Known, sheet: Sheet, day: Ints, born: Ints) -> Found:
    if when.unless is not None:
        after = whole(sheet.rows["at"]) if when.column == "at" else None
        still = stands(when.unless, followed(when.unless, Moments(unit=sheet.who, opens=day, after=after), known), None)
        sheet, day, born = sheet.only(still), day[still], born[still]
    values: dict[str, Cells] = {"date": dates(day), "passed": pa.array(known.today - day)}
    if when.yearly:
        values["years"] = pa.array(_years(day) - _years(born))
    return Found(who=sheet.who, on=day - when.to_days, values=values, sheet=sheet)


def _rows(rule: Rule, when: DateCondition, known: Known) -> Sheet:
    """Return the rows that may have the date: of a state the newest, of events those of its days, else all."""
    if when.table in _SNAPSHOTS:
        return known.newest(when.table)
    if not when.yearly and when.column in ("at", TABLES[when.table].event_time):
        first = EPOCH + timedelta(days=known.today + when.from_days - rule.cool_down_days)
        return known.between(when.table, first, EPOCH + timedelta(days=known.today + when.to_days))
    return known.between(when.table, None, None)


def _years(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)


def _anniversary(days: Ints, first: int) -> Ints:
    """Return the first anniversary of each day from a day on; of 29 February in other years 1 March."""
    given = days.astype("datetime64[D]")
    into_year = given.astype("datetime64[M]") - given.astype("datetime64[Y]")
    into_month = given - given.astype("datetime64[M]")
    year = np.datetime64(first, "D").astype("datetime64[Y]")
    this, following = ((year + step + into_year).astype("datetime64[D]") + into_month for step in (0, 1))
    found = np.where(this.astype(np.int64) >= first, this, following)
    return np.asarray(found.astype(np.int64), dtype=np.int64)
