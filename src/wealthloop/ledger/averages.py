"""The averages of a night's candidates with which its chances were compared, kept for who comes after the night.

A strategy's average effect is spread over customers in proportion to their propensity, or by a model of effects, with
the mean of the night's candidates as 1. Whoever joins them during the day is compared with the same mean. A run
writes them before its decisions; a run that is decided anew writes them anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from wealthloop.errors import NotFound
from wealthloop.kit import Home, write_atomic

FILE: Final = "averages.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """What one strategy's candidates were on average."""

    base_rate: float
    """Mean propensity, a fraction."""
    effect: float | None
    """Mean of what its model of effects says; None where no model of effects may be used."""


def write_averages(home: Home, run_id: str, averages: Mapping[str, Average]) -> None:
    """Write the averages of a run durably, by strategy id."""
    text = json.dumps({name: asdict(one) for name, one in sorted(averages.items())}, allow_nan=False, indent=1)
    write_atomic(_file(home, run_id), text.encode())


def read_averages(home: Home, run_id: str) -> dict[str, Average]:
    """Return the averages of a run, by strategy id; strategies without a candidate are left out.

    Raises:
        NotFound: none are written: the run has planned nothing yet, or is older than the keeping of averages.
    """
    file = _file(home, run_id)
    if not file.exists():
        raise NotFound(f"ledger run {run_id}: no averages are written, they are kept with every night that plans")
    return {name: Average(**one) for name, one in json.loads(file.read_text(encoding="utf-8")).items()}


def _file(home: Home, run_id: str) -> Path:
    return home.ledger / run_id / FILE
