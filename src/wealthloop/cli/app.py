"""Puts the commands together and turns our errors into a message and an exit code."""

import json
import logging
import os
import sys
from typing import Annotated

import structlog
import typer

from wealthloop import __version__
from wealthloop.cli import (
    deliver,
    demo,
    features,
    ingest,
    leads,
    panorama,
    people,
    run,
    sandbox,
    serve,
    stop,
    strategy,
    tags,
)
from wealthloop.errors import WealthloopError

app = typer.Typer(
    name="wealthloop",
    help="See every customer whole, decide lawfully under capacity, verify what it was worth.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("ingest")(ingest.ingest_command)
app.command("run")(run.run_command)
app.command("deliver")(deliver.deliver)
app.command("report")(run.report_command)
app.command("panorama")(panorama.panorama_command)
app.command("serve")(serve.serve)
app.command("migrate")(serve.migrate)
app.command("stop")(stop.stop)
app.command("resume")(stop.resume)
app.add_typer(features.app, name="features")
app.add_typer(strategy.app, name="strategy")
app.add_typer(tags.app, name="tags")
app.add_typer(people.app, name="people")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(leads.app, name="leads")


@app.callback(invoke_without_command=True)
def _version(*, version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; our own errors end it with their message and exit code, never a traceback."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if "--json" in sys.argv:
        _keep_output_clean()
    try:
        app()
    except WealthloopError as error:
        if "--json" in sys.argv:
            typer.echo(json.dumps({"error": {"code": error.code, "message": str(error)}}, ensure_ascii=False))
        typer.secho(f"{error.code}: {error}", err=True, fg="red")
        sys.exit(error.exit_code)


def _keep_output_clean() -> None:
    """Let nothing but our own JSON reach standard output: solvers print debug lines of their own to it."""
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(ours, "w", encoding="utf-8")
