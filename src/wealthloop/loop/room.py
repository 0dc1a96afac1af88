"""What a night has left of each resource for the day that begins after it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.delivery.models import Intent
from wealthloop.kit import Home
from wealthloop.ledger import Disposition
from wealthloop.loop.capacity import (
    BUDGET,
    HOUSEHOLD,
    SEATS,
    branch_resource,
    channel_resource,
    contact_resource,
    rm_resource,
    spend_resource,
    strategy_resource,
)
from wealthloop.loop.hours import Hours, hour_resource
from wealthloop.loop.limits import NO_LIMITS, Limits
from wealthloop.loop.markets import markets_of, parted
from wealthloop.strategies.designs import StandingDesign

_BY_CONTACTS: Final = (
    rm_resource(""), SEATS, channel_resource(""), strategy_resource(""), branch_resource(""), HOUSEHOLD
)  # fmt: skip
"""How resources begin of which every contact on a channel, of a strategy, or for a branch or household, takes one."""


def room_after(
    home: Home, run_id: str, designs: Sequence[StandingDesign], limits: Limits = NO_LIMITS
) -> dict[str, int]:
    """Return the units of each resource that neither a night's blind plan nor its refilling has taken.

    A slot of control is taken: who it was freed for has had it. What standing experiments between ways to choose have
    for themselves is left out. Of budgets and of what catalogues hold more may be counted as taken than is,
    never less.

    Args:
        home: the home whose ledger it is.
        run_id: the night's.
        designs: the standing experiments that its contacts obey.
        limits: of the day's customers and of all whom the night planned; the night need not have known them.

    Raises:
        NotFound: the night's prices or decisions are not written.
    """
    kept = ledger.read_prices(home, run_id).to_pylist()
    known = {**limits.room, **{row["resource"]: row["capacity"] for row in kept}}
    capacities, _ = parted(known, markets_of(designs))
    every = ledger.read_run(home, run_id).to_pylist()
    rows = [row for row in every if row["market"] is None]
    limited = _limited(every, limits)
    taken = {
        **_contacts_taken(rows, limited),
        **_others_taken(rows, {row["resource"]: row["used"] for row in kept}),
        **Counter(name for several in limited.values() for name in several if name.startswith(HOUSEHOLD)),
    }
    return {name: max(0, units - taken.get(name, 0)) for name, units in capacities.items()}


def room_by_hour(run_id: str, hours: Hours, zone: ZoneInfo) -> dict[str, int]:
    """Return what a night's messages have left of each hour of the channels that have a volume by hour."""
    staged = Intent.objects.filter(run_id=run_id, channel__in=hours).values_list("channel", "not_before")
    taken = Counter(hour_resource(channel, begins.astimezone(zone).hour) for channel, begins in staged)
    names = {hour_resource(channel, one.hour): one.room for channel, several in hours.items() for one in several}
    return {name: max(0, units - taken[name]) for name, units in names.items()}


def _limited(rows: Sequence[Mapping[str, Any]], limits: Limits) -> dict[str, tuple[str, ...]]:
    """Return by decision the resources of the limits that its customer falls under."""
    if not limits.takes:
        return {}
    customers = customers_of(row["person_key"] for row in rows)
    return {row["decision_id"]: limits.takes.get(customers.get(row["person_key"], ""), ()) for row in rows}


def _contacts_taken(rows: Sequence[Mapping[str, Any]], limited: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Count what is counted by contacts: cards, calls, messages, the strategies' maxima and the limits of branches."""
    blind, freed, refilled = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        contact = (contact_resource(row["channel"], row["staff_id"]), strategy_resource(row["strategy_id"]))
        used = (*contact, *limited.get(row["decision_id"], ()))
        (refilled if row["refill"] else blind).update(used)
        if not row["refill"] and row["disposition"] == Disposition.WITHHELD and row["held_by"] is None:
            freed.update(used)
    return {name: max(blind[name], blind[name] - freed[name] + refilled[name]) for name in blind | refilled}


def _others_taken(rows: Sequence[Mapping[str, Any]], used: Mapping[str, int]) -> dict[str, int]:
    """Count budgets and what the catalogues hold: what the blind plan took, all that refills cost, and one a refill."""
    refills = [row for row in rows if row["refill"]]
    cost = Counter({BUDGET: sum(row["cost"] for row in refills)})
    for row in refills:
        cost[spend_resource(row["strategy_id"])] += row["cost"]
    money = (BUDGET, spend_resource(""))
    return {
        name: units + (cost[name] if name.startswith(money) else len(refills))
        for name, units in used.items()
        if not name.startswith(_BY_CONTACTS)
    }
