"""``wealthloop sandbox``: the shipped worlds, the check of a world file, and how fast worlds turn."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wealthloop.cli.doors import JsonOption, emit
from wealthloop.sandbox import WorldSpec, load_world, shipped_worlds
from wealthloop.sandbox.bench import SPEED_CUSTOMERS, bench

app = typer.Typer(help="Banks whose truth is known.", no_args_is_help=True)


@app.command("bench")
def bench_command(
    *,
    customers: Annotated[
        int, typer.Option(min=100, help="Customers for the speed; memory is measured with ten times as many.")
    ] = SPEED_CUSTOMERS,
    days: Annotated[int, typer.Option(min=1, help="Days to play.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Measure the seconds of a simulated day and the memory of a large world."""
    measured = bench(customers=customers, days=days)
    if as_json:
        emit(dict(measured))
        return
    for name, value in measured.items():
        typer.echo(f"{name}: {value}")


@app.command("worlds")
def worlds(
    *,
    check: Annotated[Path | None, typer.Option(help="Only check this world file.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """List the shipped worlds, or check a world file: every wrong key and value is named by its path."""
    found = [load_world(check)] if check is not None else [load_world(name) for name in shipped_worlds()]
    if as_json:
        emit({"worlds": [_described(world) for world in found]})
        return
    for world in found:
        typer.echo(f"{world.name} v{world.version} ({world.digest}): {world.about}")


def _described(world: WorldSpec) -> dict[str, Any]:
    return {"name": world.name, "version": world.version, "digest": world.digest, "about": world.about}
