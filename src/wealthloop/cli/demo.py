"""``wealthloop demo``: a simulated bank, some nights of the loop, and the pages over it."""

import shutil
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from wealthloop.cli.doors import JsonOption, emit, progress
from wealthloop.errors import HomeError
from wealthloop.kit import Home, stable_id
from wealthloop.state import open_state


def demo(
    *,
    home: Annotated[Path, typer.Option("--home", help="Where the bank shall live; must be empty.")] = Path("demo-home"),
    customers: Annotated[int, typer.Option(min=100, max=200_000, help="How many customers.")] = 5000,
    days: Annotated[int, typer.Option(min=0, max=60, help="How many nights of the loop; 0: the bank alone.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same bank and the same nights.")] = 7,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages afterwards.")] = True,
    replace: Annotated[bool, typer.Option("--replace", help="Remove an earlier demo in that folder first.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    as_json: JsonOption = False,
) -> None:
    """Make a simulated bank, run the loop for some nights, and serve its pages."""
    began = perf_counter()
    if replace:
        _remove_earlier(home)
    made = Home.create(home, kind="simulated", bank_name="海川银行 Haichuan Bank", salt=stable_id("demo", seed))
    open_state(made, create=True)
    with _bar() as bar:
        result = _play(made, customers=customers, days=days, seed=seed, bar=bar)
    result["seconds"] = round(perf_counter() - began, 1)
    if as_json:
        emit(result)
    if serve:
        from wealthloop.cli.demo_people import welcome
        from wealthloop.cli.serve import start

        progress.print(welcome(port))
        start("127.0.0.1", port)


def _play(home: Home, *, customers: int, days: int, seed: int, bar: Progress) -> dict[str, Any]:
    from wealthloop.cli.demo_bank import DemoBank
    from wealthloop.cli.results import home_result

    bank = DemoBank(home, customers=customers, seed=seed)
    past = bar.add_task("the bank's past, by day", total=bank.past_days)
    bank.make_past(lambda _: bar.advance(past))
    loading = bar.add_task("its tables, people and strategies", total=1)
    bank.load_past()
    bar.advance(loading)
    nights = bar.add_task("nights of the loop", total=days)
    for number in range(days):
        if number:
            bank.live_a_day()
        bank.night(lambda step: bar.update(nights, description=f"nights of the loop: {step}"))
        bar.advance(nights)
    bar.update(nights, description="nights of the loop")
    return home_result(home) if days else {"as_of": None, "customers": customers}


def _remove_earlier(home: Path) -> None:
    """Remove a folder only if it is a simulated home: nobody's real bank is ever lost to a demo."""
    if not home.exists() or not any(home.iterdir()):
        return
    if not (home / "home.toml").exists() or Home.open(home).settings.kind != "simulated":
        raise HomeError(f"{home} is not the home of an earlier demo, it stays as it is: name another folder")
    shutil.rmtree(home)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=progress
    )
