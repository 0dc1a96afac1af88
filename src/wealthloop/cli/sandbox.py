"""``wealthloop sandbox``: the shipped worlds, the check of a world file, and how fast worlds turn."""

from pathlib import Path
from typing import Annotated, Final

import typer

from wealthloop.cli.doors import JsonOption, emit
from wealthloop.cli.year import document_command, year_command

app = typer.Typer(help="Banks whose truth is known.", no_args_is_help=True)
app.command("year")(year_command)
app.command("document")(document_command)

_TOLD: Final = ("name", "version", "digest", "about")


@app.command("bench")
def bench_command(
    *,
    customers: Annotated[
        int, typer.Option(min=100, help="Customers for the speed; memory is measured with ten times as many.")
    ] = 100_000,
    days: Annotated[int, typer.Option(min=1, help="Days to play.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Measure the seconds of a simulated day and the memory of a large world."""
    from wealthloop.sandbox.bench import bench

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
    from wealthloop.sandbox import load_world, shipped_worlds

    found = [load_world(check)] if check is not None else [load_world(name) for name in shipped_worlds()]
    if as_json:
        emit({"worlds": [{name: getattr(world, name) for name in _TOLD} for world in found]})
        return
    for world in found:
        typer.echo(f"{world.name} v{world.version} ({world.digest}): {world.about}")
