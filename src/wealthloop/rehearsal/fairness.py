"""The fairness of some nights, gathered from what they kept: desks, envy, branches and their floors, the unheld."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import insight, ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.feedback.picking import by_person
from wealthloop.feedback.picking import shown as cards_shown
from wealthloop.kit import Home
from wealthloop.leads.models import LeadState
from wealthloop.leads.repository import LeadView, listed
from wealthloop.loop.models import Run
from wealthloop.loop.onemore import OneMore, one_more
from wealthloop.rehearsal.planworth import PlanWorth, plan_worth
from wealthloop.rehearsal.unheld import Unheld, channels_open, unheld
from wealthloop.reports.envy import MARGIN, Envy, Spread, envy, spread
from wealthloop.reports.fairness import Branch, Contact, Desk, Held, branches, contacts_of, desks, had_room, reached

_PICKING: Final = timedelta(days=90)
"""How far back it is looked whose cards are taken up: a card of the night itself has not been worked yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """How one branch or strategy stood to its floor over the nights."""

    kind: str
    """``branch`` or ``strategy``."""
    name: str
    """Its id."""
    least: int
    """Of the newest night."""
    nights: int
    missed: int
    why: Mapping[str, int]
    """Nights on which it was missed, by reason (``ledger.FloorReason``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """Who had how much in some nights."""

    since: date
    as_of: date
    nights: int
    desks: tuple[Desk, ...]
    value: Spread
    cards: Spread
    envy: tuple[Envy, ...]
    branches: tuple[Branch, ...]
    floors: tuple[Floor, ...]
    plan: PlanWorth
    """What the nights' plans were worth, and what they gave up."""
    unheld: Unheld
    picking: tuple[str, ...]
    """Desks on which, over ninety days, rich customers are surely taken up more than their place explains."""
    more: tuple[OneMore, ...]
    """What one more of each thing would have been worth on the newest night; empty where it kept no prices."""


def fairness(home: Home, bank: BankTables, engine: Engine, *, since: date, as_of: date) -> Fairness:
    """Say who had how much in the nights of some days; books, branches and staff are those of the last of them.

    Args:
        home: the bank's home, its state plane open.
        bank: its tables.
        engine: what they lie on.
        since: the day of the first night.
        as_of: the day of the last.

    Raises:
        InvalidInput: the days are the wrong way round.
        NotFound: no night of these days has planned, or the last day's profiles are not kept.
    """
    if since > as_of:
        raise InvalidInput(f"since == {since}, must not be after {as_of}")
    runs = list(Run.objects.filter(as_of__gte=since, as_of__lte=as_of).exclude(ledger_hash="").order_by("as_of"))
    if not runs or runs[-1].as_of != as_of:
        raise NotFound(f"no night of {as_of} has planned, run one with 'wealthloop run --as-of {as_of}'")
    decisions = _of_runs(ledger.read(home), [run.run_id for run in runs])
    contacts = contacts_of(decisions, customers_of({str(key) for key in decisions["person_key"].to_pylist()}))
    held = _held(home, as_of)
    room = _room(home, runs)
    every = desks(contacts, _managers(bank, as_of), room, held)
    open_desks = had_room(every)
    return Fairness(
        since=since,
        as_of=as_of,
        nights=len(runs),
        desks=tuple(every),
        value=spread([one.value for one in open_desks]),
        cards=spread([one.cards for one in open_desks]),
        envy=tuple(envy(open_desks, contacts, held)),
        branches=tuple(branches(contacts, held)),
        floors=_floors(home, runs),
        plan=plan_worth([_plan_counts(run) for run in runs]),
        unheld=_unheld(home, bank, engine, contacts, held, since=since, as_of=as_of),
        picking=_picking(as_of),
        more=_more(home, runs[-1].run_id),
    )


def _of_runs(decisions: pa.Table, run_ids: Sequence[str]) -> pa.Table:
    return decisions.filter(pc.is_in(decisions["run_id"], value_set=pa.array(run_ids, pa.string())))


def _held(home: Home, as_of: date) -> dict[str, Held]:
    rows = insight.load(home, as_of).select(["customer_id", "staff_id", "branch_id"]).to_pylist()
    return {row["customer_id"]: Held(staff_id=row["staff_id"], branch_id=row["branch_id"]) for row in rows}


def _managers(bank: BankTables, as_of: date) -> dict[str, str | None]:
    """Return the branch of every relationship manager."""
    if not bank.has("staff"):
        return {}
    staff = bank.read("staff", ("staff_id", "role", "branch_id"), as_of=as_of).to_pylist()
    return {str(row["staff_id"]): row["branch_id"] for row in staff if row["role"] == "rm"}


def _room(home: Home, runs: Sequence[Run]) -> dict[str, int] | None:
    """Return the cards for which the nights had room, by manager; None where a night kept nothing of it."""
    room: Counter[str] = Counter()
    for run in runs:
        try:
            rows = ledger.read_prices(home, run.run_id).to_pylist()
        except NotFound:
            return None
        room.update(
            {row["resource"].removeprefix("rm:"): row["capacity"] for row in rows if row["resource"].startswith("rm:")}
        )
    return dict(room)


def _floors(home: Home, runs: Sequence[Run]) -> tuple[Floor, ...]:
    nights, why = Counter[str](), dict[str, Counter[str]]()
    least: dict[str, int] = {}
    for run in runs:
        for row in ledger.read_floors(home, run.run_id).to_pylist():
            name = row["group"]
            nights[name] += 1
            least[name] = row["least"]
            why.setdefault(name, Counter()).update([row["why"]] if row["why"] else [])
    return tuple(
        Floor(
            kind=name.partition(":")[0], name=name.partition(":")[2], least=least[name], nights=nights[name],
            missed=why[name].total(), why=dict(why[name]),
        )
        for name in sorted(least)
    )  # fmt: skip


def _plan_counts(run: Run) -> dict[str, int]:
    step = run.steps.filter(name="plan").first()
    return {} if step is None else step.counts


def _unheld(
    home: Home, bank: BankTables, engine: Engine, contacts: Sequence[Contact], held: Mapping[str, Held],
    *, since: date, as_of: date,
) -> Unheld:  # fmt: skip
    alone = {customer for customer, one in held.items() if one.staff_id is None}
    leads = [lead for lead in _standing(home, since, as_of) if lead.customer_id in alone]
    with_lead = {lead.customer_id for lead in leads}
    contacted = {one.customer_id for one in contacts if one.released and one.customer_id in with_lead}
    missed = [lead for lead in leads if lead.customer_id not in contacted]
    channels = channels_open(home, bank, engine, missed, as_of=as_of) if missed else {}
    return unheld(
        len(alone), with_lead, {str(one) for one in contacted}, reached(contacts, with_lead)[1], channels
    )  # fmt: skip


def _standing(home: Home, since: date, as_of: date) -> list[LeadView]:
    """Return the leads that stand on a day or were planned since another; those that are over or done are not."""
    before = pc.less(pc.field("as_of"), pa.scalar(since, pa.date32()))
    planned = set(ledger.read(home).filter(before)["lead_id"].to_pylist())
    return [
        lead for lead in listed(as_of) if lead.state != LeadState.EXPIRED and lead.lead_id not in planned
    ]  # fmt: skip


def _picking(as_of: date) -> tuple[str, ...]:
    picked = by_person(cards_shown(None, since=as_of - _PICKING, until=as_of))
    return tuple(one.staff_id for one in picked if one.richer is not None and one.richer[1] > 0)


def _more(home: Home, run_id: str) -> tuple[OneMore, ...]:
    try:
        return one_more(home, run_id)
    except NotFound:
        return ()


def fairness_json(found: Fairness) -> dict[str, Any]:
    """Return the report as JSON values; money in fen."""
    return {
        "since": found.since.isoformat(),
        "as_of": found.as_of.isoformat(),
        "nights": found.nights,
        "kind": "expected, as planned; observational",
        "desks": [
            asdict(one)
            | {"load": one.load, "value_per_card": one.value_per_card, "share_touched": one.share_touched}
            for one in found.desks
        ],
        "spread": {"value": asdict(found.value), "cards": asdict(found.cards)},
        "envy": {"margin": MARGIN, "managers": [asdict(one) for one in found.envy]},
        "branches": [
            asdict(one)
            | {"contacts_per_thousand": one.contacts_per_thousand, "value_per_thousand": one.value_per_thousand}
            for one in found.branches
        ],
        "plan": {f"{name}_fen": value for name, value in asdict(found.plan).items() if name != "lotteries"}
        | {"gap_fen": found.plan.gap, "lotteries": found.plan.lotteries},
        "floors": {"cost_fen": found.plan.floors, "groups": [asdict(one) for one in found.floors]},
        "unheld": asdict(found.unheld) | {"other": found.unheld.other},
        "picks_the_rich": list(found.picking),
        "one_more": [
            {
                "resource": one.resource, "capacity": one.capacity, "used": one.used, "worth_fen": one.worth,
                "zh": one.said.zh, "en": one.said.en,
            }
            for one in found.more
        ],
    }  # fmt: skip
