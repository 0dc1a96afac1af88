"""Mappings: how a bank's own files become the contract's tables, as a TOML document.

Nobody renames columns or rewrites files. What a mapping sets, derives or assumes is recorded as imputed; what rests on
an assumption that only a demonstration may make turns the home into a demonstration.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wealthloop.bank.contract import TABLES
from wealthloop.errors import DocumentError
from wealthloop.kit import content_hash

Scalar = str | bool | int | float | date


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Document):
    """A sentence for people, in both languages."""

    zh: str
    en: str


class HashRow(_Document):
    """An identifier from the file's name, the row's line and its cells: equal rows stay different rows."""

    function: Literal["hash_row"]


class YearMinus(_Document):
    """The year of ``day`` minus a whole number of years (an age)."""

    function: Literal["year_minus"]
    day: date
    column: str


class DaysBefore(_Document):
    """``day`` minus the largest of some counts of days; ``otherwise`` where every count is absent."""

    function: Literal["days_before"]
    day: date
    columns: tuple[str, ...]
    absent: tuple[str, ...] = ()
    otherwise: date | None = None


class Band(_Document):
    """An assumed amount (yuan) or word for each code; a code that is not listed is refused."""

    function: Literal["band"]
    column: str
    values: dict[str, str]


class Combine(_Document):
    """The text of several columns, joined; null where all are."""

    function: Literal["combine"]
    columns: tuple[str, ...]
    separator: str = "-"


class Case(_Document):
    """A value for the rows in which every named column has one of its values and the amount has the sign."""

    value: str
    when: dict[str, tuple[str, ...]] = {}
    sign: Literal["+", "-"] | None = None


class Choose(_Document):
    """The value of the first case that fits; a row that fits none is refused."""

    function: Literal["choose"]
    amount: str | None = None
    """The column whose sign the cases ask for; zero counts as positive."""
    cases: tuple[Case, ...]


Function = Annotated[HashRow | YearMinus | DaysBefore | Band | Combine | Choose, Field(discriminator="function")]


class Codes(_Document):
    """A translation of the bank's codes; a code that is not listed is refused or becomes null."""

    column: str
    values: dict[str, str]
    other: Literal["refuse", "null"] = "refuse"


class Output(_Document):
    """How rows of one of the bank's files become rows of a contract table."""

    table: str
    columns: dict[str, str] = {}
    """Contract column -> the file's column, or ``#3`` for the third column of a header without names."""
    constants: dict[str, Scalar] = {}
    codes: dict[str, Codes] = {}
    derive: dict[str, Function] = {}
    where: dict[str, tuple[str, ...]] = {}
    """Only the rows in which every named column of the file has one of its values."""
    each: dict[str, tuple[Scalar, ...]] = {}
    """One contract column and its values: every row is written once for each."""
    demonstration: str | None = None
    """The assumption, named under ``[demonstration]``, on which all these rows rest."""

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        if self.table not in TABLES:
            raise ValueError(f"table == {self.table}, must be a table of the contract")
        targets = [*self.columns, *self.constants, *self.codes, *self.derive, *self.each]
        known = {column.name for column in TABLES[self.table].columns}
        if unknown := sorted(set(targets) - known):
            raise ValueError(f"table {self.table} has no column {', '.join(unknown)}")
        if len(targets) != len(set(targets)):
            raise ValueError(f"table {self.table}: a column is given twice")
        if len(self.each) > 1:
            raise ValueError("each == more than one column, must be one")
        return self

    def sources(self) -> set[str]:
        """Return the file's columns that are read."""
        named = {*self.columns.values(), *self.where, *(codes.column for codes in self.codes.values())}
        for function in self.derive.values():
            match function:
                case YearMinus() | Band():
                    named.add(function.column)
                case DaysBefore() | Combine():
                    named |= set(function.columns)
                case Choose():
                    named |= {name for case in function.cases for name in case.when} | {function.amount or ""}
                case HashRow():
                    pass
        return named

    def imputed(self) -> tuple[str, ...]:
        """Return the columns that are set, derived or assumed; all of them where the rows are assumed."""
        made = [*self.constants, *self.derive, *self.each]
        return tuple(made if self.demonstration is None else [*self.columns, *self.codes, *made])


class FileMap(Output):
    """How one kind of the bank's files is read."""

    glob: str
    null: tuple[str, ...] = ()
    """Cells that mean empty, such as ``\\N``."""
    short_rows: Literal["refuse", "pad"] = "refuse"
    also: tuple[Output, ...] = ()
    """Further tables made from the same rows."""


class AssumedRows(_Document):
    """Rows that stand in no file."""

    table: str
    demonstration: str
    rows: tuple[dict[str, Scalar], ...]


class Mapping(_Document):
    """A whole mapping document."""

    name: str
    title: Words
    file: tuple[FileMap, ...]
    assumed: tuple[AssumedRows, ...] = ()
    demonstration: dict[str, Words] = {}
    notes: tuple[Words, ...] = ()
    """What the source cannot give, for the quality report."""
    digest: str = ""
    """Content hash of the document; set when it is read."""

    @model_validator(mode="after")
    def _assumptions_are_named(self) -> Self:
        used = {output.demonstration for output in self.outputs()} | {rows.demonstration for rows in self.assumed}
        if unknown := sorted(name for name in used if name is not None and name not in self.demonstration):
            raise ValueError(f"demonstration == {unknown[0]}, must be named under [demonstration]")
        return self

    def outputs(self) -> Iterator[Output]:
        """Give every output, the primary ones first for each file."""
        for entry in self.file:
            yield entry
            yield from entry.also


def load_mapping(name_or_path: str) -> Mapping:
    """Return a mapping: a shipped one by name (``cmb_fintech2020``), else a TOML file.

    Raises:
        DocumentError: no such mapping, not TOML, or a key that is unknown or wrong, named with its path.
    """
    shipped = files("wealthloop.bank") / "mappings" / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        text = path.read_text(encoding="utf-8")
    elif name_or_path.isidentifier() and shipped.is_file():
        text = shipped.read_text(encoding="utf-8")
    else:
        raise DocumentError(f"mapping == {name_or_path}, must be a TOML file or the name of a shipped mapping")
    return parse_mapping(text, called=path.name)


def parse_mapping(text: str, *, called: str) -> Mapping:
    """Return the mapping that a TOML text holds; ``called`` is what an error calls it.

    Raises:
        DocumentError: not TOML, or a key that is unknown or wrong, named with its path.
    """
    try:
        document = tomllib.loads(text)
        return Mapping.model_validate({**document, "digest": content_hash(text.encode())})
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"mapping {called}: not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"]) or "document"
        raise DocumentError(f"mapping {called}: {path}: {first['msg']}") from error
