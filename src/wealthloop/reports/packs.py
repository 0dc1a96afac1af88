"""Weekly review 周复盘 and monthly committee: what ran, what was learned, what is proposed, whose turn it is.

A pack is made from the ledger, the bank's tables and the state plane; the same inputs make the same pack. Of a day that
later nights have followed it says how versions, signatures and leads stood when the day ended; of the newest night, how
they stand now.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import Engine
from wealthloop.kit import Home, day_end, day_of
from wealthloop.ledger import Disposition
from wealthloop.reports.calendar import CampaignNow, campaigns_now, load_calendar
from wealthloop.reports.lift import effects
from wealthloop.reports.types import StrategyReport
from wealthloop.reports.watch import LeadLine, Then, occasions_of, watch
from wealthloop.strategies.ending import Due, due
from wealthloop.strategies.history import versions_at
from wealthloop.strategies.life import HOLDS
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.parts import Words
from wealthloop.strategies.repository import held_in, versions
from wealthloop.strategies.turns import Turn, turn_of

Kind = Literal["week", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Something that people have to decide, from whatever finds it: an end that has come, a child to try."""

    what: Bilingual
    strategy_id: str
    version: int
    owner: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One version in the span: its state, and the contacts that it planned, by what became of them that night."""

    strategy_id: str
    version: int
    name: Words
    owner: str
    state: str
    verdict: str
    reason: str
    planned: int
    released: int
    withheld: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InCampaign:
    """A strategy that a campaign of the calendar names: how it stands, and what it planned since the campaign began."""

    campaign: CampaignNow
    strategy_id: str
    name: Words | None
    """None where the home holds no version of it."""
    state: str
    planned: int
    released: int
    withheld: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLine:
    """Whose turn a version waits for, since when, until when."""

    strategy_id: str
    version: int
    turn: Turn
    since: date
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything that a review reads, as of a day."""

    kind: Kind
    first: date
    as_of: date
    campaigns: tuple[CampaignNow, ...]
    in_campaigns: tuple[InCampaign, ...]
    ran: tuple[Ran, ...]
    learned: tuple[StrategyReport, ...]
    proposals: tuple[Proposal, ...]
    turns: tuple[TurnLine, ...]
    leads: tuple[LeadLine, ...]
    """Of the span."""
    today: tuple[LeadLine, ...]
    """Of the last day: the daily watch."""


def first_day(kind: Kind, as_of: date) -> date:
    """Return the Monday, or the first of the month, with which a span that ends on a day begins."""
    return as_of - timedelta(days=as_of.weekday()) if kind == "week" else as_of.replace(day=1)


def states_until(home: Home, as_of: date) -> datetime | None:
    """Return the end of a day that a later night has followed; None where what stands now is told of the day."""
    newest = home.current()
    return day_end(as_of, home.zone) if newest is not None and as_of < newest else None


def pack(
    bank: BankTables, engine: Engine, home: Home, *, kind: Kind, as_of: date, proposals: Sequence[Proposal] = ()
) -> Pack:
    """Return the pack of the week or month in which a day lies, up to and with it.

    Args:
        bank: the bank's tables.
        engine: what reads them.
        home: the home.
        kind: of the week from its Monday, or of the month from its first.
        as_of: the last day.
        proposals: what other rooms propose, as of ``states_until``; what has come to its end is added here.

    Raises:
        DocumentError: the home's calendar is broken.
    """
    first, calendar, until = first_day(kind, as_of), load_calendar(home), states_until(home, as_of)
    rows, answer = versions() if until is None else versions_at(until), timedelta(days=calendar.answer_within_days)
    ended = due(home, as_of, among=rows)
    is_due = {(one.strategy_id, one.version) for one in ended}
    own = [_of_end(one, as_of + answer) for one in ended]
    decided = ledger.read(home).filter(pc.field("as_of") <= as_of)
    campaigns = campaigns_now(bank, calendar, as_of=as_of)
    then = None if until is None else _then(rows, decided, as_of)
    return Pack(
        kind=kind,
        first=first,
        as_of=as_of,
        campaigns=campaigns,
        in_campaigns=tuple(line for one in campaigns for line in _in_campaign(one, rows, decided)),
        ran=_ran(home, rows, decided, first),
        learned=effects(bank, engine, home, as_of=as_of),
        proposals=tuple(sorted((*own, *proposals), key=lambda one: (one.due_on, one.strategy_id, one.version))),
        turns=_turns(home, rows, is_due, as_of, answer),
        leads=watch(first=first, last=as_of, then=then),
        today=watch(first=as_of, last=as_of, then=then),
    )


def _of_end(one: Due, due_on: date) -> Proposal:
    limit = one.limit.isoformat() if isinstance(one.limit, date) else f"{one.limit:,}"
    zh = {"max_days": f"{limit} 天已满", "max_units": f"已计划满 {limit} 位客户", "not_after": f"最后一日为 {limit}"}
    en = {
        "max_days": f"its {limit} days are over", "max_units": f"its {limit} customers are planned",
        "not_after": f"its last day was {limit}",
    }  # fmt: skip
    return Proposal(
        what=Bilingual(zh=f"结项：{zh[one.why]}", en=f"conclude: {en[one.why]}"),
        strategy_id=one.strategy_id, version=one.version, owner=one.owner, due_on=due_on,
    )  # fmt: skip


def _then(rows: Sequence[StrategyVersion], decided: pa.Table, as_of: date) -> Then:
    ran = [row for row in rows if row.state == StrategyState.RUNNING and row.launched_on and row.launched_on <= as_of]
    leads = frozenset(str(one) for one in decided["lead_id"].to_pylist() if one is not None)
    return Then(occasions=occasions_of(held_in(row)[0] for row in ran), planned=leads)


def _counts(decided: pa.Table, first: date) -> Counter[tuple[str, int, str]]:
    """Count the decisions from a day on by strategy, version and disposition."""
    found = decided.filter(pc.field("as_of") >= first)
    columns = (found[name].to_pylist() for name in ("strategy_id", "strategy_version", "disposition"))
    return Counter(zip(*columns, strict=True))


def _in_campaign(now: CampaignNow, rows: Sequence[StrategyVersion], decided: pa.Table) -> Iterator[InCampaign]:
    counts = _counts(decided, now.starts)
    for strategy_id in now.campaign.strategies:
        several = [row for row in rows if row.strategy_id == strategy_id]
        row = next((one for one in reversed(several) if one.state in HOLDS), several[-1] if several else None)
        made: Counter[str] = Counter()
        for (name, _, disposition), many in counts.items():
            made[disposition] += many * (name == strategy_id)
        yield InCampaign(
            campaign=now,
            strategy_id=strategy_id,
            name=None if row is None else Words.model_validate(row.document["name"]),
            state="" if row is None else row.state,
            planned=made.total(),
            released=made[Disposition.RELEASED],
            withheld=made[Disposition.WITHHELD],
        )


def _ran(home: Home, rows: Sequence[StrategyVersion], decided: pa.Table, first: date) -> tuple[Ran, ...]:
    counts = _counts(decided, first)
    planned: Counter[tuple[str, int]] = Counter()
    for (strategy_id, version, _), many in counts.items():
        planned[strategy_id, version] += many
    return tuple(
        Ran(
            strategy_id=row.strategy_id,
            version=row.version,
            name=Words.model_validate(row.document["name"]),
            owner=str(row.document["owner"]),
            state=row.state,
            verdict=row.verdict,
            reason=row.reason,
            planned=planned[row.strategy_id, row.version],
            released=counts[row.strategy_id, row.version, Disposition.RELEASED],
            withheld=counts[row.strategy_id, row.version, Disposition.WITHHELD],
        )
        for row in rows
        if planned[row.strategy_id, row.version] or _is_shown(home, row, first)
    )


def _is_shown(home: Home, row: StrategyVersion, first: date) -> bool:
    """Say whether a version without a contact in the span is told of: alive, or concluded in it."""
    if row.state == StrategyState.CONCLUDED and row.concluded_at is not None:
        return day_of(row.concluded_at, home.zone) >= first
    return row.state in {StrategyState.RUNNING, StrategyState.PAUSED}


def _turns(
    home: Home, rows: Sequence[StrategyVersion], is_due: set[tuple[str, int]], as_of: date, answer: timedelta
) -> tuple[TurnLine, ...]:
    found, until = [], states_until(home, as_of)
    for row in rows:
        turn = turn_of(row, is_due=(row.strategy_id, row.version) in is_due, until=until)
        if turn.who != "nobody":
            at = row.approved_at or row.submitted_at
            since = as_of if at is None or row.launched_on is not None else min(as_of, day_of(at, home.zone))
            found.append(
                TurnLine(
                    strategy_id=row.strategy_id, version=row.version, turn=turn, since=since, due_on=since + answer
                )
            )
    return tuple(sorted(found, key=lambda one: (one.due_on, one.strategy_id, one.version)))
