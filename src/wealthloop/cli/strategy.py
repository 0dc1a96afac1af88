"""``wealthloop strategy``: a document's way through checks, signatures, launch and verdict."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wealthloop.cli import evolution, rehearsal
from wealthloop.cli.doors import ByOption, HomeOption, JsonOption, emit, open_home
from wealthloop.cli.incentives import incentives
from wealthloop.cli.library import library
from wealthloop.cli.packs import pack
from wealthloop.cli.strategyfiles import add_to
from wealthloop.cli.versions import newest, say_version, version_line
from wealthloop.kit import clock_of

if TYPE_CHECKING:
    from wealthloop.strategies.models import StrategyVersion

app = typer.Typer(no_args_is_help=True, help="Strategies: check, submit, sign, launch, conclude, retire.")
add_to(app)
for _name, _command in (rehearsal.COMMANDS | evolution.COMMANDS).items():
    app.command(_name)(_command)

app.command("library")(library)
app.command("incentives")(incentives)

VersionOption = Annotated[int, typer.Option("--version", help="Which version; default the newest.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words that stay.")]
FileArgument = Annotated[Path, typer.Argument(help="A strategy document, YAML.")]


@app.command("draft")
def draft(file: FileArgument, *, home: HomeOption, by: ByOption, as_json: JsonOption = False) -> None:
    """Keep a document as a draft: nobody is asked to sign it yet."""
    opened = open_home(home)
    from wealthloop.strategies import life
    from wealthloop.strategies.load import load_strategy

    say_version(life.draft(load_strategy(file), by, clock_of(opened).now()), as_json=as_json)


@app.command("sign")
def sign(
    strategy_id: str,
    *,
    home: HomeOption,
    by: ByOption,
    signature: Annotated[str, typer.Option(help="Which; default the first that the person may give.")] = "",
    version: VersionOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Sign the content of a version; the last signature that it needs approves it."""
    opened = open_home(home)
    from wealthloop.strategies import life

    now = clock_of(opened).now()
    row = life.sign(strategy_id, version or newest(strategy_id), by, now, signature=signature)
    say_version(row, as_json=as_json)


@app.command("reject")
def reject(
    strategy_id: str,
    *,
    home: HomeOption,
    by: ByOption,
    reason: ReasonOption,
    version: VersionOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Send a version back to its author; its signatures are void."""
    opened = open_home(home)
    from wealthloop.strategies import life

    row = life.reject(strategy_id, version or newest(strategy_id), by, clock_of(opened).now(), reason)
    say_version(row, as_json=as_json)


@app.command("conclude")
def conclude(
    strategy_id: str,
    *,
    home: HomeOption,
    by: ByOption,
    verdict: Annotated[str, typer.Option(help="won, lost or inconclusive.")],
    reason: ReasonOption,
    version: VersionOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Say what a version has shown: it contacts nobody any more, its report stays."""
    opened = open_home(home)
    from wealthloop.strategies import life

    row = life.conclude(strategy_id, version or newest(strategy_id), verdict, by, clock_of(opened).now(), reason)
    say_version(row, as_json=as_json)


def _add_step(verb: str, says: str) -> None:
    """Add a command that moves a version one step through its life."""

    def step(
        strategy_id: str, *, home: HomeOption, by: ByOption, version: VersionOption = 0, as_json: JsonOption = False
    ) -> None:
        _move(verb, strategy_id, home, by=by, version=version, as_json=as_json)

    app.command(verb, help=says)(step)


for _verb, _says in (
    ("approve", "Give the first missing signature of a version that the person may give; its author cannot."),
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


app.command("pack")(pack)


def _move(verb: str, strategy_id: str, home: Path, *, by: str, version: int, as_json: bool) -> None:
    opened = open_home(home)
    from wealthloop.strategies import life

    step: Callable[[str, int, str, datetime], StrategyVersion] = getattr(life, verb)
    say_version(step(strategy_id, version or newest(strategy_id), by, clock_of(opened).now()), as_json=as_json)
