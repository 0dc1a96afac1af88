"""What the command line says of standing experiments."""

from dataclasses import asdict
from typing import Any

from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import NotFound
from wealthloop.kit import Home
from wealthloop.reports.standing import StandingEffect, standing
from wealthloop.reports.standingunits import members_of
from wealthloop.strategies.designs import designs


def standing_json(home: Home) -> list[dict[str, Any]]:
    """Return the standing experiments as of the newest night, the newest first.

    Raises:
        NotFound: no night is complete.
    """
    as_of = home.current()
    if as_of is None:
        raise NotFound("no night is complete, run one with 'wealthloop run --as-of DATE'")
    return [
        {
            "experiment": one.design.design_id, "kind": one.design.kind, "begins": one.design.begins.isoformat(),
            "ends": one.design.ends.isoformat(), "unit": one.design.unit, "as_of": as_of.isoformat(),
            "arms": [{"arm": name, "customers": n, "clusters": clusters} for name, n, clusters in one.arms],
            "effects": [_effect(effect) for effect in one.effects],
            "pending": None if one.pending is None else one.pending.en,
            "checks": [{"check": check.name, "ok": check.ok, "found": check.found.en} for check in one.checks],
        }
        for one in standing(BankTables(home, DuckDBEngine()), home, as_of=as_of)
    ]  # fmt: skip


def held_out(home: Home, design_id: str) -> list[str]:
    """Return the customers of a design's arm without the platform.

    Raises:
        NotFound: no such design.
    """
    found = next((one for one in designs(home) if one.design_id == design_id), None)
    if found is None:
        known = ", ".join(one.design_id for one in designs(home)) or "none has begun"
        raise NotFound(f"standing experiment {design_id}: not in this home ({known})")
    return members_of(BankTables(home, DuckDBEngine()), found, salt=home.settings.salt).in_arm(1)


def _effect(one: StandingEffect) -> dict[str, Any]:
    told = asdict(one)
    return {**told, "interval": [told.pop("low"), told.pop("high")]}
