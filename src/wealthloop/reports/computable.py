"""What can be computed from what a bank gave: every feature, profile value, tag, wallet and trigger, and why not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pyarrow as pa

from wealthloop import features, insight
from wealthloop.bank import TABLES, BankTables, storage_schema
from wealthloop.bank.versions import day_column
from wealthloop.engines import Engine
from wealthloop.insight import Words
from wealthloop.insight.facts.made import fact_words
from wealthloop.insight.provenance import assumed
from wealthloop.insight.told import PROFILE
from wealthloop.insight.wallet.kept import model_for
from wealthloop.insight.wallet.told import WALLET
from wealthloop.kit import Home
from wealthloop.leads.detect import detect
from wealthloop.leads.needed import lineage
from wealthloop.leads.triggers import RULES


class Kind(StrEnum):
    """What is computed."""

    FEATURE = "feature"
    PROFILE = "profile"
    TAG = "tag"
    WALLET = "wallet"
    TRIGGER = "trigger"


class Verdict(StrEnum):
    """How far it can be computed."""

    GIVEN = "given"
    """From columns as the bank gave them."""
    DERIVED = "derived"
    """Also from columns that a mapping derived, assumed or set."""
    NOTHING = "nothing"
    """It can, and is zero for everybody; of a trigger: nothing was found."""
    UNKNOWN = "unknown"
    """Of nobody; of a trigger: a table that it reads was not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """One thing that the platform computes, for one bank at the end of one day."""

    kind: Kind
    name: str
    words: Words
    verdict: Verdict
    count: int
    """Customers of whom it is known; of a trigger: its leads."""
    absent: tuple[str, ...]
    """Tables that it reads and that were not given."""
    unfilled: tuple[str, ...]
    """Columns (``table.column``) that it reads, of given tables, of which no row has a value."""
    derived: tuple[str, ...]
    """Columns (``table.column``) that it reads and that a mapping derived, assumed or set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Something computed, before it is judged."""

    kind: Kind
    name: str
    words: Words
    sources: tuple[str, ...]
    count: int
    nothing: bool


def computable(home: Home, bank: BankTables, engine: Engine, *, as_of: date) -> tuple[Computed, ...]:
    """Compute everything once and say what came of it, in the order of the catalogues.

    Args:
        home: where a wallet model may be kept; nothing is written.
        bank: the bank's tables.
        engine: evaluates them.
        as_of: the last day that counts.
    """
    table = features.build(bank, engine, as_of=as_of)
    profiles = insight.profiles(bank, engine, as_of=as_of, features=table)
    tags = insight.tag_table(bank, as_of=as_of, features=table, zone=bank.zone)
    events = detect(bank, engine, as_of=as_of, features=table, profiles=profiles)
    found = [
        *_features(table), *_profile(profiles), *_tags(tags), *_wallet(home, bank, engine, table, as_of),
        *_triggers(Counter(event.trigger for event in events)),
    ]  # fmt: skip
    absent, unfilled, imputed = set(bank.absent()), unfilled_columns(bank, engine, as_of=as_of), bank.imputed()
    return tuple(_judged(one, absent, unfilled, imputed) for one in found)


def spans(bank: BankTables, engine: Engine, *, as_of: date) -> dict[str, tuple[date, date]]:
    """Return by given table with times the first and the last bank day of its rows that are known."""
    found = {}
    for name, spec in TABLES.items():
        column = day_column(spec)
        if column is not None and bank.has(name):
            day = bank.scan(name, as_of=as_of)[column]
            asked = day.as_table().aggregate(first=day.min(), last=day.max())
            row = engine.to_arrow(asked, name=f"days of {name}").to_pylist()[0]
            if row["first"] is not None:
                found[name] = (row["first"], row["last"])
    return found


def by_kind(found: Iterable[Computed]) -> dict[Kind, dict[Verdict, int]]:
    """Count by kind and verdict; every pair has its count."""
    counted = Counter((one.kind, one.verdict) for one in found)
    return {kind: {verdict: counted[kind, verdict] for verdict in Verdict} for kind in Kind}


def for_lack_of(found: Iterable[Computed]) -> dict[str, dict[Kind, int]]:
    """Count by absent table what cannot be computed and reads it; the table that most is missing for comes first."""
    counted: dict[str, Counter[Kind]] = {}
    for one in found:
        if one.verdict is Verdict.UNKNOWN:
            for table in one.absent:
                counted.setdefault(table, Counter())[one.kind] += 1
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return {table: {kind: counts[kind] for kind in Kind} for table, counts in ordered}


def _judged(
    one: _Found, absent: set[str], unfilled: frozenset[str], imputed: Mapping[str, tuple[str, ...]]
) -> Computed:
    tables = dict.fromkeys(source.split(".", maxsplit=1)[0] for source in one.sources)
    missing = tuple(table for table in tables if table in absent)
    derived = assumed(one.sources, imputed)
    verdict = (
        Verdict.UNKNOWN if not one.count and (missing or one.kind is not Kind.TRIGGER)
        else Verdict.NOTHING if one.nothing
        else Verdict.DERIVED if derived
        else Verdict.GIVEN
    )  # fmt: skip
    return Computed(
        kind=one.kind, name=one.name, words=one.words, verdict=verdict, count=one.count, absent=missing,
        unfilled=tuple(source for source in one.sources if source in unfilled), derived=derived,
    )  # fmt: skip


def _features(table: pa.Table) -> Iterator[_Found]:
    for one in features.FEATURES:
        values = table[one.name].to_numpy()
        known = np.isfinite(values)
        yield _Found(
            kind=Kind.FEATURE, name=one.name, words=Words(zh=one.zh, en=one.en), sources=one.lineage,
            count=int(known.sum()), nothing=not values[known].any(),
        )  # fmt: skip


def _profile(table: pa.Table) -> Iterator[_Found]:
    for name, (unit, zh, en, made_by, sources) in PROFILE.items():
        if made_by.startswith(("tag ", "feature ")):
            continue
        values = table[name].drop_null()
        numeric = unit not in ("text", "date", "flag")
        yield _Found(
            kind=Kind.PROFILE, name=name, words=Words(zh=zh, en=en), sources=sources, count=len(values),
            nothing=numeric and not np.any(values.to_numpy()),
        )  # fmt: skip


def _tags(table: pa.Table) -> Iterator[_Found]:
    for name, definition in insight.DEFINITIONS.items():
        sources = (column for source in definition.facts.values() for column in fact_words(source).sources)
        yield _Found(
            kind=Kind.TAG, name=name, words=Words(zh=definition.title.zh, en=definition.title.en),
            sources=tuple(dict.fromkeys(sources)),
            count=sum(state != definition.start for state in table[name].to_pylist()), nothing=False,
        )  # fmt: skip


def _wallet(home: Home, bank: BankTables, engine: Engine, table: pa.Table, as_of: date) -> Iterator[_Found]:
    model = model_for(home, bank, engine, table, as_of=as_of)
    made = insight.wallets(model, bank, engine, table, as_of=as_of) if model is not None else None
    for name, (_, zh, en, sources) in WALLET.items():
        count = made.num_rows - made[name].null_count if made is not None else 0
        yield _Found(
            kind=Kind.WALLET, name=name, words=Words(zh=zh, en=en), sources=sources, count=count, nothing=False
        )


def _triggers(leads: Counter[str]) -> Iterator[_Found]:
    for rule in RULES:
        yield _Found(
            kind=Kind.TRIGGER, name=rule.name, words=Words(zh=rule.zh, en=rule.en), sources=lineage(rule),
            count=leads[rule.name], nothing=not leads[rule.name],
        )  # fmt: skip


def unfilled_columns(bank: BankTables, engine: Engine, *, as_of: date) -> frozenset[str]:
    """Return the columns of given tables of which no row that is known has a value."""
    found = set()
    for name in TABLES:
        if not bank.has(name):
            continue
        rows = bank.scan(name, as_of=as_of)
        columns = storage_schema(TABLES[name]).names
        counted = engine.to_arrow(
            rows.aggregate(**{column: rows[column].count() for column in columns}), name=f"filled {name}"
        ).to_pylist()[0]
        found |= {f"{name}.{column}" for column, count in counted.items() if not count}
    return frozenset(found)
