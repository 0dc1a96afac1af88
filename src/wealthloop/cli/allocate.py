"""``wealthloop allocate``: solve any allocation, with its certificate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wealthloop.cli.doors import JsonOption, emit, progress

if TYPE_CHECKING:
    from wealthloop.allocation.general import Allocated


def allocate_command(
    problem: Annotated[
        Path,
        typer.Argument(help="A folder with candidates.parquet, capacities.parquet and limits.toml."),
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="Where the plan goes: customer, action, channel, value; Parquet.")],
    prices: Annotated[Path | None, typer.Option("--prices", help="Where the prices go: resource, key, price.")] = None,
    start: Annotated[Path | None, typer.Option("--start", help="A prices file to set out from: yesterday's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Choose for every customer what is worth most within all capacities, and prove how good the plan is."""
    from wealthloop.allocation.general import allocate

    found = allocate(problem, out, prices=prices, start=start)
    if as_json:
        emit(found.told())
    else:
        _show(found)


def _show(found: "Allocated") -> None:
    typer.echo(
        f"选中 {found.chosen:,} / {found.candidates:,} 个候选,价值 {found.objective:,.6g},"
        f"至多还差 {found.gap:.4%};违反约束 {found.violations}。"
    )
    typer.echo(
        f"{found.chosen:,} of {found.candidates:,} candidates chosen, worth {found.objective:,.6g}, "
        f"at most {found.gap:.4%} below the best; {found.violations} limits broken."
    )
    for one in found.worth:
        typer.echo(f"- {one.zh}\n  {one.en}")
    for note in found.notes:
        progress.print(note, style="yellow")
