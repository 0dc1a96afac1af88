"""``wealthloop experiment``: any experiment that an analyst has as a table, and the standing ones of a home."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, progress

if TYPE_CHECKING:
    from wealthloop.experiments.monitor import Look

app = typer.Typer(
    help="Experiments: read, plan, watch, and see whether the tests keep their word.", no_args_is_help=True
)

FileArgument = Annotated[Path, typer.Argument(help="A CSV or Parquet file.")]
PlannedOption = Annotated[int, typer.Option("--planned-n", min=0, help="Units planned; default those at the end.")]
Method = Literal["fixed", "always-valid"]


@app.command("analyze")
def analyze_command(
    file: FileArgument,
    *,
    variant: Annotated[str, typer.Option("--variant", help="The column that names each row's arm.")],
    control: Annotated[str, typer.Option("--control", help="Control's name in it.")],
    metric: Annotated[str, typer.Option("--metric", help="The column of the outcome.")],
    kind: Annotated[Literal["mean", "binary", "ratio"], typer.Option("--kind", help="How it is read.")] = "mean",
    denominator: Annotated[str, typer.Option("--denominator", help="For ratios: the column below.")] = "",
    covariate: Annotated[str, typer.Option("--covariate", help="A number known before the start.")] = "",
    cluster: Annotated[str, typer.Option("--cluster", help="What was drawn as a whole: an RM, a household.")] = "",
    strata: Annotated[str, typer.Option("--strata", help="Groups known before the start.")] = "",
    method: Annotated[Method, typer.Option("--method", help="One look, or any number of looks.")] = "fixed",
    alpha: Annotated[float, typer.Option("--alpha", help="The risk.")] = 0.05,
    shares: Annotated[str, typer.Option("--shares", help="What arms should get: name=share,...; default equal.")] = "",
    cut: Annotated[float | None, typer.Option("--cut", help="Amounts are held in [-cut, cut]; fixed before.")] = None,
    planned_n: PlannedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare every treatment with control."""
    from wealthloop.scoring.tabular.experiment import Question, analyze
    from wealthloop.scoring.tabular.reading import read

    asked = Question(
        variant=variant, control=control, metric=metric, kind=kind, denominator=denominator, covariate=covariate,
        cluster=cluster, strata=strata, method=method, alpha=alpha, shares=shares, cut=cut, planned_n=planned_n,
    )  # fmt: skip
    with naming(file):
        found = analyze(read(file), asked)
    if as_json:
        emit({"comparisons": found})
        return
    for one in found:
        typer.echo(_sentence(one))


@app.command("plan")
def plan_command(
    *,
    effect: Annotated[float, typer.Option("--effect", help="The smallest effect worth finding.")],
    base: Annotated[float | None, typer.Option("--base", help="Control's rate, for outcomes of 0 and 1.")] = None,
    sd: Annotated[float | None, typer.Option("--sd", help="The outcome's standard deviation, for amounts.")] = None,
    share: Annotated[float, typer.Option("--share", help="The treatment's share.")] = 0.5,
    alpha: Annotated[float, typer.Option("--alpha", help="The risk of a false winner.")] = 0.05,
    power: Annotated[float, typer.Option("--power", help="The chance to find it.")] = 0.8,
    method: Annotated[Method, typer.Option("--method", help="One look, or any number of looks.")] = "always-valid",
    as_json: JsonOption = False,
) -> None:
    """Say how many units an experiment needs."""
    from wealthloop.errors import InvalidInput
    from wealthloop.experiments import Design, Spread, binary_spread, needed_n

    if (base is None) == (sd is None):
        raise InvalidInput("--base and --sd: give one of them, the rate of an outcome of 0 and 1 or an amount's spread")
    spread = binary_spread(base, effect) if base is not None else Spread(treated=sd or 0.0, control=sd or 0.0)
    design = Design(share=share, alpha=alpha, power=power, always_valid=method == "always-valid")
    needed = needed_n(effect, spread, design)
    told = {"treatment": needed.treated, "control": needed.control, "total": needed.total, "method": method}
    if as_json:
        emit(told)
    else:
        typer.echo(f"{needed.total:,} units: {needed.treated:,} with it, {needed.control:,} without ({method})")


@app.command("monitor")
def monitor_command(
    file: FileArgument,
    *,
    method: Annotated[Method, typer.Option("--method", help="One look, or any number of looks.")] = "always-valid",
    planned_n: PlannedOption = 0,
    alpha: Annotated[float, typer.Option("--alpha", help="The risk.")] = 0.05,
    as_json: JsonOption = False,
) -> None:
    """Say at each checkpoint of a table of sums what may be concluded."""
    from wealthloop.scoring.tabular.checkpoints import watched
    from wealthloop.scoring.tabular.reading import read

    with naming(file):
        found = watched(read(file), method=method, n_planned=planned_n, alpha=alpha)
    told = [_watched(names, looks, method) for names, looks in found.items()]
    if as_json:
        emit({"comparisons": told})
        return
    for one in told:
        typer.echo(_sentence(one) + f"; first significant at {one['first_significant_at']}")


@app.command("calibrate")
def calibrate_command(
    *,
    runs: Annotated[int, typer.Option("--runs", min=100, help="Experiments of each kind.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="Of the draws.")] = 7,
    out: Annotated[Path | None, typer.Option("--out", help="Write the table as a Markdown document too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run experiments in which nothing happens, and count how often the tests say otherwise."""
    from wealthloop.experiments.calibration import ABOUT, calibrate, markdown
    from wealthloop.kit import write_atomic

    rows = calibrate(runs, seed=seed, told=progress.print)
    if out is not None:
        write_atomic(out, markdown(rows, seed=seed).encode())
    if as_json:
        emit({"about": ABOUT, "rows": [asdict(row) for row in rows]})
        return
    typer.echo(ABOUT)
    for row in rows:
        days = f"{row.peek_days} daily looks" if row.peek_days else "one look"
        low, high = row.interval
        typer.echo(f"{row.kind}, {row.method}, {days}: {row.false_positive_rate:.2%} ({low:.2%} to {high:.2%})")


@app.command("bench")
def bench_command(
    *,
    rows: Annotated[int, typer.Option("--rows", min=1_000, help="Customers.")] = 1_000_000,
    experiments: Annotated[int, typer.Option("--experiments", min=1, help="Experiments over all of them.")] = 100,
    metrics: Annotated[int, typer.Option("--metrics", min=1, help="Metrics, each with its pre-period.")] = 10,
    library: Annotated[bool, typer.Option("--library/--no-library", help="Ask tea-tasting too, for minutes.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Analyze many experiments at once, beside DuckDB's grouping sets and tea-tasting, in CPU seconds."""
    from wealthloop.experiments.bench import measure

    told = measure(rows=rows, experiments=experiments, metrics=metrics, library=library)
    if as_json:
        emit(told)
        return
    typer.echo(f"{rows:,} customers, {experiments} experiments, {metrics} metrics: {told['cpu_seconds']} CPU seconds")
    for name, one in told["others"].items():
        typer.echo(
            f"{name}: {one['cpu_seconds']} CPU seconds, {one['times']} times ours, p values apart by at most "
            f"{one['largest_pvalue_difference']:.1e}"
        )


@app.command("standing")
def standing_command(
    *,
    home: HomeOption,
    members: Annotated[
        str, typer.Option("--members", help="List who is held out by a design, such as business_as_usual/2026Q4.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what the standing experiments are and have found: holdouts, business as usual, other ways to choose."""
    from wealthloop.cli.standing import held_out, standing_json

    opened = open_home(home)
    if members:
        names = held_out(opened, members)
        if as_json:
            emit({"members": names})
        else:
            typer.echo("\n".join(names))
        return
    found = standing_json(opened)
    if as_json:
        emit({"standing": found})
        return
    for one in found:
        typer.echo(f"{one['experiment']}: {one['pending'] or 'ended'}")
        for effect in one["effects"]:
            low, high = effect["interval"]
            typer.echo(f"  {effect['metric']}: {effect['effect']:+.5g} ({low:+.5g} to {high:+.5g}), {effect['method']}")


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Name the file in what is refused of it, and the line beside the row of a CSV."""
    from wealthloop.errors import InvalidInput

    try:
        yield
    except InvalidInput as error:
        told = str(error)
        if file.suffix.lower() != ".parquet":
            told = re.sub(r"\brow (\d+)\b", lambda found: f"row {found[1]} (line {int(found[1]) + 1})", told)
        raise InvalidInput(told if told.startswith(str(file)) else f"{file}: {told}") from error


def _watched(names: tuple[str, str, str], found: "list[Look]", method: Method) -> dict[str, Any]:
    experiment, variant, metric = names
    last = found[-1]
    hits = [one.time for one in found if one.significant]
    return {
        "experiment": experiment, "variant": variant, "metric": metric, "effect": last.effect,
        "interval": None if last.low is None else [last.low, last.high], "pvalue": last.pvalue, "n": last.n,
        "method": method, "ever_significant": bool(hits), "first_significant_at": hits[0] if hits else None,
        "checkpoints": [
            {"time": one.time, "n": one.n, "effect": one.effect,
             "interval": None if one.low is None else [one.low, one.high], "pvalue": one.pvalue,
             "significant": one.significant}
            for one in found
        ],
    }  # fmt: skip


def _sentence(one: dict[str, Any]) -> str:
    if one["interval"] is None:
        why = f": {one['pending']['en']}" if "pending" in one else ""
        return f"{one['variant']}: nothing can be said yet{why}"
    low, high = one["interval"]
    pvalue = "" if one["pvalue"] is None else f", p {one['pvalue']:.3g}"
    return (
        f"{one['variant']}, {one['metric']}: {one['effect']:+.5g} ({low:+.5g} to {high:+.5g}){pvalue}, {one['method']}"
    )
