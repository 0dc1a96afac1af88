"""Values against the same some days before: of a position, of a credit line, of the market."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import codes
from wealthloop.leads.compare import customers_of, meets, numbers
from wealthloop.leads.conditions import MarketCondition, StepCondition
from wealthloop.leads.document import Rule
from wealthloop.leads.found import Found, spaced
from wealthloop.leads.known import EPOCH, Ints, Known, Sheet

_KEYS = {"holdings": ("product_id", "position_id"), "credit": ()}
"""What names a position or line of a customer from day to day."""


def step(rule: Rule, when: StepCondition, known: Known) -> Found:
    """Find values of the newest state that are higher than those of the state some days before."""
    days = known.snapshots(when.table, when.back_days + 60)
    sheet = known.newest(when.table)
    earlier = [day for day in days if day <= days[-1] - timedelta(days=when.back_days)]
    if not earlier or not len(sheet):
        return Found()
    was = known.between(when.table, earlier[-1], earlier[-1])
    customers = customers_of(known, rule.customer)[sheet.who]
    sheet = sheet.only(customers & meets(when.compare, sheet.column, len(sheet)))
    now, before = sheet.column(when.column), _before(when, sheet, was)
    value, base = numbers(now), numbers(before)
    risen = (value - base >= when.rise) & ((value - base) * 100 >= base * when.rise_pct)
    found = sheet.only(risen)
    mask = pa.array(risen)
    values: dict[str, Cells] = {"now": now.filter(mask), "before": before.filter(mask)}
    return Found(who=found.who, on=np.full(len(found), (days[-1] - EPOCH).days), values=values, sheet=found)


def _before(when: StepCondition, sheet: Sheet, was: Sheet) -> Cells:
    """Return the earlier value of each row of a sheet, null where there was none."""
    names = _KEYS[when.table]
    who = pa.chunked_array([pa.array(np.r_[sheet.who, was.who])])
    parts = [who, *(pa.chunked_array([*sheet.rows[name].chunks, *was.rows[name].chunks]) for name in names)]
    number, many = codes(parts)
    place = np.full(many, -1, dtype=np.int64)
    place[number[len(sheet) :]] = np.arange(len(was))
    at = place[number[: len(sheet)]]
    return pc.take(was.column(when.column), pa.array(at, pa.int64(), mask=at < 0))


def market(rule: Rule, when: MarketCondition, known: Known) -> Found:
    """Find days on which a series stands lower than some days before; an event of every customer that is named."""
    first = known.as_of - timedelta(days=when.reach(rule.cool_down_days))
    read = known.tables.read("market", ("day", "series", "value"), as_of=known.as_of, days=(first, known.as_of))
    rows = read.filter(pc.equal(read["series"], when.series)).sort_by("day")
    day, value = numbers(rows["day"]).astype(np.int64), numbers(rows["value"])
    at = np.searchsorted(day, day - when.back_days, side="right") - 1
    base = value[np.maximum(at, 0)]
    fell = (at >= 0) & (value * 100 <= base * (100 - when.fall_pct))
    fell &= day > known.today - when.look_days - rule.cool_down_days
    fires = np.flatnonzero(fell)
    fires = fires[spaced(np.zeros(fires.size, dtype=np.int64), day[fires], rule.cool_down_days)]
    fires = fires[day[fires] > known.today - when.look_days]
    return _everyone(np.flatnonzero(customers_of(known, rule.customer)), when, day[fires], value[fires], base[fires])


def _everyone(who: Ints, when: MarketCondition, day: Ints, now: object, before: object) -> Found:
    falls = np.round((1 - np.asarray(now) / np.asarray(before)) * 100, 1)
    each = np.tile(np.arange(day.size), who.size)
    values: dict[str, Cells] = {
        "series": pa.array([when.series] * each.size, pa.string()),
        "now": pa.array(np.asarray(now)[each]),
        "before": pa.array(np.asarray(before)[each]),
        "fall": pa.array(falls[each]),
    }
    return Found(who=np.repeat(who, day.size), on=day[each], values=values)
