"""``wealthloop strategy``: check, submit, approve, launch, pause, resume, retire a strategy document."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wealthloop.cli import rehearsal
from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home
from wealthloop.cli.versions import newest, say_version, version_line
from wealthloop.kit import clock_of

if TYPE_CHECKING:
    from wealthloop.strategies.models import StrategyVersion

app = typer.Typer(no_args_is_help=True, help="Strategies: check, submit, approve, launch, pause, retire.")

ByOption = Annotated[str, typer.Option("--by", help="Who does it (a user name).")]
VersionOption = Annotated[int, typer.Option("--version", help="Which version; default the newest.")]


rehearsal.add_to(app)


def _add_step(verb: str, says: str) -> None:
    """Add a command that moves a version one step through its life."""

    def step(
        strategy_id: str, *, home: HomeOption, by: ByOption, version: VersionOption = 0, as_json: JsonOption = False
    ) -> None:
        _move(verb, strategy_id, home, by=by, version=version, as_json=as_json)

    app.command(verb, help=says)(step)


for _verb, _says in (
    ("approve", "Approve the content of a version; its author cannot."),
    ("pause", "Stop a running version from contacting."),
    ("resume", "Let a paused version contact again."),
    ("retire", "End a version for good."),
):
    _add_step(_verb, _says)


@app.command("list")
def list_versions(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """List every version and its state."""
    open_home(home)
    from wealthloop.strategies.repository import versions

    rows = [version_line(row) for row in versions()]
    if as_json:
        emit({"strategies": rows})
    for row in () if as_json else rows:
        typer.echo("\t".join(str(value) for value in row.values()))


def _move(verb: str, strategy_id: str, home: Path, *, by: str, version: int, as_json: bool) -> None:
    opened = open_home(home)
    from wealthloop.strategies import life

    step: Callable[[str, int, str, datetime], StrategyVersion] = getattr(life, verb)
    say_version(step(strategy_id, version or newest(strategy_id), by, clock_of(opened).now()), as_json=as_json)
