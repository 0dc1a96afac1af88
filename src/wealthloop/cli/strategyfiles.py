"""``wealthloop strategy schema``, ``diff``, ``export``, ``import``: documents as files."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wealthloop.cli.doors import ByOption, HomeOption, JsonOption, emit, open_home
from wealthloop.errors import InvalidInput
from wealthloop.kit import clock_of, write_atomic

if TYPE_CHECKING:
    from wealthloop.strategies.document import Strategy

_VERSION = re.compile(r"^([a-z][a-z0-9-]{1,40})/v([1-9][0-9]*)$")
_MARKS = {"added": "+", "removed": "-", "changed": "~"}

DocumentArgument = Annotated[str, typer.Argument(help="A YAML file, or id/vN of the home.")]
OptionalHome = Annotated[
    Path | None, typer.Option("--home", help="The home folder, for id/vN.", envvar="WEALTHLOOP_HOME")
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Write it to this file.")]


def schema_command(*, out: OutOption = None) -> None:
    """Print the JSON Schema of strategy documents, for editors."""
    from wealthloop.strategies.schema import schema_text

    text = schema_text()
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_atomic(out, text.encode())
        typer.echo(f"written: {out}")


def diff_command(
    before: DocumentArgument, after: DocumentArgument, *, home: OptionalHome = None, as_json: JsonOption = False
) -> None:
    """Say what differs between two documents, path by path."""
    from wealthloop.strategies.differ import changes

    if home is not None:
        open_home(home)
    first, second = (_document(one, home) for one in (before, after))
    found = changes(first, second)
    if as_json:
        rows = [{"path": one.path, "kind": one.kind, "before": one.before, "after": one.after} for one in found]
        emit({"a": before, "b": after, "same": not found, "changes": rows})
        return
    for one in found:
        values = {"added": _shown(one.after), "removed": _shown(one.before)}
        typer.echo(f"{_MARKS[one.kind]} {one.path}: {values.get(one.kind, _both(one.before, one.after))}")
    if not found:
        typer.echo("the same")


def export_command(
    strategy_id: str,
    *,
    home: HomeOption,
    out: Annotated[Path, typer.Option("--out", help="The file to write, YAML.")],
    version: Annotated[int, typer.Option("--version", help="Which version; default the newest.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write the document of a version to a YAML file."""
    open_home(home)
    from wealthloop.strategies.exchange import export
    from wealthloop.strategies.load import content_hash
    from wealthloop.strategies.repository import newest

    chosen = version or newest(strategy_id).version
    document = export(strategy_id, chosen, out)
    said = {"id": strategy_id, "version": chosen, "file": str(out), "content_hash": content_hash(document)}
    _say([said], as_json=as_json, name="exported")


def import_command(
    files: Annotated[list[Path], typer.Argument(help="Strategy documents, YAML.")],
    *,
    home: HomeOption,
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Why under-powered tests are made all the same.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Put documents into review as new versions with what is foretold of them, all or none; what is here stays."""
    opened = open_home(home)
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine
    from wealthloop.rehearsal import launching
    from wealthloop.strategies.exchange import read_files

    engine, now = DuckDBEngine(), clock_of(opened).now()
    rows = launching.submit_all(
        opened, BankTables(opened, engine), engine, read_files(files), by=by, now=now, reason=reason
    )
    said = [
        {"id": row.strategy_id, "version": row.version, "state": str(row.state), "content_hash": row.content_hash}
        for row in rows
    ]
    _say(said, as_json=as_json, name="imported")


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of a strategy."""
    for name, command in (
        ("schema", schema_command),
        ("diff", diff_command),
        ("export", export_command),
        ("import", import_command),
    ):
        app.command(name)(command)


def _document(named: str, home: Path | None) -> "Strategy":
    held = _VERSION.match(named)
    if held is None or Path(named).exists():
        from wealthloop.strategies.load import load_strategy

        return load_strategy(Path(named))
    if home is None:
        raise InvalidInput(f"{named} is a version of a home, name it with --home")
    from wealthloop.strategies.exchange import document_of

    return document_of(held[1], int(held[2]))


def _both(before: object, after: object) -> str:
    return f"{_shown(before)} → {_shown(after)}"


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _say(rows: list[dict[str, Any]], *, as_json: bool, name: str) -> None:
    if as_json:
        emit({name: rows})
    for row in () if as_json else rows:
        typer.echo("\t".join(str(value) for value in row.values()))
