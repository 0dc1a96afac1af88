"""``wealthloop strategy report|evolve|accept|refuse|capture|tree``: what strategies have shown and what grows of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from wealthloop.cli.doors import ByOption, HomeOption, JsonOption, emit, open_home, parse_day
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home, clock_of

if TYPE_CHECKING:
    from wealthloop.evolution.models import Proposal

AsOfOption = Annotated[str, typer.Option("--as-of", help="The last day that counts; default the newest night.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why an under-powered test is made all the same.")]


def report(
    strategy_id: Annotated[str, typer.Argument(help="A strategy; all where none is named.")] = "",
    *,
    home: HomeOption,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say what each version did: arms, effect with interval, e-value, checks."""
    opened, day = _opened(home, as_of)
    from wealthloop.evolution.judge import looks
    from wealthloop.reports import effects_json, pending_json

    reports = tuple(one for one in _reports(opened, day) if strategy_id in ("", one.strategy_id))
    if strategy_id and not reports:
        raise NotFound(f"strategy {strategy_id}: has planned no contact up to {day}")
    log_e = looks(reports)
    pending = pending_json(reports)
    shown = [{**one, "log_e": log_e.get(str(one["strategy"]))} for one in effects_json(reports)]
    found = {
        "as_of": day.isoformat(),
        "effects": shown,
        "pending": pending,
        "locked": [f"{one.strategy_id}/v{one.version}" for one in reports if one.locked],
    }
    if as_json:
        emit(found)
        return
    for one in shown:
        low, high = map(float, list(one["interval"]))  # type: ignore[call-overload]
        typer.echo(f"{one['strategy']} {one['arm']}: {one['effect']:+.4f} ({low:+.4f} to {high:+.4f}), n {one['n']}")
    for waiting in pending:
        typer.echo(f"{waiting['strategy']} {waiting['arm']}: {waiting['why']}")


def evolve(
    *,
    home: HomeOption,
    as_of: AsOfOption = "",
    most: Annotated[int, typer.Option("--most", min=0, help="New children that are proposed at most.")] = 6,
    as_json: JsonOption = False,
) -> None:
    """Judge what runs, look for children, and list every open proposal; people decide."""
    opened, day = _opened(home, as_of)
    from dataclasses import asdict

    from wealthloop import scoring
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.errors import NotFound as Missing
    from wealthloop.evolution.judge import judge
    from wealthloop.evolution.models import ProposalState
    from wealthloop.evolution.propose import propose_children
    from wealthloop.evolution.repository import proposals
    from wealthloop.evolution.stars import stars
    from wealthloop.evolution.unserved import unserved

    engine = DuckDBEngine()
    bank = BankTables(opened, engine)
    judged = judge(bank, engine, opened, as_of=day)
    propose_children(bank, engine, opened, as_of=day, most=most)
    try:
        ideas = unserved(opened, as_of=day, scores=scoring.load(opened, day))
    except Missing as error:
        raise NotFound(f"night of {day}: its features or scores are not kept, name a later day with --as-of") from error
    found = {
        "as_of": day.isoformat(),
        "confirmed": [
            {"strategy": one.proposal.strategy_id, "log_e": one.log_e, "level": one.level} for one in judged.confirmed
        ],
        "proposals": [_told(row) for row in proposals(states=(ProposalState.OPEN,))],
        "unserved": [{**asdict(one), "share": one.share} for one in ideas],
        "stars": [asdict(one) for one in stars()],
    }
    if as_json:
        emit(found)
        return
    for one in found["proposals"]:
        typer.echo(f"{one['proposal']}\t{one['kind']}\t{one['strategy']}\tfrom {one['about']}")  # type: ignore[index]


def accept(
    proposal: str, *, home: HomeOption, by: ByOption, reason: ReasonOption = "", as_json: JsonOption = False
) -> None:
    """Accept a proposal: a child or a scaled version is submitted with what is foretold of it, an end is concluded."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.rehearsal import launching

    engine, now = DuckDBEngine(), clock_of(opened).now()
    row = launching.accept(opened, BankTables(opened, engine), engine, proposal, by=by, now=now, reason=reason)
    _say(row, as_json=as_json)


def refuse(
    proposal: str,
    *,
    home: HomeOption,
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    as_json: JsonOption = False,
) -> None:
    """Refuse a proposal."""
    opened = open_home(home)
    from wealthloop.evolution import decide

    _say(decide.refuse(proposal, by, clock_of(opened).now(), reason=reason), as_json=as_json)


def capture(
    staff: Annotated[str, typer.Option("--staff", help="The desk whose play is captured.")],
    strategy: Annotated[str, typer.Option("--from", help="The strategy in which it wins.")],
    new: Annotated[str, typer.Option("--id", help="The new strategy's id.")],
    *,
    home: HomeOption,
    by: ByOption,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Submit a star's play as a parent strategy that credits its author, with what is foretold of it."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.evolution.stars import capture as captured
    from wealthloop.evolution.stars import star_of
    from wealthloop.rehearsal import launching

    engine, now = DuckDBEngine(), clock_of(opened).now()
    document = captured(star_of(staff, strategy), strategy_id=new)
    row = launching.submit(opened, BankTables(opened, engine), engine, document, by=by, now=now, reason=reason)
    found = {"id": row.strategy_id, "version": row.version, "state": str(row.state), "credit": document.credit}
    emit(found) if as_json else typer.echo("\n".join(f"{key}: {value}" for key, value in found.items()))


def tree(
    root: Annotated[str, typer.Argument(help="The strategy whose descendants are told; all where none is named.")] = "",
    *,
    home: HomeOption,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the genealogy: who grew from whom, what was expected, what was seen."""
    opened, day = _opened(home, as_of)
    from wealthloop.evolution.tree import tree as grown

    nodes = grown(_reports(opened, day), root=root or None)
    if as_json:
        emit({"as_of": day.isoformat(), "nodes": nodes})
        return
    for node in nodes:
        newest = node["versions"][-1]
        seen = node["confirmed"]
        told = "" if seen is None else f", confirmed {seen['effect']:+.4f} ({seen['low']:+.4f} to {seen['high']:+.4f})"
        name = f"{'  ' * node['depth']}{node['strategy']}/v{newest['version']}"
        typer.echo(f"{name} {newest['state']}: {node['name']['en']}{told}")


def _opened(home: Path, as_of: str) -> tuple[Home, date]:
    opened = open_home(home)
    day = parse_day(as_of) if as_of else opened.current()
    if day is None:
        raise InvalidInput(f"{home}: no night is complete, run one with 'wealthloop run' or name --as-of")
    return opened, day


def _reports(home: Home, day: date) -> Any:  # noqa: ANN401 - the rooms' types are loaded late
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.reports.lift import effects

    engine = DuckDBEngine()
    return effects(BankTables(home, engine), engine, home, as_of=day)


def _told(row: "Proposal") -> dict[str, Any]:
    return {
        "proposal": row.proposal_id,
        "kind": str(row.kind),
        "strategy": row.strategy_id,
        "about": row.about,
        "state": str(row.state),
        "version": row.version,
        "number": row.number,
        "evidence": row.evidence,
    }


def _say(row: "Proposal", *, as_json: bool) -> None:
    found = {key: value for key, value in _told(row).items() if key != "evidence"}
    emit(found) if as_json else typer.echo("\n".join(f"{key}: {value}" for key, value in found.items()))


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "report": report, "evolve": evolve, "accept": accept, "refuse": refuse, "capture": capture, "tree": tree,
}  # fmt: skip
"""What the group of strategies gets from here."""
