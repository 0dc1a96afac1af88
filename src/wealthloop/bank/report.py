"""The quality report of a load: every row counted, every fault named, nothing but names relative to the source."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

Status = Literal["loaded", "stopped", "refused"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Counts(_Record):
    """``rows_in == accepted + quarantined``, and the quarantined by rule."""

    rows_in: int
    accepted: int
    quarantined: int
    reasons: dict[str, int]


class Changes(_Record):
    """What the accepted rows were against what was known."""

    added: int
    corrected: int
    unchanged: int


class FileReport(_Record):
    """One file of the source."""

    table: str
    encoding: str
    sha256: str
    rows_in: int
    seen_before: bool = False
    """Loaded earlier with the same content: nothing was changed by it."""
    ignored_columns: tuple[str, ...] = ()
    fault: str | None = None
    """Why the whole file was refused: line, column and rule."""


class RefusedRow(_Record):
    """A refused row, its text masked where it names a person."""

    file: str
    line: int
    column: str
    rule: str
    text: str


class Sentence(_Record):
    """Something said about a table, in both languages."""

    about: str
    zh: str
    en: str


class IngestReport(_Record):
    """What a load did."""

    load: int
    status: Status
    source: str
    as_of: date
    mapping: str | None
    kind: str
    files: dict[str, FileReport]
    tables: dict[str, Counts]
    derived: dict[str, Counts]
    """Tables made beside the files' own ones, counted apart: their rows are the files' rows once more."""
    changes: dict[str, Changes]
    missing_tables: tuple[str, ...]
    missing_columns: dict[str, tuple[str, ...]]
    not_computable: tuple[Sentence, ...]
    imputed: dict[str, tuple[str, ...]]
    assumptions: tuple[Sentence, ...]
    notes: tuple[Sentence, ...]
    examples: dict[str, tuple[RefusedRow, ...]]
    ignored_files: tuple[str, ...]
    gates: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values, files and tables first."""
        plain = self.model_dump(mode="json")
        first = {name: plain.pop(name) for name in ("files", "tables")}
        return {**first, **plain}

    def render(self) -> RenderableType:
        """Return the report for a terminal."""
        parts: list[RenderableType] = [self._counts()]
        parts += [Text(f"gate: {gate}", style="bold red") for gate in self.gates]
        parts += [Text(f"{name}: {file.fault}", style="red") for name, file in self.files.items() if file.fault]
        if any(self.examples.values()):
            parts.append(self._refused())
        parts += [Text(f"assumed: {said.zh} / {said.en}", style="yellow") for said in self.assumptions]
        parts += [Text(_said(sentence)) for sentence in (*self.notes, *self.not_computable)]
        return Group(*parts)

    def _counts(self) -> Table:
        drawn = Table(title=f"load {self.load} · {self.status}")
        drawn.add_column("table")
        for heading in ("rows in", "accepted", "quarantined"):
            drawn.add_column(heading, justify="right")
        drawn.add_column("reasons")
        named = [*self.tables.items(), *((f"{name} (derived)", counts) for name, counts in self.derived.items())]
        for name, counts in named:
            reasons = ", ".join(f"{rule} {count}" for rule, count in counts.reasons.items())
            drawn.add_row(name, f"{counts.rows_in:,}", f"{counts.accepted:,}", f"{counts.quarantined:,}", reasons)
        return drawn

    def _refused(self) -> Text:
        """Return the first refused rows, one a line, so that they can be searched for."""
        lines = [
            f"{row.file}, line {row.line}, column {row.column}: {row.rule} {row.text}".rstrip()
            for rows in self.examples.values()
            for row in rows
        ]
        return Text("\n".join(lines), style="yellow")


def _said(sentence: Sentence) -> str:
    both = f"{sentence.zh} / {sentence.en}"
    return f"{sentence.about}: {both}" if sentence.about else both
