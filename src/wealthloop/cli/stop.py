"""``wealthloop stop`` and ``resume``: nothing more leaves, at once, until a person lifts it."""

from typing import Annotated

import typer

from wealthloop.cli.doors import HomeOption, open_home
from wealthloop.kit import clock_of

ByOption = Annotated[str, typer.Option("--by", help="Who says so (a user name).")]


def stop(*, home: HomeOption, by: ByOption, reason: Annotated[str, typer.Option(help="Why, for the record.")]) -> None:
    """Stop every sending of this home, on all channels."""
    opened = open_home(home)
    from wealthloop.policies.reserve import global_stop

    global_stop(by=by, reason=reason, now=clock_of(opened).now())
    typer.echo("stopped: no worker starts another call; 'wealthloop resume' lifts it")


def resume(*, home: HomeOption, by: ByOption) -> None:
    """Lift the global stop."""
    opened = open_home(home)
    from wealthloop.policies.reserve import lift_stop

    lift_stop(by=by, now=clock_of(opened).now())
    typer.echo("lifted: pending intents go out at the next dispatch")
