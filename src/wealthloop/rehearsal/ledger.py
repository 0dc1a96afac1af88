"""The forecast ledger: what was foretold of a version, in files that are named by their content and never rewritten."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from wealthloop.errors import HomeError
from wealthloop.kit import Home, content_hash, write_atomic
from wealthloop.rehearsal.types import Sheet

_FOLDER: Final = "forecasts"

Occasion = Literal["submitted", "launched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A sheet as it was when a version was submitted or launched."""

    occasion: Occasion
    sheet: Sheet
    by: str
    at: datetime
    """UTC."""
    reason: str
    """Why an under-powered test is made all the same; empty where it is not under-powered."""

    @property
    def experiment(self) -> str:
        """The version that it is of."""
        return f"{self.sheet.strategy_id}/v{self.sheet.version}"


_FORECAST: Final = TypeAdapter(Forecast)


def keep(home: Home, forecast: Forecast) -> str:
    """Write a forecast durably and return its digest; the same one again changes nothing."""
    data = json.dumps(
        _FORECAST.dump_python(forecast, mode="json"), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False
    ).encode()
    digest = content_hash(data)
    path = home.root / _FOLDER / f"{digest}.json"
    if not path.exists():
        write_atomic(path, data)
    return digest


def kept(home: Home, experiment: str | None = None) -> tuple[Forecast, ...]:
    """Return every forecast, or those of a version, the oldest first.

    Raises:
        HomeError: a file is broken, or its content is not what its name says.
    """
    found = [_read(path) for path in sorted((home.root / _FOLDER).glob("*.json"))]
    ours = (one for one in found if experiment is None or one.experiment == experiment)
    return tuple(sorted(ours, key=lambda one: (one.at, one.experiment, one.occasion)))


def _read(path: Path) -> Forecast:
    data = path.read_bytes()
    if content_hash(data) != path.stem:
        raise HomeError(f"{path}: its content is not what was foretold, restore it from a backup")
    try:
        return _FORECAST.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise HomeError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
