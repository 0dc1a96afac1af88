"""Why a customer got what a night planned, why not something else, and what would have to change.

What was decided comes from the ledger, with its own values, prices and draws. What else there was is found by
rehearsing the night as it stood before its leads: who forbade it, whose turn it was not, or by how much it fell short
at the night's prices: those that the ledger keeps of it or, where it keeps none, those of the rehearsed plan of the
whole bank, without standing experiments between ways to choose.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.access.keys import known_keys
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.kit import Home
from wealthloop.leads.repository import LeadView
from wealthloop.loop.audience import answers, members
from wealthloop.loop.enrol import may_enter
from wealthloop.loop.prices import kept_prices
from wealthloop.rehearsal.candidate import must_be_known
from wealthloop.rehearsal.choices import choices_of
from wealthloop.rehearsal.considered import considered
from wealthloop.rehearsal.explained import Absence, Absent, Decision, Why
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.priced import Priced
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import Scene, scene_of
from wealthloop.strategies.life import Running, running

_LAST: Final = 10
"""Decisions of the past that are told."""


def why(home: Home, bank: BankTables, engine: Engine, customer_id: str, *, as_of: date) -> Why:
    """Explain a customer's night; nothing is written.

    Args:
        home: the bank's home, its state plane open.
        bank: its tables.
        engine: what they lie on.
        customer_id: the customer.
        as_of: the day of the night, of which the ledger need not know anything yet.

    Raises:
        InvalidInput: the tables do not reach the day.
        NotFound: no such customer on that day.
    """
    must_be_known(as_of, bank.last_day())
    strategies = running(as_of)
    decisions = _decisions(home, customer_id, as_of)
    tonight = next((one for one in decisions if one.as_of == as_of), None)
    with night_at(home, bank, engine, as_of=as_of) as night:
        leads = standing_leads(night, strategies)
        theirs = [lead for lead in leads if lead.customer_id == customer_id]
        scene = scene_of(night, [*leads, *([] if theirs else [_nothing(customer_id, as_of)])], strategies)
        if customer_id not in scene.around.profiles:
            raise NotFound(f"customer == {customer_id}: not in the bank's tables of {as_of}")
        run_id = night.run_id if tonight is None else tonight.run_id
        priced = Priced(scene, leads, strategies, kept=kept_prices(home, run_id))
        mine = list(considered(night, theirs, strategies, scene.around))
        choices = [one for several in mine for one in choices_of(several, scene, priced, tonight)]
        met = {several[0].strategy.strategy_id for several in mine}
        absent = [_absent(one, theirs, scene) for one in strategies if one.strategy_id not in met]
    return Why(
        customer_id=customer_id, as_of=as_of, decisions=decisions, absent=tuple(absent), prices_kept=priced.kept,
        choices=tuple(sorted(choices, key=lambda one: (one.state != "chosen", -(one.value or 0)))),
    )  # fmt: skip


def _nothing(customer_id: str, as_of: date) -> LeadView:
    """Return a lead of no occasion, so that a customer without any is known all the same."""
    return LeadView(
        lead_id="", customer_id=customer_id, trigger="", occurred_on=as_of, found_on=as_of, expires_on=as_of,
        evidence={}, state="open",
    )  # fmt: skip


def _decisions(home: Home, customer_id: str, as_of: date) -> tuple[Decision, ...]:
    key = known_keys([customer_id]).get(customer_id)
    if key is None:
        return ()
    rows = ledger.read(home)
    mine = pc.and_(
        pc.equal(rows["person_key"], pa.scalar(key)), pc.less_equal(rows["as_of"], pa.scalar(as_of, pa.date32()))
    )
    names = list(Decision.__dataclass_fields__)
    found = rows.filter(mine).select(names).to_pylist()
    return tuple(Decision(**row) for row in reversed(found))[:_LAST]


def _absent(strategy: Running, theirs: Sequence[LeadView], scene: Scene) -> Absent:
    """Return why a strategy had nothing for the customer, the first reason in the order of the night."""
    night, around = scene.night, scene.around
    occasions = [lead for lead in theirs if answers(strategy, lead)]
    customer = next((lead.customer_id for lead in occasions), "")
    checks: tuple[tuple[bool, Absence], ...] = (
        (around.catalogues.hold(strategy.document.offer), "catalogue"),
        (bool(occasions), "no_occasion"),
        (customer in members([strategy], around.audiences)[0], "audience"),
        (may_enter(strategy, customer, salt=night.home.settings.salt, as_of=night.as_of), "ramp"),
    )
    return Absent(
        strategy_id=strategy.strategy_id, version=strategy.version,
        why=next((why for holds, why in checks if not holds), "held"),
    )  # fmt: skip
