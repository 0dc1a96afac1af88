"""A bank's files into the contract's tables: good rows load, bad rows are kept aside, nothing is coerced silently."""

from collections.abc import Mapping as Named
from dataclasses import dataclass, field
from datetime import date
from shutil import rmtree

import numpy as np

from wealthloop.bank.alone import only_load
from wealthloop.bank.check import DUPLICATE_KEY, FUTURE_DATE, Refused, Surroundings
from wealthloop.bank.contract import TABLES
from wealthloop.bank.found import Found
from wealthloop.bank.gates import gates
from wealthloop.bank.manifest import Manifest, SourceFile, current_manifests, part_path, publish
from wealthloop.bank.mapping import Mapping
from wealthloop.bank.parts import write_part
from wealthloop.bank.quality import keep_report, last_load, quarantine_folder
from wealthloop.bank.reading import Planned, belongs, original_rows, plan, read_file, stage_assumed
from wealthloop.bank.report import Changes, FileReport, IngestReport, Status
from wealthloop.bank.resident import LARGE
from wealthloop.bank.settle import Settled, compare, doubles, may_share_keys, repeats_keys, row_number
from wealthloop.bank.sources import Source, label_of, open_source
from wealthloop.bank.staging import Staging
from wealthloop.bank.summary import Summary, summarise
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.errors import BankDataError, GateStopped
from wealthloop.kit import Home, day_end


@dataclass(slots=True, kw_only=True)
class _Load:
    """A load under way."""

    home: Home
    number: int
    source: str
    mapping: Mapping | None
    as_of: date
    known: dict[str, Manifest]
    staging: Staging
    engine: Engine
    planned: dict[str, Planned] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    files: dict[str, FileReport] = field(default_factory=dict)
    seen: list[tuple[str, SourceFile]] = field(default_factory=list)
    changes: dict[str, Changes] = field(default_factory=dict)


def ingest(home: Home, source: Source, *, mapping: Mapping | None, as_of: date, accept: bool = False) -> IngestReport:
    """Load a source: every table of it becomes current at once, or none does.

    Args:
        home: the bank's home; only its tables, quarantine and kind are touched.
        source: a folder (searched to the bottom), a .zip of one, a single file, or the URL of a database as
            ``engines.databases.open_database`` takes it; of a database the tables that belong to the contract.
        mapping: how the bank's own files become the contract's tables; None where names follow the contract.
        as_of: facts dated after 24:00 of this day are refused; corrections are known from then.
        accept: load although a gate asks.

    Raises:
        BankDataError: nothing could be loaded, a required table is given by neither the load nor the home, or grade
            C3 data was found; nothing is made current.
        GateStopped: a gate asks for ``--accept``; nothing is made current, quarantine and report are kept.
        Conflict: another load of the home is under way.
    """
    with only_load(home), open_source(source, lambda name: belongs(name, mapping)) as found:
        known = current_manifests(home)
        number = _next_number(home, known)
        folder = home.tables / ".staging"
        rmtree(folder, ignore_errors=True)
        within = Surroundings(zone=home.zone, as_of=as_of, cipher=home.cipher, load=number)
        try:
            with Staging(folder, quarantine_folder(home, number), within) as staging:
                load = _Load(
                    home=home, number=number, source=label_of(source), mapping=mapping, as_of=as_of, known=known,
                    staging=staging, engine=DuckDBEngine(memory="2GB"),
                )  # fmt: skip
                _read(load, found)
                _refuse_doubles(load)
            return _conclude(load, accept=accept)
        finally:
            rmtree(folder, ignore_errors=True)


def _next_number(home: Home, known: Named[str, Manifest]) -> int:
    loads = [part.load for manifest in known.values() for part in manifest.parts]
    return max([last_load(home), *loads]) + 1


def _read(load: _Load, found: tuple[Found, ...]) -> None:
    planned, load.ignored = plan(found, load.mapping)
    for file in planned:
        records = _seen_before(file, load)
        if records:
            load.seen += records
            load.files[file.found.name] = _as_before(file, records)
        else:
            load.planned[file.found.name] = file
            load.files[file.found.name] = read_file(file, load.staging)
    if load.mapping is not None and load.planned:
        for assumed in load.mapping.assumed:
            stage_assumed(assumed, load.staging, called=f"mapping:{load.mapping.name}")
    for stage in load.staging.tables.values():
        stage.end_rows()


def _seen_before(file: Planned, load: _Load) -> list[tuple[str, SourceFile]]:
    """Return the records of an earlier load of the same content; none where its future rows may have come due."""
    alike = [
        (table, record)
        for table, manifest in load.known.items()
        for record in manifest.sources
        if record.sha256 == file.sha256 and record.mapping == file.mapping
    ]
    records = [found for found in alike if found[1].name == file.found.name] or alike
    if any(FUTURE_DATE in record.reasons for _, record in records):
        return []
    newest = {(table, record.primary): (table, record) for table, record in records}
    return list(newest.values()) if (file.table, True) in newest else []


def _as_before(file: Planned, records: list[tuple[str, SourceFile]]) -> FileReport:
    rows = sum(record.rows_in for _, record in records if record.primary)
    return FileReport(table=file.table, encoding="", sha256=file.sha256, rows_in=rows, seen_before=True)


def _refuse_doubles(load: _Load) -> None:
    """Refuse the staged rows whose key an earlier row of the load has."""
    staging = load.staging
    for name, stage in staging.tables.items():
        found = doubles(load.engine, stage.staged, TABLES[name]) if stage.rows else []
        for number in sorted({double.file for double in found}):
            mine = [double for double in found if double.file == number]
            planned = load.planned.get(staging.feeds[number].file)
            rows = {} if planned is None else original_rows(planned, {double.line for double in mine})
            column = ", ".join(TABLES[name].key)
            refused = tuple(
                Refused(
                    line=double.line, column=column, rule=DUPLICATE_KEY, text=double.key, row=rows.get(double.line, "")
                )
                for double in mine
            )
            staging.take_back(number, refused)
            stage.doubles = row_number(
                np.asarray([double.file for double in found], dtype=np.int64),
                np.asarray([double.line for double in found], dtype=np.int64),
            )


def _conclude(load: _Load, *, accept: bool) -> IngestReport:
    """Settle with what is known, ask the gates, make current, report."""
    summary = summarise(load.staging, load.seen, load.planned)
    faults = _faults(load, summary)
    if faults:
        _report(load, summary, "refused", ())
        raise BankDataError(f"{load.source}: nothing was loaded: {'; '.join(faults)}")
    stopped = gates(summary.read, summary.sources, load.known)
    if stopped and not accept:
        _report(load, summary, "stopped", stopped)
        raise GateStopped(f"{load.source}: nothing was loaded: {'; '.join(stopped)}; load it anyway with --accept")
    made = _settle(load, summary)
    if load.staging.assumptions and load.home.settings.kind != "demonstration":
        load.home = load.home.with_kind("demonstration")
    if made:
        publish(load.home, made)
    return _report(load, summary, "loaded", stopped)


def _faults(load: _Load, summary: Summary) -> list[str]:
    """Return why nothing can be loaded; none where something can."""
    whole = [f"{name}, {file.fault}" for name, file in load.files.items() if file.fault is not None]
    missing = [
        f"table {name}, rule missing_table"
        for name, spec in TABLES.items()
        if spec.required and name not in summary.given and not _has_rows(load.known, name)
    ]
    if missing:
        return [*missing, *whole, *_examples(load)]
    if not load.files:
        return ["no file is named after a table of the contract, or by the mapping"]
    counts = summary.read.values()
    if sum(count.rows_in for count in counts) and not sum(count.accepted for count in counts) and not load.seen:
        return [*whole, *_examples(load)]
    return []


def _examples(load: _Load) -> list[str]:
    rows = [row for stage in load.staging.tables.values() for row in stage.examples[:1]]
    return [f"{row.file}, line {row.line}, column {row.column}, rule {row.rule}" for row in rows]


def _has_rows(known: Named[str, Manifest], name: str) -> bool:
    return name in known and bool(known[name].parts)


def _settle(load: _Load, summary: Summary) -> dict[str, Manifest]:
    """Write the new parts; return the manifests that change."""
    made: dict[str, Manifest] = {}
    for name, stage in load.staging.tables.items():
        before = load.known.get(name, Manifest(table=name))
        settled = _settled(load, name, before)
        drop = np.concatenate([stage.doubles, settled.unchanged])
        written = write_part(
            stage.staged, load.home.tables / name / f"part-{load.number:06d}.parquet", TABLES[name], load=load.number,
            drop=drop, corrected=settled.corrected,
            known_at=day_end(load.as_of, load.home.zone),
        )  # fmt: skip
        rows = 0 if written is None else written.part.rows
        corrected = len(np.setdiff1d(settled.corrected, drop))
        unchanged = len(np.setdiff1d(settled.unchanged, stage.doubles))
        load.changes[name] = Changes(added=rows - corrected, corrected=corrected, unchanged=unchanged)
        repeats = written is not None and written.given and _repeats(load, name, written.part.file)
        manifest = Manifest(
            table=name,
            parts=before.parts if written is None else (*before.parts, written.part),
            corrections=before.corrections or corrected > 0 or repeats,
            imputed=tuple(sorted({*before.imputed, *load.staging.imputed.get(name, ())})),
            sources=_with_sources(before.sources, summary.sources.get(name, ())),
        )
        if manifest != before:
            made[name] = manifest
    return made


def _repeats(load: _Load, name: str, part: str) -> bool:
    return repeats_keys(load.home.tables / name / part, TABLES[name])


def _settled(load: _Load, name: str, before: Manifest) -> Settled:
    stage, spec = load.staging.tables[name], TABLES[name]
    known = [(part_path(load.home, name, part), part.rows >= LARGE) for part in before.parts]
    paths = may_share_keys(stage.staged, known, spec) if stage.rows else []
    if not paths:
        nothing = np.empty(0, dtype=np.int64)
        return Settled(unchanged=nothing, corrected=nothing)
    return compare(load.engine, stage.staged, paths, spec, corrections=before.corrections)


def _with_sources(before: tuple[SourceFile, ...], new: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    return (*before, *(record for record in new if record not in before))


def _report(load: _Load, summary: Summary, status: Status, stopped: tuple[str, ...]) -> IngestReport:
    """Make and keep the load's report."""
    has = {name for name in load.known if _has_rows(load.known, name)}
    report = summary.report(
        load.staging,
        mapping=load.mapping,
        has=has,
        files=load.files,
        fixed={
            "load": load.number, "status": status, "source": load.source, "as_of": load.as_of,
            "kind": load.home.settings.kind, "changes": load.changes, "ignored_files": tuple(load.ignored),
            "gates": stopped,
        },
    )  # fmt: skip
    keep_report(load.home, report)
    return report
