"""Rows that came regularly and come no more, and rows that come again after a long silence."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from wealthloop.features import GROUPS
from wealthloop.leads.compare import counted, customers_of, numbers
from wealthloop.leads.conditions import ReturnedCondition, StoppedCondition
from wealthloop.leads.document import Rule
from wealthloop.leads.flow import DayRows, by_day
from wealthloop.leads.found import Found, dates, spaced
from wealthloop.leads.known import EPOCH, NEVER, Ints, Known
from wealthloop.leads.parts import Rows


def stopped(rule: Rule, when: StoppedCondition, known: Known) -> Found:
    """Find rows that came on enough days of a window and then on none for the silence.

    The event is on the day on which the silence is complete; while rows come again, every such day is looked at anew.
    """
    reach = when.reach(rule.cool_down_days)
    days = by_day(counted(known, when.rows, reach=reach))
    size = len(days.who)
    here, first = np.arange(size), days.first_within(when.window_days)
    following = np.full(size, known.today + 1, dtype=np.int64)
    following[:-1] = np.where(days.who[1:] == days.who[:-1], days.day[1:], known.today + 1)
    on = days.day + when.silence_days
    passes = (here - first + 1 >= when.least_days) & (following > on) & (on <= known.today)
    passes &= customers_of(known, rule.customer)[days.who] & (on > known.today - when.look_days - rule.cool_down_days)
    fires = np.flatnonzero(passes)
    fires = fires[spaced(days.who[fires], on[fires], rule.cool_down_days)]
    fires = fires[on[fires] > known.today - when.look_days]
    running = np.r_[0, np.cumsum(days.sum)]
    many = (here - first + 1)[fires]
    values = {
        "last": dates(days.day[fires]),
        "days": pa.array(many),
        "mean": pa.array((running[fires + 1] - running[first[fires]]) // np.maximum(many, 1)),
    }
    return Found(who=days.who[fires], on=on[fires], values=values)


def returned(rule: Rule, when: ReturnedCondition, known: Known) -> Found:
    """Find days with a row whose row before lies long back.

    Where no row before is at hand, the silence counts from the later of the first such row of the bank at hand and
    the opening of the account (of the former alone where ``ever``).
    """
    group = next(one for one in GROUPS if one.name == when.group)
    rows = Rows.model_validate({"table": group.table, "where": {"kind": group.kinds}, "sign": group.sign})
    reach = when.reach(rule.cool_down_days)
    opens = known.today - reach + 1
    days = by_day(counted(known, rows, reach=reach))
    before = np.full(len(days.who), NEVER, dtype=np.int64)
    before[1:] = np.where(days.who[1:] == days.who[:-1], days.day[:-1], NEVER)
    asked = np.flatnonzero(_may_be(days, before, when, known, rule))
    before[asked] = _earlier(days, before, asked, when, known, opens)
    since = before.copy()
    without = asked[before[asked] == NEVER]
    since[without] = _since(days.who[without], when, known)
    fires = asked[days.day[asked] - since[asked] >= when.silence_days]
    fires = fires[spaced(days.who[fires], days.day[fires], rule.cool_down_days)]
    fires = fires[days.day[fires] > known.today - when.look_days]
    values = {
        "quiet": pa.array(days.day[fires] - since[fires]),
        "previous": pa.array(before[fires].astype("datetime64[D]"), pa.date32(), mask=before[fires] == NEVER),
    }
    return Found(who=days.who[fires], on=days.day[fires], values=values)


def _may_be(days: DayRows, before: Ints, when: ReturnedCondition, known: Known, rule: Rule):  # type: ignore[no-untyped-def]  # noqa: ANN202
    lately = days.day > known.today - when.look_days - rule.cool_down_days
    return lately & (days.day - before >= when.silence_days) & customers_of(known, rule.customer)[days.who]


def _earlier(days: DayRows, before: Ints, asked: Ints, when: ReturnedCondition, known: Known, opens: int) -> Ints:
    """Return the day of the row before, of all time where the window shows none."""
    found = before[asked]
    outside = np.flatnonzero(found == NEVER)
    who = known.ids.take(pa.array(days.who[asked[outside]]))
    day = EPOCH + timedelta(days=opens)
    if not when.exact or not len(who):
        return found
    last = known.tables.last_seen(when.group, who, as_of=known.as_of, before=day)
    found[outside] = [NEVER if one is None else _number(one) for one in last]
    return found


def _since(who: Ints, when: ReturnedCondition, known: Known) -> Ints:
    """Return since when customers without a row before have been silent, days since 1970."""
    first = known.tables.first_seen(when.group, as_of=known.as_of)
    begun = NEVER if first is None else _number(first)
    opened = known.today - np.nan_to_num(numbers(known.people("tenure_days")))[who].astype(np.int64)
    return np.full(len(who), begun, dtype=np.int64) if when.ever else np.maximum(begun, opened)


def _number(day: date) -> int:
    return (day - EPOCH).days
