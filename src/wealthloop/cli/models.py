"""``wealthloop models``: a model of any table that an analyst has."""

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wealthloop.cli.champions import add_to
from wealthloop.cli.doors import JsonOption, emit, progress
from wealthloop.cli.factory import bench_command, factory_command

if TYPE_CHECKING:
    from wealthloop.scoring.tabular.fit import FittedTable

app = typer.Typer(help="Models that say how likely something is.", no_args_is_help=True)


app.command("factory")(factory_command)
app.command("bench")(bench_command)
add_to(app)


@app.command("fit")
def fit_command(
    train: Annotated[Path, typer.Argument(help="A CSV or Parquet file to learn from.")],
    *,
    target: Annotated[str, typer.Option("--target", help="The column of two values that is predicted.")],
    score: Annotated[Path, typer.Option("--score", help="A CSV or Parquet file whose rows are scored.")],
    out: Annotated[Path, typer.Option("--out", help="Where the scores go: a .csv or .parquet file.")],
    time: Annotated[
        str | None, typer.Option("--time", help="A column of days or numbers: validation is on later rows.")
    ] = None,
    drop: Annotated[str, typer.Option("--drop", help="Columns not to learn from, by comma; OUT keeps them.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Learn from a table, check on rows that were not seen, score another table."""
    import pyarrow as pa

    from wealthloop.scoring.tabular.fit import fit_table
    from wealthloop.scoring.tabular.judge import strongest
    from wealthloop.scoring.tabular.reading import read, write

    began, dropped = perf_counter(), [name.strip() for name in drop.split(",") if name.strip()]
    learnt, asked = read(train), read(score)
    fitted = fit_table(learnt, target=target, time=time, drop=dropped)
    scores = fitted.score(asked)
    kept = {name: asked[name] for name in dropped if name in asked.column_names and name != "score"}
    write(pa.table({**kept, "score": pa.array(scores)}), out)
    told = {
        **_told(fitted),
        "reasons": strongest(fitted.model, fitted.encoding, fitted.encoding.apply(asked), top=10),
        "scored": asked.num_rows,
        "out": str(out),
        "seconds": round(perf_counter() - began, 1),
    }
    if as_json:
        emit(told)
    else:
        _show(told)


def _told(fitted: "FittedTable") -> dict[str, Any]:
    slope = fitted.slope
    return {
        "rows": fitted.rows,
        "positives": fitted.positives,
        "columns": list(fitted.encoding.names),
        "validation": "later rows" if fitted.by_time else "folds by hash",
        "learner": fitted.chosen,
        "why": fitted.why,
        "auc": round(sum(fitted.aucs) / len(fitted.aucs), 4),
        "auc_by_part": [round(one, 4) for one in fitted.aucs],
        "calibration": {
            "slope": None if slope is None else round(slope.estimate, 3),
            "slope_interval": None if slope is None else [round(slope.low, 3), round(slope.high, 3)],
            "error": None if fitted.calibration_error is None else round(fitted.calibration_error, 4),
            "measured_on": fitted.measured_on,
        },
        "flags": list(fitted.flags),
        "leaks": list(fitted.leaks),
        "notes": [{"column": note.column, "rule": note.rule, "zh": note.zh, "en": note.en} for note in fitted.notes],
        "tried": [
            {"learner": one.name, "rounds": one.rounds, "auc": round(one.auc, 4)}
            for one in sorted(fitted.tried, key=lambda one: -one.auc)
        ],
    }


def _show(told: dict[str, Any]) -> None:
    typer.echo(f"{told['learner']}: AUC {told['auc']:.3f} on {told['validation']} ({told['why']})")
    calibration = told["calibration"]
    typer.echo(f"calibration: slope {calibration['slope']}, error {calibration['error']}; {', '.join(told['flags'])}")
    for name in told["leaks"]:
        progress.print(f"{name}: tells the target nearly by itself, is it known before? 疑似泄漏", style="red")
    for note in told["notes"]:
        progress.print(f"{note['column'] or 'target'}: {note['en']} {note['zh']}", style="yellow")
    for reason in told["reasons"]:
        typer.echo(f"{reason['column']}: {reason['en']} {reason['zh']} ({reason['log_odds']})")
    typer.echo(told["out"])
