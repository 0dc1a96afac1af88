"""``wealthloop ingest``: a bank's files into the contract's tables."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from wealthloop.bank import ingest, load_mapping
from wealthloop.cli.doors import HomeOption, JsonOption, emit, parse_day, progress
from wealthloop.kit import Home, day_of


def ingest_command(
    source: Annotated[Path, typer.Argument(help="A folder (or .zip) of CSV or Parquet files.")],
    *,
    home: HomeOption,
    mapping: Annotated[
        str | None, typer.Option(help="A TOML mapping file, or the name of a shipped one (cmb_fintech2020).")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Facts dated after this day are refused; default today.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Load although a gate asks.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load a bank's tables: good rows load, bad rows are kept aside with file, line, column and rule."""
    opened = Home.open_or_create(home)
    day = parse_day(as_of) if as_of else day_of(datetime.now(UTC), opened.zone)
    report = ingest(opened, source, mapping=load_mapping(mapping) if mapping else None, as_of=day, accept=accept)
    if as_json:
        emit(report.to_json())
    else:
        progress.print(report.render())
