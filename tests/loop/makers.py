"""Nights, leads, strategies and options made by hand for the tests of this room."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from tests.features.small_bank import MemoryBank, customer, day, noon
from tests.policies.build import facts, product
from wealthloop import ledger
from wealthloop.access.keys import person_keys
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import assign
from wealthloop.kit import Home, opening
from wealthloop.leads.repository import LeadView
from wealthloop.loop.audience import Audiences
from wealthloop.loop.catalogues import Catalogues
from wealthloop.loop.held import Held
from wealthloop.loop.options import Option, Possible, Surroundings
from wealthloop.loop.types import Night
from wealthloop.policies.facts import CHINA
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import Screening
from wealthloop.policies.types import Approval, Facts, ProductFacts, Verdict
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import Running
from wealthloop.strategies.load import shipped
from wealthloop.strategies.parts import Offering

AS_OF = date(2026, 11, 20)
TOMORROW = AS_OF + timedelta(days=1)
SALT = "salt-of-the-tests"
AT_WORK = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
"""09:30 of the morning after the night."""

CASH = product(product_id="CASH", category="cash_management")
_EVIDENCE: Mapping[str, dict[str, Any]] = {
    "salary_idle": {"salary_fen": 1_000_000, "arrived_on": "2026-11-15", "demand_fen": 3_000_000},
    "deposit_maturing": {"balance_fen": 8_000_000, "matures_on": "2026-11-28", "product_name": "三年定存"},
    "large_inflow": {"amount_fen": 6_000_000, "on": "2026-11-19"},
    "large_outflow": {"amount_fen": 6_000_000, "on": "2026-11-19"},
    "near_tier": {},
    "dormant_login": {},
}


def home_in(folder: Path) -> Home:
    """Make an empty simulated home with the tests' salt."""
    return Home.create(folder / "home", kind="simulated", bank_name="江南银行", salt=SALT)


def night_of(home: Home, engine: DuckDBEngine, bank: BankTables | None = None, *, as_of: date = AS_OF) -> Night:
    """Return a night over a bank, the empty one by default."""
    begins = opening(as_of + timedelta(days=1), home.zone)
    tables = bank if bank is not None else MemoryBank(engine, {})
    return Night(
        home=home, engine=engine, bank=tables, run_id="run", as_of=as_of, begins=begins,
        now=begins + timedelta(minutes=30),
    )  # fmt: skip


def running(strategy_id: str, **changes: Any) -> Running:  # noqa: ANN401 - any field of the document
    """Return a shipped strategy as a running version, some parts of its document changed."""
    document = next(one for one in shipped() if one.id == strategy_id).model_copy(update=changes)
    approval = Approval(author="li", approved_by="zhao", content_hash="h", approved_hash="h")
    return Running(
        strategy_id=strategy_id, version=1, document=document, approval=approval, launched_on=date(2026, 8, 1)
    )


def lead(customer_id: str = "C1", *, trigger: str = "salary_idle", age_days: int = 0) -> LeadView:
    """Return an open lead that was found so many days before AS_OF."""
    return LeadView(
        lead_id=f"{trigger}-{customer_id}",
        customer_id=customer_id,
        trigger=trigger,
        occurred_on=AS_OF - timedelta(days=age_days),
        found_on=AS_OF - timedelta(days=age_days),
        expires_on=AS_OF + timedelta(days=9),
        evidence=_EVIDENCE[trigger],
        state="open",
    )


def profile(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
    """Return the profile of a customer whom every shipped strategy is for."""
    return {
        "tier": "wealth", "lifecycle": "mature", "life_stage": "family", "staff_id": "S1", "aum_average": 90_000_000,
        "available_now": 5_000_000, "available_7d": 5_000_000, "available_30d": 12_000_000, "overdraft_room": 900_000,
        "suitability_level": "C3", "valid_until": date(2027, 2, 28),
    } | changes  # fmt: skip


def around(
    *products: ProductFacts,
    who: Facts | None = None,
    described: dict[str, Any] | None = None,
    min_amounts: Mapping[str, int] | None = None,
    offered: Catalogues | None = None,
    held: Held | None = None,
) -> Surroundings:
    """Return what is known around one customer, C1."""
    known = {"C1": who or facts()}
    row = {"customer_id": "C1", **(described or profile())}
    return Surroundings(
        facts=known,
        profiles={"C1": row},
        products=products or (CASH,),
        min_amounts=min_amounts or {},
        pack=load_pack(),
        held=held or Held(salt=SALT, planned={}, rivals={}),
        screening=Screening(known, now=opening(TOMORROW, CHINA), pack=load_pack()),
        audiences=audiences([row]),
        catalogues=offered or Catalogues(benefits={"B003": {"unit_cost": 2_000}}, activities={}),
    )


def audiences(rows: list[dict[str, Any]], **columns: Mapping[str, object]) -> Audiences:
    """Return the audiences among customers of some profiles, with columns of features, scores and tags by customer."""

    def look(_: object, name: str) -> pa.Table:
        known = columns.get(name.replace("/", "_"))
        ids = pa.array(list(known or {}), pa.string())
        return pa.table({"customer_id": ids} | ({} if known is None else {name: list(known.values())}))

    return Audiences(profiles=pa.Table.from_pylist(rows), look=look)


def possible(customer_id: str, strategy: Running, channel: str, *, trigger: str = "") -> Possible:
    """Return a contact that the rules allow."""
    return Possible(
        lead=lead(customer_id, trigger=trigger or strategy.document.triggers[0]),
        strategy=strategy,
        channel=channel,
        product=CASH,
        verdict=Verdict(allowed=True, hits=()),
        staff_id="S1" if channel == "rm" else None,
    )


def option(customer_id: str, strategy: Running, channel: str, value: int) -> Option:
    """Return an option that is worth so many fen."""
    return Option(
        possible=possible(customer_id, strategy, channel),
        uplift=0.1, uplift_low=0.05, uplift_high=0.15, p_contact=0.3, p_no_contact=0.2,
        amount=100, sale_value=10 * value, cost=0, model_version=None,
    )  # fmt: skip


def customers_in(strategy: Running, *, control: bool, salt: str = SALT) -> Iterator[str]:
    """Yield customers whom the experiment of a strategy puts into control, or into treatment."""
    for number in count():
        customer = f"C{number}"
        if assign(salt, strategy.experiment, customer, strategy.arms).control == control:
            yield customer


def some(customers: Iterator[str], many: int) -> list[str]:
    """Take so many."""
    return list(islice(customers, many))


def stand_in(value: object) -> Any:  # noqa: ANN401 - stands for whatever type is asked for
    """Give a simple object where only some of its attributes are read."""
    return cast("Any", value)


def home_tables(
    engine: DuckDBEngine,
    *,
    more: Mapping[str, list[dict[str, Any]]] | None = None,
    customers: Sequence[str] = ("C1",),
) -> MemoryBank:
    """Return a bank with customers whom every rule lets idle-salary and maturity-care contact, and CASH and FIXED."""
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [customer(who) for who in customers],
        "consents": [
            {"customer_id": who, "purpose": purpose, "channel": "*", "state": "granted", "at_day": day(100)}
            for who in customers
            for purpose in ("marketing", "personalisation")
        ],
        "suitability": [
            {"customer_id": who, "level": "C3", "lowest_class": False, "assessed_at": day(60)} for who in customers
        ],
        "channel_identities": [
            {"customer_id": who, "channel": channel, "address_token": b"x", "bound_at": noon(day(300))}
            for who in customers
            for channel in ("app_push", "sms", "wechat")
        ],
        "staff": [
            {"staff_id": "S1", "role": "rm", "branch_id": "B1", "daily_capacity": 10, "qualified_for": "investment"}
        ],
        "book_assignments": [{"customer_id": who, "rm_id": "S1", "from": day(300), "to": None} for who in customers],
        "benefits": [{"benefit_id": "B003", "name": "到期承接礼", "unit_cost": 2_000, "stock": 5}],
        "products": [
            {
                "product_id": name, "name": name, "category": category, "regime": "investment", "issuer_risk": "R2",
                "seller_risk": "R2", "private": False, "on_sale_from": day(300),
            }
            for name, category in (("CASH", "cash_management"), ("FIXED", "fixed_income_wm"))
        ],
    }  # fmt: skip
    return MemoryBank(engine, {**rows, **(more or {})})


def giving(**offer: str) -> Running:
    """Return a running version that sells nothing and gives a piece of B003, or what else it is told to promise."""
    promised = Offering(closing="app", **(offer or {"benefit_id": "B003"}))
    return running("birthday-benefits", triggers=("near_tier",), offer=promised)


def launch_giving(*triggers: str, **offer: str) -> None:
    """Launch birthday-benefits with a piece of B003, or with what else it is told to promise."""
    document = next(one for one in shipped() if one.id == "birthday-benefits")
    content = document.model_dump(mode="json") | {"offer": giving(**offer).document.offer.model_dump(mode="json")}
    if triggers:
        content["triggers"] = list(triggers)
        for script in content["card"].values():
            script["why_now"] = dict.fromkeys(triggers, "-")
    row = life.submit(Strategy.model_validate(content), "li", AT_WORK)
    life.approve(row.strategy_id, row.version, "zhao", AT_WORK)
    life.launch(row.strategy_id, row.version, "zhao", AT_WORK, on=date(2026, 8, 1))


def launch(*strategy_ids: str) -> None:
    """Submit, approve and launch shipped strategies."""
    for document in shipped():
        if document.id in strategy_ids:
            row = life.submit(document, "li", AT_WORK)
            life.approve(document.id, row.version, "zhao", AT_WORK)
            life.launch(document.id, row.version, "zhao", AT_WORK, on=date(2026, 8, 1))


def write_released(
    home: Home, contacts: Sequence[tuple[str, str]], *, as_of: date = AS_OF, run_id: str = "run1", version: int = 1
) -> None:
    """Write a run of the ledger that released birthday-benefits' contacts: (decision, customer) each."""
    keys = person_keys([customer for _, customer in contacts])
    rows = [
        {
            "decision_id": decision, "run_id": run_id, "as_of": as_of, "person_key": keys[customer],
            "strategy_id": "birthday-benefits", "strategy_version": version, "arm": "contact", "arm_share": 0.5,
            "treated": True, "disposition": ledger.Disposition.RELEASED, "channel": "sms", "refill": False,
            "propensity": 1.0,
        }
        for decision, customer in contacts
    ]  # fmt: skip
    ledger.write(home, run_id, pa.Table.from_pylist(rows, schema=ledger.DECISIONS))
