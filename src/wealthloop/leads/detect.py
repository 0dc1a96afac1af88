"""Finding the moments: six triggers over the bank's tables as they were known at the end of a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

import ibis
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features import snapshot_days
from wealthloop.leads.triggers import (
    DEPOSIT_MATURING,
    DORMANT_LOGIN,
    LARGE_INFLOW,
    LARGE_OUTFLOW,
    NEAR_TIER,
    SALARY_IDLE,
    Trigger,
)

Evidence: TypeAlias = dict[str, int | str | float]


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
    engine: Engine
    as_of: date
    features: Expr
    profiles: Expr

    def scan(self, table: str) -> Expr:
        return self.bank.scan(table, as_of=self.as_of)

    def rows(self, expr: Expr, name: str) -> list[dict[str, Any]]:
        return self.engine.to_arrow(expr, name=name).to_pylist()

    def day(self, before: int) -> Expr:
        """The day that many days before ``as_of``, as a literal."""
        return ibis.literal(self.as_of - timedelta(days=before))


def detect(bank: BankTables, engine: Engine, *, as_of: date, features: pa.Table, profiles: pa.Table) -> list[Event]:
    """Find every event as of a day.

    Args:
        bank: the bank's tables; only rows known at 24:00 of ``as_of`` count.
        engine: evaluates the expressions.
        as_of: the last day that counts.
        features: the features of that day.
        profiles: the profiles of that day; a customer without a row there is left out.

    Returns:
        Events by trigger, customer and key.
    """
    night = _Night(
        bank=bank,
        engine=engine,
        as_of=as_of,
        features=engine.from_arrow(features),
        profiles=engine.from_arrow(profiles),
    )
    found = [event for find in _FINDERS for event in find(night)]
    return sorted(found, key=lambda event: (event.trigger, event.customer_id, event.key))


def _large_inflow(night: _Night) -> Iterator[Event]:
    moved = night.scan("transactions")
    outside = moved["kind"].isin(("salary", "transfer_in", "cash")) & (moved["amount"] > 0)
    return _large_flow(night, LARGE_INFLOW, moved.filter(outside))


def _large_outflow(night: _Night) -> Iterator[Event]:
    moved = night.scan("transactions")
    outside = moved["kind"].isin(("transfer_out", "cash")) & (moved["amount"] < 0)
    return _large_flow(night, LARGE_OUTFLOW, moved.filter(outside))


def _large_flow(night: _Night, trigger: Trigger, moved: Expr) -> Iterator[Event]:
    """Days of the last few whose flow is large: in yuan, and against the customer's AUM where that is known."""
    limits = trigger.limits
    recent = moved.filter((moved["at_day"] > night.day(limits["within_days"])) & (moved["at_day"] <= night.day(0)))
    by_day = recent.group_by("customer_id", "at_day").aggregate(
        amount=recent["amount"].sum().abs().cast("int64"),
        largest=recent["amount"].abs().max().cast("int64"),
        times=recent.count().cast("int64"),
    )
    known = by_day.inner_join(night.profiles.select("customer_id", "aum_average"), "customer_id")
    share = ibis.coalesce(known["aum_average"], 0) * limits["share_of_aum_pct"]
    large = known.filter((known["amount"] >= limits["amount_fen"]) & (known["amount"] * 100 >= share))
    for row in night.rows(large, trigger.name):
        evidence: Evidence = {
            "amount_fen": row["amount"],
            "largest_fen": row["largest"],
            "transactions": row["times"],
            "on": row["at_day"].isoformat(),
        }
        if row["aum_average"] is not None:
            evidence["aum_average_fen"] = row["aum_average"]
        yield _event(trigger, row["customer_id"], row["at_day"], evidence, key=row["at_day"].isoformat())


def _deposit_maturing(night: _Night) -> Iterator[Event]:
    days = snapshot_days(night.bank, night.engine, as_of=night.as_of)
    if days is None:
        return
    limits = DEPOSIT_MATURING.limits
    held = night.scan("holdings")
    soon = (held["maturity_date"] > night.day(0)) & (held["maturity_date"] <= night.day(-limits["within_days"]))
    due = held.filter((held["as_of"] == ibis.literal(days.newest)) & soon & (held["balance"] >= limits["balance_fen"]))
    products = night.scan("products")
    deposits = products.filter(products["regime"] == "deposit").select("product_id", "category", product_name="name")
    ours = due.inner_join(deposits, "product_id").inner_join(night.profiles.select("customer_id"), "customer_id")
    for row in night.rows(ours, DEPOSIT_MATURING.name):
        yield _maturing(row, within=limits["within_days"])


def _maturing(row: dict[str, Any], *, within: int) -> Event:
    matures: date = row["maturity_date"]
    evidence: Evidence = {
        "balance_fen": row["balance"],
        "matures_on": matures.isoformat(),
        "product_id": row["product_id"],
        "product_name": row["product_name"],
        "category": row["category"],
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
    moved = night.scan("transactions")
    moved = moved.filter((moved["at_day"] >= night.day(limits["oldest_days"])) & (moved["at_day"] <= night.day(0)))
    paid = moved.filter((moved["kind"] == "salary") & (moved["amount"] > 0))
    paid = paid.filter(paid["at_day"] <= night.day(limits["newest_days"]))
    by_day = paid.group_by("customer_id", "at_day").aggregate(
        salary=paid["amount"].sum().cast("int64"), arrived=paid["at"].max()
    )
    window = ibis.window(group_by="customer_id", order_by=by_day["at_day"].desc())
    newest = by_day.mutate(rank=ibis.row_number().over(window))
    newest = newest.filter(newest["rank"] == 0).drop("rank")
    gone = moved.filter(moved["amount"] < 0).select(who="customer_id", gone_at="at", gone="amount")
    since = newest.left_join(gone, [newest["customer_id"] == gone["who"], gone["gone_at"] > newest["arrived"]])
    spent = since.group_by("customer_id", "at_day", "salary").aggregate(
        spent=(-ibis.coalesce(since["gone"], 0)).sum().cast("int64")
    )
    demand = night.features.select("customer_id", demand=night.features["balance_demand"])
    known = spent.inner_join(demand, "customer_id")
    known = known.inner_join(night.profiles.select("customer_id"), "customer_id")
    unspent = known["spent"] * 100 < known["salary"] * limits["spent_pct"]
    plenty = ~known["demand"].isnan() & (known["demand"] > known["salary"] * limits["salaries_in_demand"])
    for row in night.rows(known.filter(unspent & plenty), SALARY_IDLE.name):
        evidence: Evidence = {
            "salary_fen": row["salary"],
            "arrived_on": row["at_day"].isoformat(),
            "spent_since_fen": row["spent"],
            "demand_fen": round(row["demand"]),
        }
        yield _event(SALARY_IDLE, row["customer_id"], row["at_day"], evidence, key=row["at_day"].isoformat())


def _dormant_login(night: _Night) -> Iterator[Event]:
    """A login in the last days whose login before lies long back.

    Where no login before is at hand, the silence counts from the later of the bank's first login at hand and the
    opening of the account.
    """
    limits = DORMANT_LOGIN.limits
    events = night.scan("app_events")
    logins = events.filter((events["kind"] == "login") & (events["at_day"] <= night.day(0)))
    fresh = logins["at_day"] > night.day(limits["within_days"])
    split = logins.group_by("customer_id").aggregate(
        login=fresh.ifelse(logins["at_day"], ibis.null("date")).min(),
        previous=fresh.ifelse(ibis.null("date"), logins["at_day"]).max(),
    )
    known = split.filter(split["login"].notnull()).inner_join(
        night.profiles.select("customer_id", "tenure_days"), "customer_id"
    )
    first = night.rows(logins.aggregate(day=logins["at_day"].min()), "first login")[0]["day"]
    for row in night.rows(known, DORMANT_LOGIN.name):
        event = _silence(row, first, as_of=night.as_of)
        if event is not None:
            yield event


def _silence(row: dict[str, Any], first: date, *, as_of: date) -> Event | None:
    login: date = row["login"]
    opened = as_of - timedelta(days=row["tenure_days"])
    quiet_since: date = row["previous"] or max(first, opened)
    quiet_days = (login - quiet_since).days
    if quiet_days < DORMANT_LOGIN.limits["quiet_days"]:
        return None
    evidence: Evidence = {"login_on": login.isoformat(), "quiet_days": quiet_days}
    if row["previous"] is not None:
        evidence["previous_login_on"] = row["previous"].isoformat()
    return _event(DORMANT_LOGIN, row["customer_id"], login, evidence, key=login.isoformat())


def _near_tier(night: _Night) -> Iterator[Event]:
    people = night.profiles.filter(night.profiles["next_tier"].notnull() & night.profiles["aum_average"].notnull())
    average, floor = people["aum_average"], people["next_tier_floor"]
    near = people.filter((average * 100 >= floor * NEAR_TIER.limits["from_pct"]) & (average < floor))
    columns = ("customer_id", "tier", "next_tier", "next_tier_floor", "aum_average", "aum_day", "aum_basis")
    for row in night.rows(near.select(*columns), NEAR_TIER.name):
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
)
