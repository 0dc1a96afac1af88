"""``wealthloop models compare | propose | approve | reject | rollback | list``: which version of a model is used."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home
from wealthloop.kit import Home, clock_of, day_of

if TYPE_CHECKING:
    from wealthloop.champions.models import ModelVersion
    from wealthloop.scoring import Comparison

ByOption = Annotated[str, typer.Option("--by", help="Who does it (a user name).")]
ModelArgument = Annotated[str, typer.Argument(help="The model's id.")]


def compare_command(model_id: ModelArgument, *, home: HomeOption, as_json: JsonOption = False) -> None:
    """Score the waiting version's test customers by it and by the one in use, and say how they differ."""
    opened = open_home(home)
    told = _compared(opened, model_id).told()
    if as_json:
        emit(told)
    else:
        typer.echo(_compared_in_words(told))


def propose_command(model_id: ModelArgument, *, home: HomeOption, by: ByOption, as_json: JsonOption = False) -> None:
    """Compare, and ask that the waiting version be used; somebody else must approve it."""
    opened = open_home(home)
    from wealthloop.champions import life

    _say(life.propose(model_id, _compared(opened, model_id), by=by, now=clock_of(opened).now()), as_json=as_json)


def approve_command(model_id: ModelArgument, *, home: HomeOption, by: ByOption, as_json: JsonOption = False) -> None:
    """Use the version that somebody else proposed, from now on."""
    opened = open_home(home)
    from wealthloop.champions import life

    now = clock_of(opened).now()
    _say(life.approve(opened, model_id, by=by, today=day_of(now, opened.zone), now=now), as_json=as_json)


def reject_command(model_id: ModelArgument, *, home: HomeOption, by: ByOption, as_json: JsonOption = False) -> None:
    """Set the waiting version aside."""
    opened = open_home(home)
    from wealthloop.champions import life

    _say(life.reject(model_id, by=by, now=clock_of(opened).now()), as_json=as_json)


def rollback_command(model_id: ModelArgument, *, home: HomeOption, by: ByOption, as_json: JsonOption = False) -> None:
    """Use the version again that was in use before."""
    opened = open_home(home)
    from wealthloop.champions import life

    now = clock_of(opened).now()
    _say(life.rollback(opened, model_id, by=by, today=day_of(now, opened.zone), now=now), as_json=as_json)


def review_command(
    model_id: ModelArgument, *, home: HomeOption, by: ByOption,
    note: Annotated[str, typer.Option("--note", help="What was looked into, and why it is no leak.")],
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Sign that the version in use does not leak; until then it may not choose customers."""
    opened = open_home(home)
    from wealthloop.champions import life

    _say(life.review(model_id, by=by, note=note, now=clock_of(opened).now()), as_json=as_json)


def list_command(
    *,
    home: HomeOption,
    state: Annotated[str, typer.Option("--state", help="champion, challenger, proposed or retired.")] = "champion",
    family: Annotated[str, typer.Option("--family", help="One of the families.")] = "",
    flag: Annotated[str, typer.Option("--flag", help="A health flag.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List versions with their learner, figures, flags and owner."""
    open_home(home)
    from wealthloop.champions.repository import versions

    rows = [_version(row) for row in versions(state=state, family=family, flag=flag)]
    if as_json:
        emit({"models": rows})
        return
    for row in rows:
        typer.echo("\t".join(str(value) for value in row.values()))


def export_command(
    *,
    home: HomeOption,
    out: Annotated[str, typer.Option("--out", help="A .parquet or .csv file; for mlflow a folder or an address.")],
    kind: Annotated[str, typer.Option("--as", help="pega (their model snapshot table) or mlflow (a tracking folder).")],
    only: Annotated[str, typer.Option("--only", help="Model ids, by comma; default all in use.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Hand the models in use over: as the table that Pega's health check reads, or as runs that MLflow shows."""
    opened = open_home(home)
    from wealthloop.errors import InvalidInput
    from wealthloop.scoring.handover import mlflow_runs, snapshot_table
    from wealthloop.scoring.registry import records
    from wealthloop.scoring.tabular.reading import write

    wanted = [name.strip() for name in only.split(",") if name.strip()] or None
    chosen = records(opened, wanted)
    if kind == "pega":
        table = snapshot_table(chosen)
        write(table, Path(out))
        told: dict[str, Any] = {"models": len(chosen), "rows": table.num_rows, "out": out}
    elif kind == "mlflow":
        told = {"models": mlflow_runs(opened, chosen, out), "out": out}
    else:
        raise InvalidInput(f"--as {kind}: must be pega or mlflow")
    if as_json:
        emit(told)
    else:
        typer.echo(f"{told['models']} models: {told['out']}")


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    for name, command in (
        ("compare", compare_command), ("propose", propose_command), ("approve", approve_command),
        ("reject", reject_command), ("rollback", rollback_command), ("review", review_command), ("list", list_command),
        ("export", export_command),
    ):  # fmt: skip
        app.command(name)(command)


def _compared(home: Home, model_id: str) -> "Comparison":
    from wealthloop.bank import BankTables
    from wealthloop.champions.life import compare_waiting
    from wealthloop.engines import DuckDBEngine

    engine = DuckDBEngine()
    return compare_waiting(BankTables(home, engine), engine, home, model_id)


def _compared_in_words(told: dict[str, Any]) -> str:
    one = told["difference"]
    verdict = "may replace it" if told["allows"] else "may not replace it"
    return (
        f"{told['challenger']} against {told['champion']}: {told['measure']} {one['estimate']:+.4f} "
        f"({one['low']:+.4f} to {one['high']:+.4f}) on {told['units']} customers: {verdict}"
    )


def _version(row: "ModelVersion") -> dict[str, Any]:
    expires: date = row.expires_on
    return {
        "model_id": row.model_id, "version": row.version, "state": str(row.state), "learner": row.learner,
        "positives": row.positives, "auc": row.auc, "slope": row.slope, "flags": list(row.flags), "owner": row.owner,
        "expires_on": expires.isoformat(), "proposed_by": row.proposed_by, "approved_by": row.approved_by,
    }  # fmt: skip


def _say(row: "ModelVersion", *, as_json: bool) -> None:
    told = _version(row)
    if as_json:
        emit(told)
    else:
        typer.echo(f"{told['model_id']} {told['version']} {told['state']}")
