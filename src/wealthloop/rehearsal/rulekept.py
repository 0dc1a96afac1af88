"""What rules cost on a night, kept as a file in the home so that a page shows it without rehearsing the night."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import TypeAdapter, ValidationError

from wealthloop.errors import HomeError
from wealthloop.kit import Home, write_atomic
from wealthloop.rehearsal.rulecost import NightCost

_FOLDER: Final = "rulecosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """One rule; money in fen. See ``RuleCost``."""

    candidates: int
    customers: int
    value: int
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCost:
    """One night."""

    as_of: date
    leads: int
    value: int
    """Of the best plan of what is allowed, fen."""
    rules: dict[str, KeptRule]
    """By rule id, of the rules that are asked when contacts are planned."""


_KEPT: Final = TypeAdapter(KeptCost)


def keep(home: Home, found: NightCost) -> None:
    """Write what the rules of a night cost; the same night again is written anew."""
    made = KeptCost(
        as_of=found.as_of,
        leads=found.leads,
        value=found.value,
        rules={
            one.rule.rule_id: KeptRule(
                candidates=one.candidates, customers=one.customers, value=one.value, cost=one.cost
            )
            for one in found.rules
        },
    )
    text = json.dumps(_KEPT.dump_python(made, mode="json"), indent=1, sort_keys=True)
    write_atomic(home.root / _FOLDER / f"{found.as_of.isoformat()}.json", text.encode())


def kept(home: Home) -> KeptCost | None:
    """Return what rules cost on the newest night of which it was kept; None: of none.

    Raises:
        HomeError: the file is broken.
    """
    files = sorted((home.root / _FOLDER).glob("*.json"))
    if not files:
        return None
    try:
        return _KEPT.validate_json(files[-1].read_bytes())
    except ValidationError as error:
        advice = "remove it and run 'wealthloop policies cost --keep'"
        raise HomeError(f"{files[-1]}: not readable ({error.errors()[0]['msg']}), {advice}") from error
