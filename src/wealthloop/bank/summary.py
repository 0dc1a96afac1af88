"""The counts of a load, table by table and file by file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wealthloop.bank import mapping as maps
from wealthloop.bank.contract import TABLES
from wealthloop.bank.manifest import SourceFile
from wealthloop.bank.quality import not_computable
from wealthloop.bank.reading import Planned
from wealthloop.bank.report import Counts, FileReport, IngestReport, Sentence
from wealthloop.bank.staging import Staging, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a load came to."""

    tables: dict[str, Counts]
    """The files' own tables; files that were seen before count as they did then."""
    derived: dict[str, Counts]
    read: dict[str, Counts]
    """Every table, of the rows read now alone."""
    sources: dict[str, tuple[SourceFile, ...]]
    """The records of the files read now, by table."""
    given: frozenset[str]
    """Tables that the load gives: with rows accepted, or with a sound file without rows."""

    def report(
        self, staging: Staging, *, mapping: maps.Mapping | None, has: set[str], files: dict[str, FileReport],
        fixed: dict[str, Any],
    ) -> IngestReport:  # fmt: skip
        """Return the report.

        Args:
            staging: the staged tables.
            mapping: the mapping of the load.
            has: tables that had rows before the load.
            files: the files of the source.
            fixed: the report's fields that the load itself knows.
        """
        accepted = {name for name, counts in (*self.tables.items(), *self.derived.items()) if counts.accepted}
        absent = tuple(name for name in TABLES if name not in accepted | has)
        return IngestReport(
            files=files, tables=self.tables, derived=self.derived, missing_tables=absent,
            missing_columns=_missing_columns(staging), not_computable=not_computable(absent),
            imputed={name: tuple(sorted(columns)) for name, columns in staging.imputed.items() if columns},
            assumptions=_assumptions(staging, mapping), mapping=None if mapping is None else mapping.name,
            notes=tuple(_sentence("", words) for words in (mapping.notes if mapping is not None else ())),
            examples={name: tuple(stage.examples) for name, stage in staging.tables.items() if stage.examples},
            **fixed,
        )  # fmt: skip


def summarise(staging: Staging, seen: Iterable[tuple[str, SourceFile]], planned: Mapping[str, Planned]) -> Summary:
    """Return the counts of the rows read now and of the files seen before."""
    now = _by_file(staging)
    before = [(table, record.primary, _tally_of(record)) for table, record in seen]
    all_rows = [*((table, primary, tally) for (_, table, primary), tally in now.items()), *before]
    return Summary(
        tables=_counts((table, tally) for table, primary, tally in all_rows if primary),
        derived=_counts((table, tally) for table, primary, tally in all_rows if not primary),
        read=_counts((table, tally) for (_, table, _), tally in now.items()),
        sources=_records(now, planned),
        given=frozenset(table for table, _, tally in all_rows if tally.accepted)
        | frozenset(name for name, stage in staging.tables.items() if stage.present and not _any_rows(now, name)),
    )


def _by_file(staging: Staging) -> dict[tuple[str, str, bool], Tally]:
    merged: dict[tuple[str, str, bool], Tally] = {}
    for feed, tally in zip(staging.feeds, staging.tallies, strict=True):
        merged.setdefault((feed.file, feed.table, feed.primary), Tally()).add(tally)
    return merged


def _any_rows(now: Mapping[tuple[str, str, bool], Tally], table: str) -> bool:
    return any(tally.rows_in for (_, name, _), tally in now.items() if name == table)


def _tally_of(record: SourceFile) -> Tally:
    tally = Tally(rows_in=record.rows_in, accepted=record.accepted)
    tally.reasons.update(record.reasons)
    return tally


def _counts(tallies: Iterable[tuple[str, Tally]]) -> dict[str, Counts]:
    merged: dict[str, Tally] = {}
    for table, tally in tallies:
        merged.setdefault(table, Tally()).add(tally)
    return {
        table: Counts(
            rows_in=merged[table].rows_in, accepted=merged[table].accepted, quarantined=merged[table].quarantined,
            reasons=dict(sorted(merged[table].reasons.items())),
        )
        for table in TABLES
        if table in merged
    }  # fmt: skip


def _records(
    now: Mapping[tuple[str, str, bool], Tally], planned: Mapping[str, Planned]
) -> dict[str, tuple[SourceFile, ...]]:
    records: dict[str, tuple[SourceFile, ...]] = {}
    for (file, table, primary), tally in now.items():
        if file in planned:
            record = SourceFile(
                name=file, sha256=planned[file].sha256, mapping=planned[file].mapping, primary=primary,
                rows_in=tally.rows_in, accepted=tally.accepted, quarantined=tally.quarantined,
                reasons=dict(sorted(tally.reasons.items())),
            )  # fmt: skip
            records[table] = (*records.get(table, ()), record)
    return records


def _missing_columns(staging: Staging) -> dict[str, tuple[str, ...]]:
    missing = {
        name: tuple(
            column.name
            for column in stage.spec.columns
            if column.name not in stage.present and column.name != "known_at"
        )
        for name, stage in staging.tables.items()
        if stage.present
    }
    return {name: columns for name, columns in missing.items() if columns}


def _assumptions(staging: Staging, mapping: maps.Mapping | None) -> tuple[Sentence, ...]:
    if mapping is None:
        return ()
    return tuple(_sentence(name, mapping.demonstration[name]) for name in sorted(staging.assumptions))


def _sentence(about: str, words: maps.Words) -> Sentence:
    return Sentence(about=about, zh=words.zh, en=words.en)
