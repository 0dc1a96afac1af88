"""The app's events."""

import numpy as np

from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.records import EVENTS, PAGES
from wealthloop.sandbox.state import Scene


def note_events(scene: Scene, who: Ints, *, kind: str, page: str, product: Ints) -> None:
    """Write app events, at most one of a kind for each customer and day."""
    code = EVENTS.index(kind)
    scene.records.app_events.add(
        {
            "event_id": (scene.stamp() * 10_000_000 + who) * 1_000 + code,
            "customer_id": who,
            "at": scene.instants(who, since=420, until=1380, salt=60) + code * 40_000_000,
            "kind": np.full(len(who), code),
            "product_id": product,
            "page": np.full(len(who), PAGES.index(page)),
        }
    )
