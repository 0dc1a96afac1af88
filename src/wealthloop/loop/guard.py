"""Stops a version that surely harms, before the night plans anything for it."""

from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.loop.types import Counts, Night
from wealthloop.reports.guardrails import watched
from wealthloop.reports.types import GuardrailReport
from wealthloop.strategies import life
from wealthloop.strategies.life import Running

ACTOR = "wealthloop"
"""Who pauses in the audit: the platform by itself."""


def watch_guardrails(night: Night) -> Counts:
    """Pause every running version one of whose guardrails is surely broken, with the figures in the audit."""
    looked = paused = 0
    for one in life.running(night.as_of):
        found = watched(
            night.bank, night.home, strategy_id=one.strategy_id, version=one.version, as_of=night.as_of
        )  # fmt: skip
        looked += len(found)
        harm = [rail for rail in found if rail.standing == "harm"]
        if harm:
            _pause(night, one, harm)
            paused += 1
    return {"guardrails": looked, "paused": paused}


def _pause(night: Night, one: Running, harm: list[GuardrailReport]) -> None:
    with transaction.atomic():
        life.pause(one.strategy_id, one.version, by=ACTOR, now=night.now)
        for rail in harm:
            figures = {
                "metric": rail.metric, "at_most": rail.at_most, "effect": rail.effect, "low": rail.low,
                "high": rail.high, "customers": rail.n, "as_of": night.as_of.isoformat(),
            }  # fmt: skip
            audit(
                ACTOR, "strategy.harmed", object_type="strategy", object_id=one.experiment, detail=figures,
                now=night.now,
            )  # fmt: skip
