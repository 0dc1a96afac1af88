"""``wealthloop features``: build the features of a day, list the catalogue, explain one feature."""

from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit, parse_day, progress

if TYPE_CHECKING:
    from wealthloop.features import Feature

app = typer.Typer(help="What is computed of every customer.", no_args_is_help=True)

_Engine = Literal["duckdb", "spark"]


@app.command("build")
def build_command(
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The last day whose facts count, YYYY-MM-DD.")],
    engine: Annotated[_Engine, typer.Option("--engine", help="What runs the compiled pass.")] = "duckdb",
    master: Annotated[str, typer.Option("--master", help="Of Spark: where it runs.")] = "local[2]",
    anew: Annotated[bool, typer.Option("--anew", help="Read every row again instead of what is kept.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Build every feature of every customer as known at the end of a day, and keep them as Parquet."""
    from wealthloop import features
    from wealthloop.bank import BankTables
    from wealthloop.engines import open_engine
    from wealthloop.errors import InvalidInput
    from wealthloop.kit import Home, peak_mib

    day, opened = parse_day(as_of), Home.open(home)
    runs_on = open_engine(engine, master=master if engine == "spark" else None)
    bank = BankTables(opened, runs_on)
    if bank.last_day() is None:
        raise InvalidInput(f"{home} holds no bank tables, load them with 'wealthloop ingest'")
    began = perf_counter()
    if anew:
        table = features.build(bank, runs_on, as_of=day)
        features.save(opened, day, table)
    else:
        table = features.update(bank, runs_on, opened, as_of=day)
    told = {
        "as_of": day.isoformat(),
        "engine": engine,
        "rows": table.num_rows,
        "features": table.num_columns - 1,
        "seconds": round(perf_counter() - began, 3),
        "peak_mb": round(peak_mib(), 1),
        "path": str(opened.features / f"{day.isoformat()}.parquet"),
    }
    if as_json:
        emit(told)
    else:
        progress.print(
            f"{told['features']} features of {told['rows']:,} customers as of {day} in {told['seconds']} s, "
            f"at most {told['peak_mb']:,} MB"
        )
        typer.echo(told["path"])


@app.command("list")
def list_command(
    *,
    table: Annotated[str | None, typer.Option("--table", help="Only those made from this bank table.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the catalogue: name, unit, what it is in Chinese and English, data grade, lineage."""
    from wealthloop.bank import TABLES
    from wealthloop.errors import InvalidInput
    from wealthloop.features import FEATURES

    if table is not None and table not in TABLES:
        raise InvalidInput(f"table == {table}, must be one of {', '.join(TABLES)}")
    found = [feature for feature in FEATURES if table is None or table in feature.tables]
    if as_json:
        emit({"features": [_told(feature) for feature in found]})
        return
    shown = Table("name", "unit", "中文", "English", "grade", box=None)
    for feature in found:
        shown.add_row(feature.name, feature.unit, feature.zh, feature.en, f"{feature.level}/{feature.grade}")
    Console().print(shown)
    progress.print(f"{len(found)} of {len(FEATURES)}")


@app.command("explain")
def explain_command(
    name: Annotated[str, typer.Argument(help="A feature of the catalogue.")], *, as_json: JsonOption = False
) -> None:
    """Say what a feature is, in what unit, and from which columns of which tables it is made."""
    from wealthloop.features import describe

    told = _told(describe(name))
    if as_json:
        emit(told)
        return
    for key, value in told.items():
        typer.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")


def _told(feature: "Feature") -> dict[str, Any]:
    return {
        "name": feature.name,
        "unit": feature.unit.value,
        "zh": feature.zh,
        "en": feature.en,
        "level": feature.level,
        "grade": feature.grade,
        "lineage": list(feature.lineage),
    }
