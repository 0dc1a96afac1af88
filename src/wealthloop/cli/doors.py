"""What the commands share: options, opening a home, printing."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from wealthloop.errors import InvalidInput
from wealthloop.kit import Home
from wealthloop.state import open_state

HomeOption = Annotated[Path, typer.Option("--home", help="The home folder.", envvar="WEALTHLOOP_HOME")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it (a user name).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]

progress = Console(stderr=True)
"""Where people read how far things are; standard output is kept for the result."""


def open_home(root: Path) -> Home:
    """Open a home with its state plane; made on the first opening."""
    home = Home.open(root)
    open_state(home, create=True)
    return home


def parse_day(text: str) -> date:
    """Return a day written as YYYY-MM-DD.

    Raises:
        InvalidInput: it is not written so.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"date == {text}, must be written as YYYY-MM-DD") from error


def emit(result: dict[str, Any]) -> None:
    """Print one JSON object on standard output."""
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2, sort_keys=False))
