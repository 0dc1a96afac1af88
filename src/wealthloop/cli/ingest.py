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
    source: Annotated[Path | None, typer.Argument(help="A folder (or .zip) of CSV or Parquet files.")] = None,
    *,
    home: HomeOption,
    database: Annotated[
        str | None,
        typer.Option(help="Instead of files: postgresql://user@host/name (password: PGPASSWORD) or duckdb:///path."),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="A TOML mapping file, or the name of a shipped one (cmb_fintech2020).")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Facts dated after this day are refused; default today.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Load although a gate asks.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load a bank's tables: good rows load, bad rows are kept aside with file, line, column and rule."""
    given = [one for one in (source, database) if one is not None]
    if len(given) != 1:
        raise typer.BadParameter("give either a folder of files or --database")
    opened = Home.open_or_create(home)
    day = parse_day(as_of) if as_of else day_of(datetime.now(UTC), opened.zone)
    earlier = len(reports(opened))
    try:
        rules = load_mapping(mapping) if mapping else None
        report = ingest(opened, given[0], mapping=rules, as_of=day, accept=accept)
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
