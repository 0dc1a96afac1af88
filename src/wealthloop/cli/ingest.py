"""``wealthloop ingest``: a bank's files into the contract's tables."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from wealthloop.bank import IngestReport, ingest, load_mapping, reports
from wealthloop.cli.doors import HomeOption, JsonOption, emit, parse_day, progress
from wealthloop.errors import BankDataError, GateStopped, WealthloopError
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
    earlier = len(reports(opened))
    try:
        report = ingest(opened, source, mapping=load_mapping(mapping) if mapping else None, as_of=day, accept=accept)
    except (GateStopped, BankDataError) as error:
        written = reports(opened)
        if len(written) == earlier:
            raise
        _show_refused(written[-1], error, as_json=as_json)
        raise typer.Exit(error.exit_code) from error
    if as_json:
        emit(report.to_json())
    else:
        progress.print(report.render())


def _show_refused(report: IngestReport, error: WealthloopError, *, as_json: bool) -> None:
    """Show the report of a load that made nothing current: which file, line, column and rule stand in the way."""
    if as_json:
        emit({**report.to_json(), "error": {"code": error.code, "message": str(error)}})
    else:
        progress.print(report.render())
    typer.secho(f"{error.code}: {error}", err=True, fg="red")
