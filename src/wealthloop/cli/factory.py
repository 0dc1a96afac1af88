"""``wealthloop models factory`` and ``wealthloop models bench``: every declared model overnight, and how fast."""

from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day, progress

if TYPE_CHECKING:
    from wealthloop.scoring.manufacture import Hands

SHAPE = 1
"""Version of the JSON object's shape; a field that goes or changes its meaning makes a new one."""
_SEED = 7


def factory_command(
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The day of training; default the newest day of data.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="Train the first so many models; 0 for all.")] = 0,
    processes: Annotated[int, typer.Option("--processes", min=0, help="0 for none beside this one.")] = 2,
    engine: Annotated[Literal["duckdb", "spark"], typer.Option("--engine", help="Whose workers train.")] = "duckdb",
    master: Annotated[str, typer.Option("--master", help="Of Spark: where it runs.")] = "local[2]",
    as_json: JsonOption = False,
) -> None:
    """Train, check and publish every declared model; a run that was killed goes on where it stopped."""
    opened = open_home(home)
    from django.db import transaction

    from wealthloop.bank import BankTables
    from wealthloop.champions.register import register
    from wealthloop.engines import DuckDBEngine
    from wealthloop.errors import InvalidInput
    from wealthloop.kit import clock_of, peak_mib
    from wealthloop.scoring.catalogue import catalogue, regions_of
    from wealthloop.scoring.manufacture import manufacture
    from wealthloop.scoring.train import Training
    from wealthloop.strategies.repository import models_in_use

    tables = DuckDBEngine()
    bank = BankTables(opened, tables)
    last = bank.last_day()
    if last is None:
        raise InvalidInput(f"{home} holds no bank tables, load them with 'wealthloop ingest'")
    day = parse_day(as_of) if as_of else last
    began = perf_counter()
    specs = catalogue(regions_of(bank, tables, as_of=day))
    specs = specs[:limit] if limit else specs
    with _bar() as bar:
        task = bar.add_task("models", total=len(specs))
        made = manufacture(
            bank, tables, opened, specs, Training(as_of=day, seed=_SEED),
            hands=_hands(engine, master, processes), told=lambda _: bar.advance(task),
        )  # fmt: skip
    with transaction.atomic():
        register(made.records, made.challengers, now=clock_of(opened).now())
    seconds, used = perf_counter() - began, models_in_use()
    healthy_and_used = [one.model_id for one in made.records if one.feeds == "full" and one.model_id in used]
    told: dict[str, Any] = {
        "shape": SHAPE, "as_of": day.isoformat(), "specs": made.specs, "trained": made.trained,
        "by_learner": made.by_learner, "by_flag": made.by_flag, "by_family": made.by_family,
        "challengers": len(made.challengers),
        "used": len([one for one in made.records if one.model_id in used]),
        "healthy_and_used": len(healthy_and_used), "seconds": round(seconds, 1),
        "models_per_minute": round(made.specs / seconds * 60, 1),
        "peak_mb": round(peak_mib() + processes * made.held_mib, 1),
    }  # fmt: skip
    if as_json:
        emit(told)
        return
    for name, value in told.items():
        shown = ", ".join(f"{count} {what}" for what, count in value.items()) if isinstance(value, dict) else value
        typer.echo(f"{name}: {shown}")


def bench_command(
    *,
    rows: Annotated[
        int, typer.Option("--rows", min=5_000, help="Rows to learn from, and as many fresh ones.")
    ] = 100_000,
    features: Annotated[int, typer.Option("--features", min=12, help="Columns.")] = 100,
    targets: Annotated[int, typer.Option("--targets", min=2, help="Labels, a model each.")] = 200,
    peer_targets: Annotated[int, typer.Option("--peer-targets", min=2, help="Labels on which peers are timed.")] = 60,
    processes: Annotated[int, typer.Option("--processes", min=1, help="One thread each, for everybody.")] = 2,
    seed: Annotated[int, typer.Option("--seed", help="Of the made-up bank.")] = 2026,
    as_json: JsonOption = False,
) -> None:
    """Measure how fast models are made and rows are scored, beside LightGBM, in one run."""
    from wealthloop.scoring.factory.bench import Order, bench

    order = Order(
        rows=rows, features=features, targets=targets, peer_targets=peer_targets, processes=processes, seed=seed
    )  # fmt: skip
    told = bench(order, progress.print)
    if as_json:
        emit(told)
        return
    training, scoring = told["training"], told["scoring"]
    for name in ("ours", "naive", "recipe"):
        typer.echo(f"{name}: {training[name]['models_per_minute']} models a minute, AUC {training[name]['auc']}")
    typer.echo(
        f"{training['times_naive']} x naive, {training['times_recipe']} x recipe, peak {training['ours']['peak_mb']} MB"
    )
    for name, one in training["auc_loss"].items():
        typer.echo(f"AUC lost against {name}: {one['mean']:+.4f} ({one['low']:+.4f} to {one['high']:+.4f})")
    typer.echo(f"scoring: {scoring['times_lightgbm']} x LightGBM, largest difference {scoring['worst_difference']:.1e}")


def _hands(engine: str, master: str, processes: int) -> "Hands":
    from wealthloop.engines import open_engine
    from wealthloop.scoring.factory.remote import make_on
    from wealthloop.scoring.factory.work import make_here, make_in_processes

    if engine == "spark":
        cluster = open_engine("spark", master=master)
        return lambda folder: make_on(cluster, _SEED, folder=folder)
    if processes:
        return lambda folder: make_in_processes(_SEED, folder=folder, processes=processes)
    return lambda _: make_here(_SEED)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(), console=progress,
    )  # fmt: skip
