"""Finding the moments: every rule over rows as they were known at the end of a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells
from wealthloop.engines import Engine
from wealthloop.leads import flow, silence, standing, steps
from wealthloop.leads.banked import BankRows
from wealthloop.leads.document import Rule
from wealthloop.leads.found import Found
from wealthloop.leads.known import EPOCH, Known, Tables
from wealthloop.leads.needed import columns_read
from wealthloop.leads.sources import CUSTOMER
from wealthloop.leads.triggers import RULES

Evidence: TypeAlias = dict[str, int | str | float]
Evaluate: TypeAlias = Callable[[Rule, Any, Known], Found]

_EVALUATE: Final[dict[str, Evaluate]] = {
    "flow": flow.flow,
    "stopped": silence.stopped,
    "returned": silence.returned,
    "state": standing.state,
    "date": standing.date,
    "step": steps.step,
    "market": steps.market,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A trigger that holds for a customer.

    ``key`` names the occurrence: the same one found again on a later night has the same trigger, customer and key.
    Units stand in the evidence's key names: ``_fen``, ``_on`` (ISO date), ``_days``, ``_pct``.
    """

    trigger: str
    customer_id: str
    occurred_on: date
    expires_on: date
    evidence: Evidence
    key: str


def detect(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    *,
    as_of: date,
    features: pa.Table,
    profiles: pa.Table,
    rules: Sequence[Rule] = RULES,
) -> list[Event]:
    """Find every event as of a day.

    Args:
        bank: the bank's tables; only rows known at 24:00 of ``as_of`` count.
        engine: what the tables lie on.
        as_of: the last day that counts.
        features: the features of that day.
        profiles: the profiles of that day; a customer without a row there is left out.
        rules: what is looked for.

    Returns:
        Events by trigger, customer and key.
    """
    return evaluate(rules, BankRows(bank), as_of=as_of, features=features, profiles=profiles)


def evaluate(
    rules: Sequence[Rule], tables: Tables, *, as_of: date, features: pa.Table, profiles: pa.Table
) -> list[Event]:
    """Find the events of rules in some rows; the night asks with the bank's, a stream with those that it has kept.

    Returns:
        Events by trigger, customer and key, each of these once.
    """
    known = Known(tables=tables, as_of=as_of, features=features, profiles=profiles, columns=columns_read(rules))
    found = {
        (event.trigger, event.customer_id, event.key): event
        for rule in rules
        for event in _events(rule, _EVALUATE[rule.when.kind](rule, rule.when, known), known)
    }
    return [found[one] for one in sorted(found)]


def _events(rule: Rule, found: Found, known: Known) -> Iterable[Event]:
    """Yield the occurrences with everything that the rule needs of them."""
    if not len(found.who):
        return
    wanted = dict.fromkeys(source for source in (*rule.key, *rule.sources.values(), *filter(None, [rule.expires])))
    columns = {source: _values(source, found, known) for source in wanted}
    customers = known.ids.take(pa.array(found.who)).to_pylist()
    for place, (customer, on) in enumerate(zip(customers, found.on.tolist(), strict=True)):
        values = {source: column[place] for source, column in columns.items()}
        evidence = {
            key: source if isinstance(source, int) else _plain(key, values[source])
            for key, source in rule.evidence.items()
        }
        if any(value is None and key in rule.certain for key, value in evidence.items()):
            continue
        day = EPOCH + timedelta(days=on)
        ends = values[rule.expires] if rule.expires else None
        yield Event(
            trigger=rule.name,
            customer_id=customer,
            occurred_on=day,
            expires_on=ends or day + timedelta(days=rule.lives_days),
            evidence={key: value for key, value in evidence.items() if value is not None},
            key="/".join(_text(values[source]) for source in rule.key),
        )


def _values(source: str, found: Found, known: Known) -> list[Any]:
    """Return a source of every occurrence."""
    if source in found.values:
        return _listed(found.values[source])
    if source == "day":
        return [EPOCH + timedelta(days=day) for day in found.on.tolist()]
    if source == "month":
        return [known.as_of.strftime("%Y-%m")] * len(found.who)
    if source.startswith(CUSTOMER):
        return _listed(known.people(source.removeprefix(CUSTOMER)).take(pa.array(found.who)))
    if found.sheet is not None:
        return _listed(found.sheet.column(source))
    return _listed(known.joined(source, pa.table({"product_id": found.values["product_id"]})))


_WORDS: Final[Mapping[bool | None, str]] = {True: "yes", False: "no", None: "unknown"}


def _listed(cells: Cells) -> list[Any]:
    """Return values as Python has them; flags in words."""
    found: list[Any] = cells.to_pylist()
    return [_WORDS[value] for value in found] if pa.types.is_boolean(cells.type) else found


def _plain(key: str, value: Any) -> int | str | float | None:  # noqa: ANN401 - a cell
    """Return a value as JSON has it: a day as ISO text, money whole."""
    if isinstance(value, date):
        return value.isoformat()
    return round(value) if isinstance(value, float) and key.endswith("_fen") else value


def _text(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
