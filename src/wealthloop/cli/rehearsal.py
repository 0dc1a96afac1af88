"""``wealthloop strategy``: check, submit and launch with a forecast, replay, forecasts beside what happened."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from wealthloop.cli.doors import ByOption, HomeOption, JsonOption, emit, open_home, parse_day, progress
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home, clock_of, day_of

if TYPE_CHECKING:
    from wealthloop.rehearsal.types import Alikeness, Sheet
    from wealthloop.strategies.document import Strategy

Named = Annotated[str, typer.Argument(help="A strategy document, YAML, or a version of the home, id/vN.")]
FileArgument = Annotated[Path, typer.Argument(help="A strategy document, YAML.")]
MaybeHomeOption = Annotated[
    Path | None, typer.Option("--home", help="A home against whose customers it is checked.", envvar="WEALTHLOOP_HOME")
]
AsOfOption = Annotated[str, typer.Option("--as-of", help="The last day whose facts count; default the newest night's.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why an under-powered test is made all the same.")]


def check(
    document: Named,
    *,
    home: MaybeHomeOption = None,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Check a document, and with a home what it would do there: sizes, overlap, load, power, dry run."""
    from wealthloop.cli.plain import opened_at, plain
    from wealthloop.strategies.load import content_hash

    opened = None if home is None else open_home(home)
    found = _document(document, opened)
    result: dict[str, Any] = {"id": found.id, "content_hash": content_hash(found), "ok": True}
    if opened is not None:
        from wealthloop.rehearsal.check import check as rehearsed

        at = opened_at(opened.root, as_of)
        sheet = rehearsed(opened, at.bank, at.engine, found, as_of=at.as_of, today=_today(opened))
        over = [plain(one) | {"over": one.over} for one in sheet.over]
        result |= {"under_powered": sheet.under_powered, "over": over, **plain(sheet)}
        if not as_json:
            _print(sheet)
            return
    if as_json:
        emit(result)
    else:
        typer.echo("\n".join(f"{key}: {value}" for key, value in result.items()))


def submit(
    file: FileArgument, *, home: HomeOption, by: ByOption, reason: ReasonOption = "", as_json: JsonOption = False
) -> None:
    """Put a document into review as a new version, with what is foretold of it."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.cli.versions import say_version
    from wealthloop.engines import DuckDBEngine
    from wealthloop.rehearsal import launching
    from wealthloop.strategies.load import load_strategy

    engine, now = DuckDBEngine(), clock_of(opened).now()
    bank = BankTables(opened, engine)
    row = launching.submit(opened, bank, engine, load_strategy(file), by=by, now=now, reason=reason)
    say_version(row, as_json=as_json)


def launch(
    strategy_id: str,
    *,
    home: HomeOption,
    by: ByOption,
    version: Annotated[int, typer.Option("--version", help="Which version; default the newest.")] = 0,
    on: Annotated[str, typer.Option(help="The first day of its nights; default today.")] = "",
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let an approved version run, with what is foretold of it."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.cli.versions import newest, say_version
    from wealthloop.engines import DuckDBEngine
    from wealthloop.rehearsal import launching

    engine, now = DuckDBEngine(), clock_of(opened).now()
    row = launching.launch(
        opened, BankTables(opened, engine), engine, strategy_id, version or newest(strategy_id),
        by=by, now=now, on=parse_day(on) if on else day_of(now, opened.zone), reason=reason,
    )  # fmt: skip
    say_version(row, as_json=as_json)


def replay(
    document: Named,
    *,
    home: HomeOption,
    first: Annotated[str, typer.Option("--from", help="The first night.")],
    last: Annotated[str, typer.Option("--to", help="No night after it.")],
    every: Annotated[int, typer.Option("--every", min=1, help="Days from night to night.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Replay a document over past nights: whom it would have planned, and what these did by themselves."""
    opened = open_home(home)
    from wealthloop.cli.plain import opened_at, plain
    from wealthloop.rehearsal.replay import replay as replayed

    at = opened_at(opened.root, "")
    found = replayed(
        opened, at.bank, at.engine, _document(document, opened), first=parse_day(first), last=parse_day(last),
        every=every, today=_today(opened),
    )  # fmt: skip
    means = {
        "audience": found.audience, "units_a_week": found.units_a_week, "without_contact": found.without_contact,
    }  # fmt: skip
    if as_json:
        emit(means | plain(found))
        return
    for night in found.nights:
        typer.echo(f"{night.run.as_of}\taudience {night.audience}\tplanned {night.run.planned}\tnew {night.new_units}")
    typer.echo("\n".join(f"{key}: {value}" for key, value in means.items()))


def forecasts(*, home: HomeOption, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """Hold the forecasts of launches against what happened."""
    opened = open_home(home)
    from wealthloop.cli.plain import opened_at, plain
    from wealthloop.rehearsal.scored import record

    at = opened_at(opened.root, as_of)
    found = record(opened, at.bank, at.engine, as_of=at.as_of)
    if as_json:
        emit({"coverage": found.coverage, **plain(found)})
        return
    for one in found.forecasts:
        for number in one.numbers:
            actual = "–" if number.actual is None else f"{number.actual:,.3f}"
            typer.echo(
                f"{one.strategy_id}/v{one.version}\t{number.name}\t{number.expected:,.3f} "
                f"({number.low:,.3f} to {number.high:,.3f})\t{actual}"
            )
    typer.echo(f"inside {found.inside} of {found.scored}, should be {found.level:.0%}")


def _document(named: str, home: Home | None) -> "Strategy":
    """Return the document of a file, or of a version that a home holds."""
    from wealthloop.strategies.load import load_strategy

    if home is not None and not Path(named).exists():
        from wealthloop.rehearsal.candidate import version_named

        held = version_named(named)
        if held is not None:
            return held
    if not Path(named).exists():
        raise InvalidInput(f"document == {named}, must be a file, or with --home a version of it such as birthday/v1")
    return load_strategy(Path(named))


def _today(home: Home) -> date:
    return day_of(clock_of(home).now(), home.zone)


def _print(sheet: "Sheet") -> None:
    """Say the sheet's main numbers for people; the whole is in the JSON."""
    sizes, week = sheet.sizes, sheet.first_week
    progress.print(f"{sheet.strategy_id}/v{sheet.version} as of {sheet.as_of}, 24:00")
    progress.print(f"audience {sizes.audience:,} of {sizes.customers:,}")
    progress.print(f"with a lead {sizes.with_lead:,}, allowed {sizes.allowed:,}")
    for channel in week.channels:
        progress.print(f"first week, {channel.channel}: planned {channel.planned:,}, sent {channel.sent:,}")
    for other in sheet.overlap:
        progress.print(f"overlap with {other.strategy_id}: {other.customers:,} customers ({other.share:.0%})")
    for load in sheet.over:
        progress.print(f"over: {load.kind} {load.who}: wanted {load.wanted:,}, has {load.capacity:,}")
    for one in sheet.power:
        label = "under_powered" if one.under_powered else "powered"
        progress.print(f"{label}: arm {one.arm} needs {one.needed_n:,}, has {one.at_hand_n:,} in {one.days} days")
        if one.alike is not None:
            progress.print(_clusters(one.alike))


def _clusters(alike: "Alikeness") -> str:
    """Say what it costs that clusters draw an arm."""
    from wealthloop.experiments import LEAST_CLUSTERS

    source = "from history" if alike.estimated else "a bound, history cannot tell"
    least = f", {LEAST_CLUSTERS} are needed" if alike.too_few else ""
    return (
        f"  drawn by {alike.unit}: {alike.clusters} clusters in the smaller arm{least}, correlation {alike.rho:.3f} "
        f"({source}), design effect {alike.design_effect:.2f}"
    )


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "check": check, "submit": submit, "launch": launch, "replay": replay, "forecasts": forecasts,
}  # fmt: skip
"""The commands of this file, by name."""
