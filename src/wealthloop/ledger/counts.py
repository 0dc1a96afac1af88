"""Counts over the ledger: how many customers a strategy version has planned."""

from datetime import date

import pyarrow.compute as pc

from wealthloop.kit import Home
from wealthloop.ledger.store import read


def units(home: Home, *, as_of: date) -> dict[tuple[str, int], int]:
    """Return by (strategy_id, version) how many customers have been planned by a day, each once, control included."""
    decisions = read(home).filter(pc.field("as_of") <= as_of)
    counted = decisions.group_by(["strategy_id", "strategy_version"]).aggregate([("person_key", "count_distinct")])
    return {
        (row["strategy_id"], row["strategy_version"]): row["person_key_count_distinct"] for row in counted.to_pylist()
    }
