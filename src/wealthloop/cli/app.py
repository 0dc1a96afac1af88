"""Puts the commands together and turns our errors into a message and an exit code."""

import json
import logging
import os
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import structlog
import typer
import typer.main
from typer.core import TyperGroup

from wealthloop import __version__
from wealthloop.errors import WealthloopError

COMMANDS: Final = {
    "demo": "demo:demo",
    "ingest": "ingest:ingest_command",
    "computable": "computable:computable_command",
    "run": "run:run_command",
    "deliver": "deliver:deliver",
    "report": "run:report_command",
    "credits": "credits:credits_command",
    "fairness": "fairness:fairness_command",
    "panorama": "panorama:panorama_command",
    "serve": "serve:serve",
    "migrate": "serve:migrate",
    "stop": "stop:stop",
    "resume": "stop:resume",
    "features": "features:app",
    "strategy": "strategy:app",
    "tags": "tags:app",
    "people": "people:app",
    "sandbox": "sandbox:app",
    "leads": "leads:app",
    "allocate": "allocating:app",
    "models": "models:app",
    "uplift": "uplift:app",
    "experiment": "experiment:app",
    "policies": "policies:app",
}
"""Each command or group of commands, and where it is: read when it is called, so that no command waits for another."""


class _Commands(TyperGroup):
    """The commands of the table above."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - typer's signature
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"wealthloop.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Commands,
    name="wealthloop",
    help="See every customer whole, decide lawfully under capacity, verify what it was worth.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
