"""``wealthloop sandbox``: the shipped worlds, the check of a world file, how fast worlds turn, wallets and truth."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from wealthloop.cli.doors import JsonOption, emit, progress
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


@app.command("uplift")
def uplift_command(
    *,
    world: Annotated[str, typer.Option("--world", help="A shipped world or a .toml file.")] = "default",
    customers: Annotated[int, typer.Option("--customers", help="How many customers, at least 1,000.")] = 20_000,
    weeks: Annotated[int, typer.Option("--weeks", help="Weeks of the lottery, at least 2.")] = 12,
    seeds: Annotated[int, typer.Option("--seeds", help="How many draws of the world: seeds 1 to this.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Learn effects from a lottery of calls, and say how well they rank customers by their true effects."""
    from wealthloop.trials.uplift import UpliftPlan, lines, measure_uplift

    plan = UpliftPlan(world=world, customers=customers, weeks=weeks, seeds=seeds)
    found = measure_uplift(plan, on_seed=lambda seed: progress.print(f"· seed {seed} of {seeds}"))
    if as_json:
        emit(found)
        return
    for line in lines(found):
        typer.echo(line)


@app.command("feedback")
def feedback_command(
    *,
    world: Annotated[str, typer.Option("--world", help="A shipped world or a .toml file.")] = "default",
    customers: Annotated[int, typer.Option("--customers", help="How many customers, at least 500.")] = 3_000,
    days: Annotated[int, typer.Option("--days", help="Measured days, at least 10, behind 30 that do not count.")] = 90,
    seeds: Annotated[int, typer.Option("--seeds", help="How many draws of the world: seeds 1 to this.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Play the platform's nights with and without what people at desks say by codes, and say what that changes."""
    from wealthloop.trials.feedback import FeedbackPlan, lines, measure_feedback

    plan = FeedbackPlan(world=world, customers=customers, days=days, seeds=seeds)
    found = measure_feedback(plan, on_seed=lambda seed: progress.print(f"· seed {seed} of {seeds}"))
    if as_json:
        emit(found)
        return
    for line in lines(found):
        typer.echo(line)


@app.command("wallet")
def wallet_command(
    *,
    world: Annotated[str, typer.Option("--world", help="A shipped world or a .toml file.")] = "default",
    customers: Annotated[int, typer.Option("--customers", help="How many customers, at least 500.")] = 5000,
    seeds: Annotated[int, typer.Option("--seeds", help="How many draws of the world: seeds 1 to this.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Measure how often the wallet's intervals of wealth elsewhere hold the truth."""
    from wealthloop.trials.wallet import WalletPlan, measure_wallets

    plan = WalletPlan(world=world, customers=customers, seeds=seeds)
    found = measure_wallets(plan, on_seed=lambda seed: progress.print(f"seed {seed} of {seeds}"))
    if as_json:
        emit(found)
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['world']}: {found['audited']:,} audited, {found['judged']:,} judged, {len(found['seeds'])} draws"]
    for one in found["levels"]:
        lines.append(
            f"{one['level']:.0%} interval: holds {one['coverage']:.1%} (noise of the draws {one['noise']:.1%}); "
            f"uncalibrated {one['without_calibration']:.1%}; median width {one['median_width_yuan']:,.0f} yuan"
        )
        groups = [f"{row['group']} {row['coverage']:.1%} of {row['n']:,}" for row in one["groups"] if row["n"]]
        lines.append("  " + "; ".join(groups))
    for name, error in found["errors"].items():
        mean, times = error["mean_absolute_yuan"], error["median_times"]
        lines.append(f"error of {name}: {mean:,.0f} yuan on average, {times:.2f} times in the middle")
    return lines
