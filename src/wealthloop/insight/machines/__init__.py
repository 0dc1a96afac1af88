"""Tags as state machines: their documents, and the vectorised walk of every customer through one."""

from wealthloop.insight.machines.document import (
    FOLDER,
    Bounds,
    Comparison,
    Definition,
    FactFrom,
    State,
    Text,
    Transition,
    load_definition,
    parse_definition,
)
from wealthloop.insight.machines.guards import Fact, Flags, holds
from wealthloop.insight.machines.walk import Step, Walked, walk

__all__ = [
    "FOLDER",
    "Bounds",
    "Comparison",
    "Definition",
    "Fact",
    "FactFrom",
    "Flags",
    "State",
    "Step",
    "Text",
    "Transition",
    "Walked",
    "holds",
    "load_definition",
    "parse_definition",
    "walk",
]
