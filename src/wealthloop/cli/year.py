"""``wealthloop sandbox year`` and ``document``: whole policies in a bank with known truth, and the published table."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from wealthloop.cli.doors import JsonOption, emit, progress
from wealthloop.errors import DocumentError
from wealthloop.kit import Home, write_atomic
from wealthloop.reports.years import METRICS, POLICIES, Measured, Metric, Year, published, save, text_of, to_json
from wealthloop.reports.yeartext import markdown

_EVERY = ",".join(policy.name for policy in POLICIES)


def year_command(
    *,
    world: Annotated[str, typer.Option("--world", help="A shipped world or a .toml file.")] = "default",
    customers: Annotated[int, typer.Option("--customers", help="How many customers, at least 500.")] = 5000,
    days: Annotated[int, typer.Option("--days", help="Measured days, at least 30; 30 days of burn-in precede.")] = 365,
    seeds: Annotated[int, typer.Option("--seeds", help="How many draws of the world: seeds 1 to this.")] = 1,
    policies: Annotated[str, typer.Option("--policies", help=f"Which, by comma: {_EVERY}.")] = _EVERY,
    home: Annotated[Path | None, typer.Option("--home", help="A home whose pages shall show the result.")] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help="A folder that gets the result as JSON.")] = None,
    work: Annotated[
        Path | None, typer.Option("--work", help="A folder for finished parts, so that a killed year goes on.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes at a time, one core each.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Play a year of each policy in a bank with known truth, and say what each was worth, with intervals."""
    from wealthloop.trials import Plan, play_year

    plan = Plan(
        world=world, customers=customers, days=days, seeds=seeds,
        policies=tuple(name.strip() for name in policies.split(",") if name.strip()),
    )  # fmt: skip
    plan.check()
    opened = Home.open(home) if home else None
    with _bar() as bar:
        task = bar.add_task("days", total=None)
        year = play_year(
            plan, workers=workers, folder=work,
            on_progress=lambda done, whole: bar.update(task, completed=done, total=whole),
        )  # fmt: skip
    if opened:
        save(opened, year)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        write_atomic(keep / f"{year.name}.json", text_of(year).encode())
    if as_json:
        emit(to_json(year))
    else:
        progress.print(_table(year))


def document_command(
    *,
    out: Annotated[Path, typer.Argument(help="The Markdown file to write.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where the file is not up to date.")
    ] = False,
) -> None:
    """Write the benchmark's document from the published results."""
    text = markdown(published())
    if not check:
        write_atomic(out, text.encode())
    elif not out.exists() or out.read_text("utf-8") != text:
        raise DocumentError(f"{out} is not what the published results say, run 'wealthloop sandbox document {out}'")


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
        TextColumn("left"), TimeRemainingColumn(), console=progress,
    )  # fmt: skip


def _table(year: Year) -> Table:
    table = Table(
        "figure", *year.policies, title=f"{year.world} v{year.world_version}: {year.customers:,} customers, "
        f"{year.days} days, seeds {len(year.seeds)}; 95 % intervals over {year.intervals_over}",
    )  # fmt: skip
    for metric in METRICS:
        cells = [figures.get(metric.name) for figures in year.policies.values()]
        if any(cells):
            table.add_row(f"{metric.en} ({metric.unit})", *(_cell(metric, cell) for cell in cells))
    return table


def _cell(metric: Metric, found: Measured | None) -> str:
    if found is None:
        return ""
    if found.mean is None:
        return f"– {found.why}"
    digits = 2 if metric.unit in ("share", "times") else 0
    text = f"{found.mean:,.{digits}f}"
    if found.interval is None:
        return text
    return f"{text}\n({found.interval[0]:,.{digits}f} to {found.interval[1]:,.{digits}f})"
