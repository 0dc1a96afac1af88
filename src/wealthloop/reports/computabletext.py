"""What can be computed from a bank's data, as a document for people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from wealthloop.bank.report import IngestReport
from wealthloop.reports.computable import Computed, Kind, Verdict, by_kind, for_lack_of

_KINDS: Final = {
    Kind.FEATURE: "features 特征",
    Kind.PROFILE: "profile 概况",
    Kind.TAG: "tags 标签",
    Kind.WALLET: "wallet 客户总资产",
    Kind.TRIGGER: "triggers 触发",
}
_VERDICTS: Final = {
    Verdict.GIVEN: "from given columns alone 全由所给字段",
    Verdict.DERIVED: "leans on the mapping 依赖映射推导或假设",
    Verdict.NOTHING: "zero for everybody, or never found 全部为零或无命中",
    Verdict.UNKNOWN: "not known 无法计算",
}
_LEGEND: Final = """\
*Leans on the mapping*: at least one column behind it was derived, assumed or set by the mapping. *Zero for everybody*:
it can be computed and says nothing here; where a column behind it has no value in any row, that is why. *Not known*: of
nobody; of a trigger, a table that it reads was not given.
"""


def markdown(
    found: Sequence[Computed],
    days: Mapping[str, tuple[date, date]],
    *,
    title: str,
    as_of: date,
    load: IngestReport | None,
) -> str:
    """Return the document; the same bank makes the same text.

    Args:
        found: of ``computable``.
        days: of ``spans``.
        title: what the data is.
        as_of: the last day that counts.
        load: the newest load, whose counts and sentences are told.
    """
    parts = [f"# What can be computed: {title}\n", f"As of the end of {as_of}.\n"]
    parts += [_loaded(load)] if load is not None else []
    parts += [
        "## How far back\n",
        _days(days),
        "## In short\n",
        _short(found),
        _LEGEND,
        "## For lack of which table\n",
        _lacks(found),
    ]
    for kind, words in _KINDS.items():
        parts += [f"## {words[0].upper()}{words[1:]}\n", _listed([one for one in found if one.kind is kind])]
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def _loaded(load: IngestReport) -> str:
    counts = {**load.tables, **{f"{name} (derived)": one for name, one in load.derived.items()}}
    rows = [
        (f"`{name}`", f"{one.rows_in:,}", f"{one.accepted:,}", f"{one.quarantined:,}") for name, one in counts.items()
    ]
    said = "".join(f"- {one.en} {one.zh}\n" for one in (*load.assumptions, *load.notes))
    return "## What was loaded\n\n" + table(("table", "rows in", "accepted", "quarantined"), rows) + "\n" + said


def _days(days: Mapping[str, tuple[date, date]]) -> str:
    rows = [(f"`{name}`", first.isoformat(), last.isoformat()) for name, (first, last) in days.items()]
    said = "A window that reaches further back than the first day counts what there is.\n"
    return table(("table", "first day", "last day"), rows) + "\n" + said


def _short(found: Sequence[Computed]) -> str:
    head = ("", *_VERDICTS.values(), "together")
    counted = by_kind(found)
    rows = [
        (_KINDS[kind], *(str(counts[verdict]) for verdict in _VERDICTS), str(sum(counts.values())))
        for kind, counts in counted.items()
    ]
    return table(head, rows)


def _lacks(found: Sequence[Computed]) -> str:
    rows = [(f"`{name}`", *(str(counts[kind]) for kind in _KINDS)) for name, counts in for_lack_of(found).items()]
    return table(("table that was not given", *_KINDS.values()), rows) if rows else "Every table was given.\n"


def _listed(found: Sequence[Computed]) -> str:
    parts = []
    for verdict, words in _VERDICTS.items():
        of_it = [one for one in found if one.verdict is verdict]
        if of_it:
            rows = [(f"`{one.name}` {one.words.en} {one.words.zh}", _count(one), _why(one)) for one in of_it]
            parts.append(f"### {words[0].upper()}{words[1:]}\n\n" + table(("what", "count", "behind it"), rows))
    return "\n".join(parts)


def _count(one: Computed) -> str:
    return f"{one.count:,}" if one.count else "–"


def _why(one: Computed) -> str:
    said = {"no table": one.absent, "no value in": one.unfilled, "from the mapping": one.derived}
    return "; ".join(f"{words} {', '.join(f'`{name}`' for name in names)}" for words, names in said.items() if names)
