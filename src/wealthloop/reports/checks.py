"""The conditions under which an effect may be shown (I12): sample ratio, crossover, exact reconciliation."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.delivery.models import IntentState
from wealthloop.engines import Engine
from wealthloop.experiments import Arm, sample_ratio
from wealthloop.ledger import Disposition
from wealthloop.reports.planned import Units, first_drawn, first_planned, units_by_day
from wealthloop.reports.states import Reconciled, SentIntent
from wealthloop.reports.types import Check

_REACHED = (IntentState.CLAIMED, IntentState.SENT, IntentState.UNKNOWN)
_SENT_ROWS = (Disposition.RELEASED, Disposition.IMPORTED_SENT)


def sample_ratio_check(rows: pa.Table, arms: Sequence[Arm]) -> Check:
    """Test, over all days together, whether the arms have the sizes that the hash should give."""
    looks = units_by_day(rows, [arm.name for arm in arms])
    verdict = sample_ratio(looks, [arm.share for arm in arms])
    sizes = "、".join(f"{arm.name} {count:,}" for arm, count in zip(arms, verdict.counts, strict=True))
    english = sizes.replace("、", ", ")
    expected = " / ".join(f"{arm.share:.0%}" for arm in arms)
    return Check(
        name="sample_ratio",
        ok=verdict.ok,
        found=Bilingual(
            zh=f"各组客户数 {sizes}，应为 {expected}（随时有效 p = {verdict.p_value:.2g}）",
            en=f"customers by arm: {english}; expected {expected} (always-valid p = {verdict.p_value:.2g})",
        ),
    )


def reconciliation_check(rows: pa.Table, arms: Sequence[Arm], reconciled: Reconciled) -> Check:
    """Require planned = sent + withheld + suppressed + failed + unknown + expired + pending in each arm, exactly."""
    moved = sum(len(first) - first["other_arm"].null_count for first in (first_planned(rows), first_drawn(rows)))
    undeclared = _drawn(rows) - {(arm.name, round(arm.share, 9)) for arm in arms}
    ok = reconciled.ok and not moved and not undeclared
    lost, strangers, wrong = reconciled.lost, reconciled.strangers, reconciled.wrong
    return Check(
        name="reconciliation",
        ok=ok,
        found=Bilingual(
            zh="每组计划数等于各状态之和"
            if ok
            else f"账不平：{lost} 个决策没有发送意图，{strangers} 个意图没有决策，{wrong} 个去向不明，"
            f"{moved} 个客户换过组，组或占比与文档不符 {len(undeclared)} 处",
            en="planned equals the sum of the states in each arm"
            if ok
            else f"{lost} decisions without an intent, {strangers} intents without a decision, {wrong} of no known "
            f"disposition, {moved} customers in two arms, {len(undeclared)} arms or shares unlike the document",
        ),
    )


def outcome_check(table: str, *, told: bool) -> tuple[Check, ...]:
    """Fail where the bank does not give the table of the outcome: nobody would seem to have done what is counted."""
    if told:
        return ()
    found = Bilingual(
        zh=f"行内没有提供 {table} 表，无法计数", en=f"the bank does not give the table {table}, nothing can be counted"
    )
    return (Check(name="outcome", ok=False, found=found),)


def _drawn(rows: pa.Table) -> set[tuple[str, float]]:
    """Return the arms and shares from which the ledger's customers were drawn."""
    pairs = rows.group_by(["arm", "arm_share"]).aggregate([]).to_pylist()
    return {(row["arm"], round(row["arm_share"], 9)) for row in pairs}


def crossover_check(rows: pa.Table, units: Units, arms: Sequence[Arm], reached: set[str]) -> Check:
    """Require that nobody in control was treated (I10).

    Args:
        rows: the version's decisions.
        units: its customers.
        arms: its arms.
        reached: customers that a contact of this strategy reached (see ``reached_by_outbox``, ``reached_by_bank``).
    """
    control = [arm.name for arm in arms if arm.control]
    controls = set(units.only(units.in_arms(*control)).customer_id)
    of_control = pc.is_in(rows["arm"], value_set=pa.array(control, pa.string()))
    released = pc.is_in(rows["disposition"], value_set=pa.array([str(kind) for kind in _SENT_ROWS]))
    treated = pc.or_(released, rows["treated"])
    crossed = len(controls & reached) + int(pc.sum(pc.and_(of_control, treated)).as_py() or 0)
    return Check(
        name="crossover",
        ok=not crossed,
        found=Bilingual(
            zh=f"对照组中有 {crossed} 人次被触达" if crossed else "对照组无人被触达",
            en=f"{crossed} contacts reached control" if crossed else "nobody in control was contacted",
        ),
    )


def reached_by_outbox(intents: Mapping[str, SentIntent]) -> set[str]:
    """Return the customers whom the outbox sent something, or may have."""
    return {intent.customer_id for intent in intents.values() if intent.state in _REACHED}


def reached_by_bank(
    bank: BankTables, engine: Engine, units: Units, *, strategy_id: str, window_days: int, as_of: date
) -> set[str]:
    """Return the units whom the bank's own records show as contacted for the strategy within their outcome window."""
    contacts = bank.scan("contacts", as_of=as_of).filter(lambda c: c["strategy_id"] == strategy_id)
    table = engine.to_arrow(contacts.select("customer_id", "at_day"), name="contacts of a strategy")
    position = pc.index_in(table["customer_id"], value_set=pa.array(units.customer_id, pa.string()))
    ours = pc.is_valid(position).to_numpy()
    where = position.drop_null().to_numpy().astype(np.int64)
    since = table["at_day"].to_numpy().astype("datetime64[D]")[ours] - units.first_day[where]
    inside = (since > np.timedelta64(0, "D")) & (since <= np.timedelta64(timedelta(days=window_days)))
    return {units.customer_id[i] for i in where[inside]}
