"""When a standing experiment's effect may be shown: arms as drawn, nobody crossed over, nothing lost."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models.functions import Coalesce

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.experiments import sample_ratio
from wealthloop.kit import Home, day_end, day_start
from wealthloop.ledger import Disposition
from wealthloop.reports.standingunits import Members, ever_in
from wealthloop.reports.types import Check
from wealthloop.strategies.designs import StandingDesign

_REACHED = (IntentState.CLAIMED, IntentState.SENT, IntentState.UNKNOWN)


def standing_checks(
    bank: BankTables, home: Home, design: StandingDesign, members: Members, *, as_of: date
) -> tuple[Check, ...]:
    """Return the checks of a design as of a day."""
    decisions = ledger.read(home)
    crossed = _crossed(bank, home, design, members, as_of) if design.withholds else _astray(home, design, decisions)
    return (_ratio(design, members), _crossover(crossed), _reconciled(design, decisions))


def _ratio(design: StandingDesign, members: Members) -> Check:
    clusters = design.unit != "customer"
    counts = [len(members.clusters_of(place)) if clusters else int((members.arm == place).sum()) for place in (0, 1)]
    verdict = sample_ratio(np.array([counts]), [arm.share for arm in design.arms])
    sizes = ", ".join(f"{arm.name} {count:,}" for arm, count in zip(design.arms, counts, strict=True))
    return Check(
        name="sample_ratio", ok=verdict.ok,
        found=Bilingual(
            zh=f"各组单位数 {sizes.replace(', ', '、')}（p = {verdict.p_value:.2g}）",
            en=f"units by arm: {sizes} (p = {verdict.p_value:.2g})"
        ),
    )  # fmt: skip


def _crossover(crossed: int) -> Check:
    return Check(
        name="crossover", ok=not crossed,
        found=Bilingual(
            zh=f"有 {crossed} 次触达落在不该触达的组" if crossed else "没有触达落在不该触达的组",
            en=f"{crossed} contacts reached the wrong arm" if crossed else "no contact crossed the arms",
        ),
    )  # fmt: skip


def _reconciled(design: StandingDesign, decisions: pa.Table) -> Check:
    """Require that every contact that it held back was withheld in the ledger, and has no intent."""
    held = decisions.filter(pc.equal(decisions["held_by"], pa.scalar(design.design_id)))
    ids = [str(one) for one in held["decision_id"].to_pylist()]
    wrong = sum(one != Disposition.WITHHELD for one in held["disposition"].to_pylist())
    wrong += sum(Intent.objects.filter(intent_id__in=ids[at : at + 500]).count() for at in range(0, len(ids), 500))
    return Check(
        name="reconciliation", ok=not wrong,
        found=Bilingual(
            zh=f"留出的 {len(ids):,} 个计划中有 {wrong} 个未被留住",
            en=f"{wrong} of {len(ids):,} contacts held back were not withheld",
        ),
    )  # fmt: skip


def _crossed(bank: BankTables, home: Home, design: StandingDesign, members: Members, as_of: date) -> int:
    """Count the contacts of the quarter that reached the arm without them; who has become exempt may be contacted."""
    last = min(as_of + timedelta(days=1), design.ends)
    opens, closes = day_start(design.begins, home.zone), day_end(last, home.zone)
    left = Intent.objects.filter(state__in=_REACHED).alias(left_at=Coalesce("finished_at", "claimed_at"))
    sent = left.filter(left_at__gte=opens, left_at__lt=closes)
    if design.strategies:
        sent = sent.filter(strategy_id__in=design.strategies)
    if design.kind == "by_hand":
        sent = sent.filter(channel="rm")
    if design.unit == "rm":
        managers = sent.values_list("staff_id", flat=True)
        return sum(_is_control(design, home, staff) for staff in managers if staff)
    other = members.in_arm(1)
    spared = set(other) - ever_in(bank, other, design.exempt_tiers, as_of=as_of)
    return sum(customer in spared for customer in sent.values_list("customer_id", flat=True))


def _is_control(design: StandingDesign, home: Home, unit: str) -> bool:
    arm = design.arm_of(home.settings.salt, unit)
    return arm is not None and arm.control


def _astray(home: Home, design: StandingDesign, decisions: pa.Table) -> int:
    """Count the choices of a market for customers of another."""
    names = [f"{design.design_id}/{arm.name}" for arm in design.arms]
    ours = pc.is_in(decisions["market"], value_set=pa.array(names, pa.string()))
    chosen = decisions.filter(ours).select(["person_key", "market"])
    customers = customers_of({str(key) for key in chosen["person_key"].to_pylist()})
    return sum(_strays(home, design, customers, chosen))


def _strays(home: Home, design: StandingDesign, customers: dict[str, str], chosen: pa.Table) -> Iterator[bool]:
    for row in chosen.to_pylist():
        customer = customers.get(row["person_key"])
        if customer is not None:
            arm = design.arm_of(home.settings.salt, customer)
            yield arm is None or row["market"] != f"{design.design_id}/{arm.name}"
