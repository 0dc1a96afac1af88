"""``wealthloop allocate``: solve any allocation with its certificate, and check a certificate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wealthloop.cli.doors import JsonOption, emit, progress

if TYPE_CHECKING:
    from wealthloop.allocation.general import Allocated, Certified
    from wealthloop.engines import Engine

ProblemArgument = Annotated[
    Path, typer.Argument(help="A folder with candidates.parquet, capacities.parquet and limits.toml.")
]
MasterOption = Annotated[str, typer.Option("--master", help="Of Spark: where it runs.")]


def allocate_command(
    problem: ProblemArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help="Where the plan goes: customer, action, channel, value; Parquet.")],
    prices: Annotated[Path | None, typer.Option("--prices", help="Where the prices go: resource, key, price.")] = None,
    start: Annotated[Path | None, typer.Option("--start", help="A prices file to set out from: yesterday's.")] = None,
    engine: Annotated[
        Literal["memory", "duckdb", "spark"],
        typer.Option("--engine", help="Where the candidates stay; with an engine only the few that matter come here."),
    ] = "memory",
    master: MasterOption = "local[2]",
    as_json: JsonOption = False,
) -> None:
    """Choose for every customer what is worth most within all capacities, and prove how good the plan is."""
    from wealthloop.allocation.general import allocate

    runs_on = None if engine == "memory" else _engine(engine, master)
    found = allocate(problem, out, prices=prices, start=start, engine=runs_on)
    if as_json:
        emit(found.told())
    else:
        _show(found)


def certify_command(
    problem: ProblemArgument,
    *,
    prices: Annotated[Path, typer.Option("--prices", help="A prices file: resource, key, price.")],
    plan: Annotated[
        Path | None, typer.Option("--plan", help="A plan to be checked beside it: what --out wrote.")
    ] = None,
    demand: Annotated[
        Path | None, typer.Option("--demand", help="Where each limit goes with what best responses use of it; Parquet.")
    ] = None,
    engine: Annotated[Literal["duckdb", "spark"], typer.Option("--engine", help="What works on them.")] = "duckdb",
    master: MasterOption = "local[2]",
    as_json: JsonOption = False,
) -> None:
    """Work the bound of a prices file out again over all candidates, and how far below it a plan is."""
    from wealthloop.allocation.general import certify

    found = certify(_engine(engine, master), problem, prices, plan=plan, demand=demand)
    if as_json:
        emit(found.told())
    else:
        _show_certified(found)


def _engine(name: Literal["duckdb", "spark"], master: str) -> "Engine":
    from wealthloop.engines import open_engine

    return open_engine(name, master=master if name == "spark" else None)


def _show(found: "Allocated") -> None:
    typer.echo(
        f"选中 {found.chosen:,} / {found.candidates:,} 个候选，价值 {found.objective:,.6g}，"
        f"至多还差 {found.gap:.4%}；违反约束 {found.violations}。"
    )
    typer.echo(
        f"{found.chosen:,} of {found.candidates:,} candidates chosen, worth {found.objective:,.6g}, "
        f"at most {found.gap:.4%} below the best; {found.violations} limits broken."
    )
    for one in found.worth:
        typer.echo(f"- {one.zh}\n  {one.en}")
    for note in found.notes:
        progress.print(note, style="yellow")


def _show_certified(found: "Certified") -> None:
    typer.echo(
        f"这些价格证明：{found.customers:,} 位客户的 {found.candidates:,} 个候选，"
        f"任何方案的价值都不超过 {found.bound:,.10g}（最佳选择 {found.responses:,.10g}，"
        f"容量 {found.capacities:,.10g}）。"
    )
    typer.echo(
        f"The prices prove: of {found.candidates:,} candidates of {found.customers:,} customers no plan is worth more "
        f"than {found.bound:,.10g} (best responses {found.responses:,.10g}, capacities {found.capacities:,.10g})."
    )
    if found.objective is not None:
        typer.echo(f"方案价值 {found.objective:,.10g}，至多还差 {found.gap:.4%}；违反约束 {found.violations}。")
        typer.echo(
            f"The plan is worth {found.objective:,.10g}, at most {found.gap:.4%} below the best; "
            f"{found.violations} limits broken."
        )
