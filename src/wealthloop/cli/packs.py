"""``wealthloop strategy pack``: the weekly review and the monthly committee, as a file for people or as JSON."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day
from wealthloop.errors import InvalidInput


def pack(
    *,
    home: HomeOption,
    week: Annotated[bool, typer.Option("--week", help="The week in which the day lies, from its Monday.")] = False,
    month: Annotated[bool, typer.Option("--month", help="The month in which the day lies, from its first.")] = False,
    as_of: Annotated[
        str,
        typer.Option(help="The last day, YYYY-MM-DD, a past one as it ended; default the newest night's."),
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write the Markdown here instead of printing it.")] = None,
    language: Annotated[str, typer.Option(help="zh-hans or en; default the home's.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make the review of a week or a month: what ran, what was learned, what is proposed, whose turn."""
    if week == month:
        raise InvalidInput("name either --week or --month")
    opened = open_home(home)
    from django.utils.translation import override

    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.evolution.agenda import agenda
    from wealthloop.kit import write_atomic
    from wealthloop.reports import packs, packtext
    from wealthloop.web.words import word

    chosen = language or opened.settings.language
    if chosen not in {"zh-hans", "en"}:
        raise InvalidInput(f"language == {chosen}, must be zh-hans or en")
    day: date | None = parse_day(as_of) if as_of else opened.current()
    if day is None:
        raise InvalidInput("no night is complete yet, run one or name --as-of")
    engine = DuckDBEngine()
    made = packs.pack(
        BankTables(opened, engine), engine, opened, kind="week" if week else "month", as_of=day,
        proposals=agenda(opened, day),
    )  # fmt: skip
    reader = packtext.Reader(language="zh-hans" if chosen == "zh-hans" else "en", word=word, whole=True)
    with override(reader.language):
        text = packtext.markdown(made, reader)
        told = packtext.as_json(made, reader)
    if out is not None:
        write_atomic(out, text.encode())
        told["file"] = str(out)
    if as_json:
        emit(told)
    elif out is None:
        typer.echo(text)
    else:
        typer.echo(f"file: {out}")
