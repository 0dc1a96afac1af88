"""Strategy versions as the command line names and prints them."""

from typing import TYPE_CHECKING, Any

import typer

from wealthloop.cli.doors import emit

if TYPE_CHECKING:
    from wealthloop.strategies.models import StrategyVersion


def newest(strategy_id: str) -> int:
    """Return the newest version of a strategy.

    Raises:
        NotFound: the home holds none.
    """
    from wealthloop.strategies.repository import newest as newest_row

    return newest_row(strategy_id).version


def version_line(row: "StrategyVersion") -> dict[str, Any]:
    """Return a version as one line of a list."""
    from wealthloop.strategies.signing import signed

    has = signed(row)
    return {
        "id": row.strategy_id,
        "version": row.version,
        "state": str(row.state),
        "author": row.author,
        "signatures": {name: has[name].person if name in has else None for name in row.needed},
        "approved_by": row.approved_by,
        "launched_on": row.launched_on.isoformat() if row.launched_on else None,
        "verdict": row.verdict,
        "reason": row.reason,
        "content_hash": row.content_hash,
    }


def say_version(row: "StrategyVersion", *, as_json: bool) -> None:
    """Print a version."""
    _say(version_line(row), as_json=as_json)


def _say(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(result)
    else:
        typer.echo("\n".join(f"{key}: {value}" for key, value in result.items()))
