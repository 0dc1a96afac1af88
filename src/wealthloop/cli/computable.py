"""``wealthloop computable``: what can be computed from what a bank gave, and what not, and why."""

from pathlib import Path
from typing import Annotated, Final

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home
from wealthloop.cli.plain import opened_at, plain

SHAPE: Final = 1
"""Version of the JSON object's shape; a field that goes or changes its meaning makes a new one."""


def computable_command(
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The day; default the newest night's.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write it as a Markdown document too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say of every feature, tag, profile value and trigger whether this bank's data makes it, and why not."""
    open_home(home)
    from wealthloop.bank import reports
    from wealthloop.kit import write_atomic
    from wealthloop.reports.computable import by_kind, computable, for_lack_of, spans
    from wealthloop.reports.computabletext import markdown

    opened = opened_at(home, as_of)
    found = computable(opened.home, opened.bank, opened.engine, as_of=opened.as_of)
    if out is not None:
        loads = [load for load in reports(opened.home) if load.status == "loaded"]
        newest = loads[-1] if loads else None
        title = newest.mapping if newest and newest.mapping else opened.home.settings.bank_name
        days = spans(opened.bank, opened.engine, as_of=opened.as_of)
        write_atomic(out, markdown(found, days, title=title, as_of=opened.as_of, load=newest).encode())
    counts = {"by_kind": plain(by_kind(found)), "for_lack_of": plain(for_lack_of(found))}
    if as_json:
        emit({"shape": SHAPE, "as_of": opened.as_of.isoformat(), **counts, "computed": plain(found)})
        return
    for kind, counted in by_kind(found).items():
        typer.echo(f"{kind}: {', '.join(f'{count} {verdict}' for verdict, count in counted.items())}")
    for table, lacking in for_lack_of(found).items():
        typer.echo(f"no {table}: {', '.join(f'{count} {kind}' for kind, count in lacking.items() if count)}")
