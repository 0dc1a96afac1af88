"""``wealthloop uplift``: who gains from a contact, learnt from any table of a randomised trial."""

from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wealthloop.cli.doors import JsonOption, emit, progress

if TYPE_CHECKING:
    from wealthloop.scoring.qini import Measured
    from wealthloop.scoring.tabular.effects import FittedEffects

app = typer.Typer(help="Models of what a treatment changes.", no_args_is_help=True)


@app.command("fit")
def fit_command(
    train: Annotated[Path, typer.Argument(help="A CSV or Parquet file of a trial.")],
    *,
    treatment: Annotated[str, typer.Option("--treatment", help="The column that names each row's arm.")],
    outcome: Annotated[str, typer.Option("--outcome", help="The column of the outcome: two values, or numbers.")],
    score: Annotated[Path, typer.Option("--score", help="A CSV or Parquet file whose rows are scored.")],
    out: Annotated[Path, typer.Option("--out", help="Where the effects go: a .csv or .parquet file.")],
    arms: Annotated[
        str, typer.Option("--arms", help="Control first, then the arms, by comma; rows of others are left out.")
    ] = "",
    drop: Annotated[str, typer.Option("--drop", help="Columns not to learn from, by comma; OUT keeps them.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Learn from a randomised trial what each arm changes for whom, check it, score another table."""
    import pyarrow as pa

    from wealthloop.scoring.tabular.effects import fit_effects
    from wealthloop.scoring.tabular.reading import read, write

    began, dropped = perf_counter(), _listed(drop)
    learnt, asked = read(train), read(score)
    fitted = fit_effects(learnt, treatment=treatment, outcome=outcome, arms=_listed(arms), drop=dropped)
    columns: dict[str, Any] = {name: asked[name] for name in dropped if name in asked.column_names}
    for arm, (value, low, high) in fitted.score(asked).items():
        name = "uplift" if len(fitted.arms) == 1 else f"uplift_{arm}"
        columns |= {name: pa.array(value), f"{name}_low": pa.array(low), f"{name}_high": pa.array(high)}
    write(pa.table(columns), out)
    told = {
        **_told(fitted), "scored": asked.num_rows, "out": str(out), "seconds": round(perf_counter() - began, 1),
    }  # fmt: skip
    if as_json:
        emit(told)
    else:
        _show(told)


@app.command("policy")
def policy_command(
    train: Annotated[Path, typer.Argument(help="A CSV or Parquet file of a trial.")],
    *,
    treatment: Annotated[str, typer.Option("--treatment", help="The column that names each row's arm.")],
    outcome: Annotated[str, typer.Option("--outcome", help="The column of the outcome: two values, or numbers.")],
    policy: Annotated[str, typer.Option("--policy", help="The column of the arm that a policy would choose.")],
    probability: Annotated[
        str, typer.Option("--probability", help="The column of the logged arm's probability; default its share.")
    ] = "",
    drop: Annotated[str, typer.Option("--drop", help="Columns not to learn from, by comma.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what a policy that nobody has played would have been worth, from what was drawn and what came of it."""
    from wealthloop.scoring.tabular.policies import evaluate
    from wealthloop.scoring.tabular.reading import read

    found = evaluate(
        read(train), treatment=treatment, outcome=outcome, policy=policy, probability=probability, drop=_listed(drop)
    )  # fmt: skip
    told: dict[str, Any] = {
        "rows": found.rows, "arms": list(found.arms), "logged": _measured(found.logged),
        "ipw": _measured(found.value.ipw), "dr": _measured(found.value.dr),
        "effective_rows": round(found.value.effective, 1), "more_than_logged": _measured(found.more),
    }  # fmt: skip
    if as_json:
        emit(told)
        return
    for name in ("logged", "ipw", "dr", "more_than_logged"):
        low, high = told[name]["interval"]
        typer.echo(f"{name}: {told[name]['estimate']:.5g} ({low:.5g} to {high:.5g})")


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _told(fitted: "FittedEffects") -> dict[str, Any]:
    ranking = "qini" if fitted.binary else "gain_area"
    return {
        "control": fitted.control,
        "columns": list(fitted.encoding.names),
        "validation": "folds by hash",
        "learner": "average of S, T, X and DR",
        "arms": [
            {
                "arm": one.arm,
                "n_treated": one.n_treated,
                "n_control": one.n_control,
                "average_effect": _measured(one.average),
                ranking: _measured(one.ranking),
                f"{ranking}_by_learner": {name: round(value, 5) for name, value in one.by_learner.items()},
                "uplift_at_30": _measured(one.first),
                "calibration_slope": _measured(one.slope),
            }
            for one in fitted.arms
        ],
        "notes": [asdict(note) for note in fitted.notes],
    }


def _measured(one: "Measured") -> dict[str, Any]:
    return {"estimate": round(one.estimate, 6), "interval": [round(one.low, 6), round(one.high, 6)]}


def _show(told: dict[str, Any]) -> None:
    for arm in told["arms"]:
        figures = {name: value for name, value in arm.items() if isinstance(value, dict) and "interval" in value}
        typer.echo(f"{arm['arm']} against {told['control']}: {arm['n_treated']:,} and {arm['n_control']:,} rows")
        for name, value in figures.items():
            low, high = value["interval"]
            typer.echo(f"  {name}: {value['estimate']:.4g} ({low:.4g} to {high:.4g})")
    for note in told["notes"]:
        progress.print(f"{note['column']}: {note['en']} {note['zh']}", style="yellow")
    typer.echo(told["out"])
