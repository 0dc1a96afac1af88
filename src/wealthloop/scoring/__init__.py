"""The model factory: declarations, labels, training, calibration, health, registry, scores, reasons, uplift."""

from wealthloop.scoring.challenge import Comparison, compare
from wealthloop.scoring.drift import Health, Hindsight, drift, load_health, look_back, save_health
from wealthloop.scoring.health import CONSEQUENCES, Consequence, feeds_of, flags_of, may_feed
from wealthloop.scoring.reasons import Explainer, explainer, reasons, reasons_for
from wealthloop.scoring.registry import Manifest, ModelRecord, record_of, records
from wealthloop.scoring.score import Before, load, save, score
from wealthloop.scoring.specs import SPECS, TIER_FLOORS
from wealthloop.scoring.train import fresh, train
from wealthloop.scoring.types import Family, Feeds, Flag, ModelSpec, Reason
from wealthloop.scoring.uplift import ContactEffect, Increment, PastContacts, Prior, estimate_uplift, incremental

__all__ = [
    "CONSEQUENCES",
    "SPECS",
    "TIER_FLOORS",
    "Before",
    "Comparison",
    "Consequence",
    "ContactEffect",
    "Explainer",
    "Family",
    "Feeds",
    "Flag",
    "Health",
    "Hindsight",
    "Increment",
    "Manifest",
    "ModelRecord",
    "ModelSpec",
    "PastContacts",
    "Prior",
    "Reason",
    "compare",
    "drift",
    "estimate_uplift",
    "explainer",
    "feeds_of",
    "flags_of",
    "fresh",
    "incremental",
    "load",
    "load_health",
    "look_back",
    "may_feed",
    "reasons",
    "reasons_for",
    "record_of",
    "records",
    "save",
    "save_health",
    "score",
    "train",
]
