"""Every customer's tags of a day, kept with their transitions, and explained."""

from wealthloop.insight.tagged.definitions import DEFINITIONS, ORDER
from wealthloop.insight.tagged.explain import explained
from wealthloop.insight.tagged.kept import best_hours, load_tags, moves_of, save_tags
from wealthloop.insight.tagged.table import tag_table
from wealthloop.insight.tagged.types import Check, Explained, Move, Waiting
from wealthloop.insight.tagged.walks import Standing, standings

__all__ = [
    "DEFINITIONS",
    "ORDER",
    "Check",
    "Explained",
    "Move",
    "Standing",
    "Waiting",
    "best_hours",
    "explained",
    "load_tags",
    "moves_of",
    "save_tags",
    "standings",
    "tag_table",
]
