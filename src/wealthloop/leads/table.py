"""The rules as a document for people."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from wealthloop.leads.conditions import (
    DateCondition,
    FlowCondition,
    MarketCondition,
    ReturnedCondition,
    StateCondition,
    StepCondition,
    StoppedCondition,
)
from wealthloop.leads.document import Rule
from wealthloop.leads.parts import ByCode, Comparison, Follow, Rows

_HEAD: Final = """# Triggers

Written from `src/wealthloop/leads/rules/*.yaml`; a test holds it to them.

An event is a trigger that holds for a customer; it makes one lead, however often it is found and however many
strategies answer it. Kinds of conditions: **flow** rows of the last days, measured on each day that has one;
**stopped** rows that came regularly and come no more; **returned** a row after a long silence; **state** comparisons of
the customer's row or of what the customer has now; **date** a date that comes near or has passed; **step** a value
against the same some days before; **market** a series that has fallen. *Cool-down*: days of event time before an
occurrence in which there must have been none; of a state, the period in which each customer has one turn, on days
spread by hash; *by key*: each day, position, month or value once. *Needs*: the declared models that score customers for
the moment. Sums of transactions in yuan, compared columns of money in fen.

| trigger | 中文 | what is looked for | priority | cool-down | lives | needs | evidence |
|---|---|---|---|---|---|---|---|
"""


def markdown(rules: Sequence[Rule]) -> str:
    """Return ``docs/triggers.md``, the most urgent rules first; the same rules make the same text."""
    ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.name))
    return _HEAD + "".join(_line(rule) for rule in ordered)


def looked_for(rule: Rule) -> str:
    """Return in words what a rule looks for."""
    words = _WORDS[rule.when.kind](rule.when)
    return "; ".join([words, *(_comparison(one) for one in rule.customer)])


def _line(rule: Rule) -> str:
    cells = (
        f"`{rule.name}` {rule.en}",
        rule.zh,
        f"**{rule.when.kind}** {looked_for(rule)}",
        str(rule.priority),
        f"{rule.cool_down_days} d" if rule.cool_down_days else "by key",
        f"to {rule.expires}" if rule.expires else f"{rule.lives_days} d",
        ", ".join(rule.needs) or "none",
        ", ".join(rule.evidence),
    )
    return f"| {' | '.join(cells)} |\n"


def _flow(when: FlowCondition) -> str:
    parts = [f"{_rows(when.rows)}, {when.measure} of {when.window_days} d at least {_number(when)}"]
    parts += [f"at least {when.of.pct} % of {when.of.column}"] if when.of else []
    parts += [f"under {when.under.pct} % of {when.under.column}"] if when.under else []
    if when.past:
        change = f"{when.past.rise_pct} % over" if when.past.rise_pct else f"{when.past.fall_pct} % under"
        parts.append(f"{change} the mean of at least {when.past.least_days} days in {when.past.days} d")
    parts += [f"in months {', '.join(map(str, when.months))}"] if when.months else []
    parts += [f"by {when.group}"] if when.group else []
    parts += [f"{when.wait_days} d ago at least"] if when.wait_days else []
    return ", ".join([*parts, *_follow(when.unless)])


def _number(when: FlowCondition) -> str:
    money = when.rows.table == "transactions" and when.measure in ("sum", "max")
    return f"{when.at_least / 100:,.0f}" if money and when.at_least >= _YUAN else str(when.at_least)


_YUAN: Final = 100


def _stopped(when: StoppedCondition) -> str:
    return f"{_rows(when.rows)} on {when.least_days} days of {when.window_days}, none for {when.silence_days} d since"


def _returned(when: ReturnedCondition) -> str:
    first = ", or the first of all" if when.ever else ""
    return f"{when.group} after {when.silence_days} d without{first}"


def _state(when: StateCondition) -> str:
    rows = [] if when.table is None else [when.table]
    last = [f"last {when.last_days_of_month} d of the month"] if when.last_days_of_month else []
    return ", ".join([*rows, *(_comparison(one) for one in when.compare), *last])


def _date(when: DateCondition) -> str:
    yearly = "anniversary of " if when.yearly else ""
    span = f"{yearly}{when.table}.{when.column} from {when.from_days} to {when.to_days} d ahead"
    return ", ".join([span, *(_comparison(one) for one in when.compare), *_follow(when.unless)])


def _step(when: StepCondition) -> str:
    over = f" and {when.rise_pct} %" if when.rise_pct else ""
    span = f"{when.table}.{when.column} at least {when.rise}{over} above that of {when.back_days} d before"
    return ", ".join([span, *(_comparison(one) for one in when.compare)])


def _market(when: MarketCondition) -> str:
    return f"{when.series} at least {when.fall_pct} % under that of {when.back_days} d before"


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "flow": _flow,
    "stopped": _stopped,
    "returned": _returned,
    "state": _state,
    "date": _date,
    "step": _step,
    "market": _market,
}


def _rows(rows: Rows) -> str:
    wanted = [f"{column} {'/'.join(map(str, codes))}" for column, codes in rows.where.items()]
    sign = {1: ["in"], -1: ["out"], 0: []}[rows.sign]
    least = [f"each at least {rows.least / 100:,.0f}"] if rows.least else []
    return ", ".join([" ".join([rows.table, *sign]), *wanted, *least])


def _follow(follow: Follow | None) -> list[str]:
    if follow is None:
        return []
    much = f"{follow.measure} of {follow.pct} % or more" if follow.pct else f"{follow.at_least}"
    since = "since" if follow.since == "event" else "within and since its window"
    return [f"unless {much} {since}: {_rows(follow.rows)}"]


def _comparison(one: Comparison) -> str:
    unit = f" % of {one.pct_of}" if one.pct_of else ""
    parts = [f"= {'/'.join(map(str, one.any_of))}"] if one.any_of else []
    if one.missing is not None:
        parts.append("not known" if one.missing else "known")
    if isinstance(one.at_least, ByCode):
        bounds = ", ".join(f"{code} {bound}" for code, bound in one.at_least.bounds.items())
        parts.append(f"≥ by {one.at_least.column} ({bounds}){unit}")
    elif one.at_least is not None:
        parts.append(f"≥ {one.at_least}{unit}")
    if one.under is not None:
        parts.append(f"< {one.under}{unit}")
    return f"{one.column} {' and '.join(parts)}"
