"""Finding the moments: seven triggers over the bank's tables as they were known at the end of a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.engines import Engine
from wealthloop.features import GROUPS, first_seen, last_seen, snapshot_days
from wealthloop.kit import buckets
from wealthloop.leads.triggers import (
    DEPOSIT_MATURING,
    DORMANT_LOGIN,
    FUNDS_IDLE,
    LARGE_INFLOW,
    LARGE_OUTFLOW,
    NEAR_TIER,
    SALARY_IDLE,
    Trigger,
)

Evidence: TypeAlias = dict[str, int | str | float]
Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

_LOGIN: Final = next(group for group in GROUPS if group.name == "login")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    """What the finders look at."""

    bank: BankTables
    as_of: date
    features: pa.Table
    profiles: pa.Table

    def rows(self, table: str, columns: tuple[str, ...], *, first: int, last: int = 0) -> pa.Table:
        """Return rows of the days from so many days before ``as_of`` to so many, of customers with a profile."""
        days = (self.day(first), self.day(last))
        return self.ours(self.bank.read(table, ("customer_id", *columns), as_of=self.as_of, days=days))

    def ours(self, rows: pa.Table) -> pa.Table:
        """Keep the rows of customers with a profile."""
        return rows.filter(pc.is_in(rows["customer_id"], value_set=self.profiles["customer_id"].combine_chunks()))

    def looked_up(self, table: pa.Table, customers: Column, column: str) -> list[Any]:
        """Return a column of the features or profiles for some customers, None where it is not known."""
        at = pc.index_in(customers, value_set=table["customer_id"].combine_chunks())
        found: list[Any] = pc.take(table[column], at).to_pylist()
        return found

    def day(self, before: int) -> date:
        """The day that many days before ``as_of``."""
        return self.as_of - timedelta(days=before)


def detect(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    *,
    as_of: date,
    features: pa.Table,
    profiles: pa.Table,
) -> list[Event]:
    """Find every event as of a day.

    Args:
        bank: the bank's tables; only rows known at 24:00 of ``as_of`` count.
        engine: what the tables lie on.
        as_of: the last day that counts.
        features: the features of that day.
        profiles: the profiles of that day; a customer without a row there is left out.

    Returns:
        Events by trigger, customer and key.
    """
    night = _Night(bank=bank, as_of=as_of, features=features, profiles=profiles)
    found = [event for find in _FINDERS for event in find(night)]
    return sorted(found, key=lambda event: (event.trigger, event.customer_id, event.key))


def _large_inflow(night: _Night) -> Iterator[Event]:
    return _large_flow(night, LARGE_INFLOW, ("salary", "transfer_in", "cash"), sign=1)


def _large_outflow(night: _Night) -> Iterator[Event]:
    return _large_flow(night, LARGE_OUTFLOW, ("transfer_out", "cash"), sign=-1)


def _large_flow(night: _Night, trigger: Trigger, kinds: tuple[str, ...], *, sign: int) -> Iterator[Event]:
    """Days of the last few whose flow is large: in yuan, and against the customer's AUM where that is known."""
    limits = trigger.limits
    moved = night.rows("transactions", ("at_day", "kind", "amount"), first=limits["within_days"] - 1)
    outside = pc.and_(
        pc.is_in(moved["kind"], value_set=pa.array(kinds)), pc.greater(pc.multiply(moved["amount"], sign), 0)
    )
    moved = moved.filter(outside)
    flows = moved.set_column(3, "amount", pc.abs(moved["amount"])).group_by(["customer_id", "at_day"])
    by_day = flows.aggregate([("amount", "sum"), ("amount", "max"), ("amount", "count")])
    by_day = by_day.filter(pc.greater_equal(by_day["amount_sum"], limits["amount_fen"]))
    averages = night.looked_up(night.profiles, by_day["customer_id"], "aum_average")
    for row, average in zip(by_day.to_pylist(), averages, strict=True):
        if row["amount_sum"] * 100 >= (average or 0) * limits["share_of_aum_pct"]:
            yield _flow(trigger, row, average)


def _flow(trigger: Trigger, row: dict[str, Any], average: int | None) -> Event:
    on: date = row["at_day"]
    evidence: Evidence = {
        "amount_fen": row["amount_sum"],
        "largest_fen": row["amount_max"],
        "transactions": row["amount_count"],
        "on": on.isoformat(),
    }
    if average is not None:
        evidence["aum_average_fen"] = average
    return _event(trigger, row["customer_id"], on, evidence, key=on.isoformat())


def _deposit_maturing(night: _Night) -> Iterator[Event]:
    days = snapshot_days(night.bank, as_of=night.as_of)
    if days is None:
        return
    limits = DEPOSIT_MATURING.limits
    columns = ("customer_id", "product_id", "position_id", "balance", "maturity_date", "auto_renew")
    held = night.bank.read("holdings", columns, as_of=night.as_of, days=(days.newest, days.newest))
    last = pa.scalar(night.day(-limits["within_days"]), pa.date32())
    after_today = pc.greater(held["maturity_date"], pa.scalar(night.as_of, pa.date32()))
    soon = pc.and_(after_today, pc.less_equal(held["maturity_date"], last))
    due = held.filter(pc.and_(soon, pc.greater_equal(held["balance"], limits["balance_fen"])))
    products = night.bank.read("products", ("product_id", "name", "category", "regime"), as_of=night.as_of).to_pylist()
    deposits = {row["product_id"]: row for row in products if row["regime"] == "deposit"}
    for row in night.ours(due).to_pylist():
        if row["product_id"] in deposits:
            yield _maturing(row, deposits[row["product_id"]], within=limits["within_days"])


def _maturing(row: dict[str, Any], product: dict[str, Any], *, within: int) -> Event:
    matures: date = row["maturity_date"]
    evidence: Evidence = {
        "balance_fen": row["balance"],
        "matures_on": matures.isoformat(),
        "product_id": row["product_id"],
        "product_name": product["name"],
        "category": product["category"],
        "auto_renew": "unknown" if row["auto_renew"] is None else "yes" if row["auto_renew"] else "no",
    }
    if row["position_id"] is not None:
        evidence["position_id"] = row["position_id"]
    return Event(
        trigger=DEPOSIT_MATURING.name,
        customer_id=row["customer_id"],
        occurred_on=matures - timedelta(days=within),
        expires_on=matures,
        evidence=evidence,
        key=f"{row['product_id']}/{row['position_id'] or ''}/{matures.isoformat()}",
    )


def _salary_idle(night: _Night) -> Iterator[Event]:
    """The newest salary of the window, most of it unspent since, with more than two such salaries in demand."""
    limits = SALARY_IDLE.limits
    moved = night.rows("transactions", ("at_day", "at", "kind", "amount"), first=limits["oldest_days"])
    newest = _salaries(night, moved)
    spent = _spent_since(moved, newest)
    who = pa.array(list(newest), pa.string())
    demands = night.looked_up(night.features, who, "balance_demand")
    for (customer, (day, salary, _)), demand in zip(newest.items(), demands, strict=True):
        unspent = spent[customer] * 100 < salary * limits["spent_pct"]
        if unspent and demand is not None and demand > salary * limits["salaries_in_demand"]:
            evidence: Evidence = {
                "salary_fen": salary,
                "arrived_on": day.isoformat(),
                "spent_since_fen": spent[customer],
                "demand_fen": round(demand),
            }
            yield _event(SALARY_IDLE, customer, day, evidence, key=day.isoformat())


def _salaries(night: _Night, moved: pa.Table) -> dict[str, tuple[date, int, datetime]]:
    """Return by customer the newest day with salaries, their sum and the instant of the last."""
    paid = moved.filter(pc.and_(pc.equal(moved["kind"], "salary"), pc.greater(moved["amount"], 0)))
    last = pa.scalar(night.day(SALARY_IDLE.limits["newest_days"]), pa.date32())
    paid = paid.filter(pc.less_equal(paid["at_day"], last))
    by_day = paid.group_by(["customer_id", "at_day"]).aggregate([("amount", "sum"), ("at", "max")])
    rows = by_day.sort_by("at_day").to_pylist()
    return {row["customer_id"]: (row["at_day"], row["amount_sum"], row["at_max"]) for row in rows}


def _spent_since(moved: pa.Table, newest: dict[str, tuple[date, int, datetime]]) -> dict[str, int]:
    """Return by customer what has left the account after the newest salary, fen."""
    spent = dict.fromkeys(newest, 0)
    who = pa.array(list(newest), pa.string())
    gone = moved.filter(pc.and_(pc.less(moved["amount"], 0), pc.is_in(moved["customer_id"], value_set=who)))
    arrived = pa.array([at for _, _, at in newest.values()], pa.timestamp("us"))
    since = pc.take(arrived, pc.index_in(gone["customer_id"], value_set=who))
    late = gone.filter(pc.greater(gone["at"], since))
    for row in late.select(["customer_id", "amount"]).to_pylist():
        spent[row["customer_id"]] -= row["amount"]
    return spent


def _dormant_login(night: _Night) -> Iterator[Event]:
    """A login in the last days whose login before lies long back.

    Where no login before is at hand, the silence counts from the later of the bank's first login at hand and the
    opening of the account.
    """
    limits = DORMANT_LOGIN.limits
    within, quiet = limits["within_days"], limits["quiet_days"]
    fresh = _logins(night, first=within - 1, last=0)
    lately = _logins(night, first=quiet - 1, last=within)["customer_id"].combine_chunks()
    silent = fresh.filter(pc.invert(pc.is_in(fresh["customer_id"], value_set=lately)))
    if not silent.num_rows:
        return
    by_customer = silent.group_by("customer_id").aggregate([("at_day", "min")])
    who = by_customer["customer_id"].combine_chunks()
    before = last_seen(night.bank, _LOGIN, who, as_of=night.as_of, before=night.day(quiet - 1))
    first = first_seen(night.bank, _LOGIN, as_of=night.as_of)
    tenures = night.looked_up(night.profiles, who, "tenure_days")
    for row, previous, tenure in zip(by_customer.to_pylist(), before, tenures, strict=True):
        event = _silence(row["customer_id"], row["at_day_min"], previous or max(first, night.day(tenure)), previous)
        if event is not None:
            yield event


def _logins(night: _Night, *, first: int, last: int) -> pa.Table:
    events = night.rows("app_events", ("at_day", "kind"), first=first, last=last)
    return events.filter(pc.equal(events["kind"], "login"))


def _silence(customer: str, login: date, quiet_since: date, previous: date | None) -> Event | None:
    quiet_days = (login - quiet_since).days
    if quiet_days < DORMANT_LOGIN.limits["quiet_days"]:
        return None
    evidence: Evidence = {"login_on": login.isoformat(), "quiet_days": quiet_days}
    if previous is not None:
        evidence["previous_login_on"] = previous.isoformat()
    return _event(DORMANT_LOGIN, customer, login, evidence, key=login.isoformat())


def _near_tier(night: _Night) -> Iterator[Event]:
    people = night.profiles
    average, floor = people["aum_average"], people["next_tier_floor"]
    reached = pc.greater_equal(pc.multiply(average, 100), pc.multiply(floor, NEAR_TIER.limits["from_pct"]))
    near = people.filter(pc.and_(pc.is_valid(people["next_tier"]), pc.and_(reached, pc.less(average, floor))))
    columns = ("customer_id", "tier", "next_tier", "next_tier_floor", "aum_average", "aum_day", "aum_basis")
    for row in near.select(list(columns)).to_pylist():
        evidence: Evidence = {
            "aum_average_fen": row["aum_average"],
            "next_tier": row["next_tier"],
            "floor_fen": row["next_tier_floor"],
            "short_of_fen": row["next_tier_floor"] - row["aum_average"],
            "tier": row["tier"],
            "aum_basis": row["aum_basis"],
        }
        key = f"{row['next_tier']}/{row['aum_day'].strftime('%Y-%m')}"
        yield _event(NEAR_TIER, row["customer_id"], night.as_of, evidence, key=key)


def _funds_idle(night: _Night) -> Iterator[Event]:
    """Customers whose money lies on demand and who have bought nothing of late, each on a day of its own in 30.

    The days are spread by hash, so that people's desks do not fill on the first of the month.
    """
    limits, known = FUNDS_IDLE.limits, night.ours(night.features)
    lies = pc.greater_equal(known["balance_demand"], limits["demand_fen"])
    quiet = pc.equal(known[f"buy_count_{limits['without_purchase_days']}d"], 0)
    idle = known.filter(pc.and_(lies, quiet)).select(["customer_id", "balance_demand"])
    turns = limits["again_after_days"] * buckets(FUNDS_IDLE.name, map(str, idle["customer_id"].to_pylist()))
    for row, turn in zip(idle.to_pylist(), turns.tolist(), strict=True):
        evidence: Evidence = {
            "demand_fen": round(row["balance_demand"]),
            "quiet_days": limits["without_purchase_days"],
        }
        span, day = divmod(night.as_of.toordinal() + int(turn), limits["again_after_days"])
        if day < FUNDS_IDLE.lives_days:
            yield _event(FUNDS_IDLE, row["customer_id"], night.day(day), evidence, key=str(span))


def _event(trigger: Trigger, customer_id: str, day: date, evidence: Evidence, *, key: str) -> Event:
    return Event(
        trigger=trigger.name,
        customer_id=customer_id,
        occurred_on=day,
        expires_on=day + timedelta(days=trigger.lives_days),
        evidence=evidence,
        key=key,
    )


_FINDERS: Final[tuple[Callable[[_Night], Iterator[Event]], ...]] = (
    _large_inflow,
    _large_outflow,
    _deposit_maturing,
    _salary_idle,
    _dormant_login,
    _near_tier,
    _funds_idle,
)
