"""A pack in words: the same sections for the page and for the Markdown file, in Chinese or English."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wealthloop.delivery.content import Bilingual
from wealthloop.experiments import experiment_id
from wealthloop.kit import compact
from wealthloop.reports.calendar import CampaignNow
from wealthloop.reports.packs import InCampaign, Pack, Ran, TurnLine
from wealthloop.reports.types import ArmEffect, StrategyReport
from wealthloop.reports.watch import LeadLine
from wealthloop.strategies.parts import Language, Words

DASH: Final = "–"
_SMALL: Final = 10
"""Counts below it are hidden from a reader who does not see every customer (I19)."""

Word = Callable[[str, str], str]
"""Names a code of a kind (``trigger``, ``strategy_state``, ``signature`` ...) in the reader's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a pack: a table with its title, or why there is none. Every row has a cell for each column."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a pack is put into words."""

    language: Language
    word: Word
    whole: bool
    """They see every customer, so that small counts need not be hidden."""

    def pick(self, text: Bilingual | Words) -> str:
        """Return a text in the reader's language."""
        return text.zh if self.language == "zh-hans" else text.en

    def count(self, many: int) -> str:
        """Return a count of customers or leads, a small one hidden where it must be."""
        return f"<{_SMALL}" if 0 < many < _SMALL and not self.whole else f"{many:,}"


_TITLES: Final[Mapping[str, tuple[Bilingual, Bilingual, Bilingual]]] = {
    "calendar": (
        Bilingual(zh="营销日历", en="Campaign calendar"),
        Bilingual(zh="活动|负责人|开始|结束|签齐日|状态", en="Campaign|Owner|Starts|Ends|All signed by|Stands"),
        Bilingual(zh="90 天内没有活动。", en="No campaign within 90 days."),
    ),
    "branches": (
        Bilingual(zh="网点目标与结果（观察值，非增量）", en="Targets by branch beside results (observational)"),
        Bilingual(zh="活动|网点|目标（元）|已购买（元）|完成", en="Campaign|Branch|Target, yuan|Bought, yuan|Reached"),
        Bilingual(zh="没有进行中的活动，或尚无购买。", en="No campaign runs, or nothing has been bought yet."),
    ),
    "in_campaigns": (
        Bilingual(zh="活动内的策略", en="Strategies of the campaigns"),
        Bilingual(
            zh="活动|策略|状态|活动开始以来计划|放行|保留对照",
            en="Campaign|Strategy|State|Planned in it|Released|Withheld",
        ),
        Bilingual(zh="日历中的活动未指定策略。", en="No campaign of the calendar names a strategy."),
    ),
    "ran": (
        Bilingual(zh="本期运行", en="What ran"),
        Bilingual(
            zh="策略|负责人|状态|计划|放行|保留对照|结论与理由",
            en="Strategy|Owner|State|Planned|Released|Withheld|Verdict and reason",
        ),
        Bilingual(zh="本期没有策略运行。", en="Nothing ran."),
    ),
    "learned": (
        Bilingual(zh="学到什么（相对对照的增量）", en="What was learned (incremental, against control)"),
        Bilingual(zh="策略|组别|每客户效应与区间|到期客户|说明", en="Strategy|Arm|Effect a customer|Matured|Note"),
        Bilingual(zh="还没有可说的效应。", en="There is no effect to speak of yet."),
    ),
    "proposed": (
        Bilingual(zh="提议", en="What is proposed"),
        Bilingual(zh="提议|策略|负责人|答复期限", en="Proposal|Strategy|Owner|Answer by"),
        Bilingual(zh="没有提议。", en="Nothing is proposed."),
    ),
    "turns": (
        Bilingual(zh="轮到谁", en="Whose turn"),
        Bilingual(zh="谁|做什么|策略|自|期限", en="Who|What|Strategy|Since|Due"),
        Bilingual(zh="无人待办。", en="Nobody's turn."),
    ),
    "today": (
        Bilingual(zh="当日商机", en="Today's leads"),
        Bilingual(zh="触发器|当日发现|已计划|等待|过期|卡住", en="Trigger|Found today|Answered|Waiting|Expired|Stuck"),
        Bilingual(zh="当日没有商机。", en="No lead today."),
    ),
    "leads": (
        Bilingual(zh="本期商机", en="Leads of the span"),
        Bilingual(zh="触发器|发现|已计划|等待|过期|卡住", en="Trigger|Found|Answered|Waiting|Expired|Stuck"),
        Bilingual(zh="本期没有商机。", en="No lead in the span."),
    ),
}
_HEADS: Final = {
    "week": Bilingual(zh="周复盘", en="Weekly review"), "month": Bilingual(zh="月度委员会", en="Monthly committee"),
}  # fmt: skip
_STEPS: Final = {
    "submit": Bilingual(zh="提交评审", en="hand in for review"), "sign": Bilingual(zh="签署", en="sign"),
    "launch": Bilingual(zh="上线", en="launch"), "conclude": Bilingual(zh="结项", en="conclude"),
    "resume": Bilingual(zh="恢复或下线", en="resume or retire"),
}  # fmt: skip
_RUNS: Final = Bilingual(zh="进行中", en="running")
_COMES: Final = Bilingual(zh="即将开始", en="comes up")
_ABSENT: Final = Bilingual(zh="本行没有该策略", en="not in this bank")
_NOBODY: Final = Bilingual(zh="无在运行策略应答", en="no running strategy answers")


def heading(pack: Pack, reader: Reader) -> str:
    """Return the title of a pack."""
    return f"{reader.pick(_HEADS[pack.kind])} {pack.first.isoformat()} – {pack.as_of.isoformat()}"


def sections(pack: Pack, reader: Reader) -> tuple[Section, ...]:
    """Return the parts of a pack in the order in which a review reads them."""
    rows: Mapping[str, Iterable[tuple[str, ...]]] = {
        "calendar": (_campaign(one, reader) for one in pack.campaigns),
        "branches": (row for one in pack.campaigns for row in _branches(one, reader)),
        "in_campaigns": (_in_campaign(one, reader) for one in pack.in_campaigns),
        "ran": (_ran(one, reader) for one in pack.ran),
        "learned": (row for one in pack.learned for row in _learned(one, reader)),
        "proposed": (
            (reader.pick(one.what), experiment_id(one.strategy_id, one.version), one.owner, one.due_on.isoformat())
            for one in pack.proposals
        ),
        "turns": (_turn(one, reader) for one in pack.turns),
        "today": (_lead(one, reader) for one in pack.today if one.found or one.waiting or one.expired),
        "leads": (_lead(one, reader) for one in pack.leads),
    }
    return tuple(_section(name, tuple(several), reader) for name, several in rows.items())


def markdown(pack: Pack, reader: Reader) -> str:
    """Return a pack as a Markdown document; the same pack gives the same text."""
    parts = [f"# {heading(pack, reader)}\n"]
    for section in sections(pack, reader):
        parts.append(f"## {section.title}\n")
        parts.append(_table(section) if section.rows else f"{section.empty}\n")
    return "\n".join(parts)


def as_json(pack: Pack, reader: Reader) -> dict[str, Any]:
    """Return a pack as plain JSON values: its span, and each section's rows by column."""
    return {
        "kind": pack.kind,
        "first": pack.first.isoformat(),
        "as_of": pack.as_of.isoformat(),
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "rows": [dict(zip(section.columns, row, strict=True)) for row in section.rows],
            }
            for section in sections(pack, reader)
        ],
    }


def _section(name: str, rows: tuple[tuple[str, ...], ...], reader: Reader) -> Section:
    title, columns, empty = (reader.pick(text) for text in _TITLES[name])
    return Section(name=name, title=title, columns=tuple(columns.split("|")), rows=rows, empty=empty)


def _campaign(one: CampaignNow, reader: Reader) -> tuple[str, ...]:
    stands = _RUNS if one.running else _COMES
    days = (one.starts.isoformat(), one.ends.isoformat(), one.ready_by.isoformat())
    return (reader.pick(one.campaign.name), one.campaign.owner, *days, reader.pick(stands))


def _branches(one: CampaignNow, reader: Reader) -> Iterable[tuple[str, ...]]:
    for branch in one.branches:
        hidden = 0 < branch.buyers < _SMALL and not reader.whole
        reached = DASH if hidden or not branch.target else f"{branch.bought / branch.target * 100:.0f} %"
        yield (
            reader.pick(one.campaign.name),
            branch.branch_id,
            DASH if branch.target is None else compact(branch.target, reader.language),
            DASH if hidden else compact(branch.bought, reader.language),
            reached,
        )


def _in_campaign(one: InCampaign, reader: Reader) -> tuple[str, ...]:
    campaign = reader.pick(one.campaign.campaign.name)
    if one.name is None:
        return campaign, one.strategy_id, reader.pick(_ABSENT), DASH, DASH, DASH
    counts = (one.planned, one.released, one.withheld)
    told = (reader.count(many) if one.campaign.running else DASH for many in counts)
    return campaign, f"{reader.pick(one.name)} ({one.strategy_id})", reader.word("strategy_state", one.state), *told


def _ran(one: Ran, reader: Reader) -> tuple[str, ...]:
    said = f"{reader.word('verdict', one.verdict)}: {one.reason}" if one.verdict else DASH
    return (
        f"{reader.pick(one.name)} ({experiment_id(one.strategy_id, one.version)})",
        one.owner,
        reader.word("strategy_state", one.state),
        *(reader.count(many) for many in (one.planned, one.released, one.withheld)),
        said,
    )


def _learned(report: StrategyReport, reader: Reader) -> Iterable[tuple[str, ...]]:
    name = experiment_id(report.strategy_id, report.version)
    small = any(arm.n_matured < _SMALL for arm in report.arms) and not reader.whole
    for effect in report.effects:
        said = DASH if small else _effect(effect, reader.language)
        yield name, reader.word("arm", effect.arm), said, reader.count(effect.n), DASH if small else effect.method
    for waiting in report.pending:
        yield name, reader.word("arm", waiting.arm), DASH, DASH, DASH if small else reader.pick(waiting.why)


def _effect(effect: ArmEffect, language: Language) -> str:
    to = " 至 " if language == "zh-hans" else " to "
    if effect.metric == "amount":
        low, high = (compact(round(value), language) for value in (effect.low, effect.high))
        return f"{compact(round(effect.effect), language)} ({low}{to}{high})"
    value, low, high = (f"{part * 100:+.2f}" for part in (effect.effect, effect.low, effect.high))
    return f"{value} % ({low}{to}{high})"


def _turn(one: TurnLine, reader: Reader) -> tuple[str, ...]:
    who = one.turn.name or ", ".join(reader.word("signature", name) for name in one.turn.signatures)
    what = reader.pick(_STEPS[one.turn.step])
    return who, what, experiment_id(one.strategy_id, one.version), one.since.isoformat(), one.due_on.isoformat()


def _lead(one: LeadLine, reader: Reader) -> tuple[str, ...]:
    name = reader.word("trigger", one.trigger)
    said = f"{name} ({reader.pick(_NOBODY)})" if one.unanswered else name
    counts = (one.found, one.answered, one.waiting, one.expired, one.stuck)
    return (said, *(reader.count(many) for many in counts))


def _table(section: Section) -> str:
    lines = (section.columns, tuple("---" for _ in section.columns), *section.rows)
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
