"""Counts as a reader may see them: a small count of customers outside the reader's scope is hidden (I19)."""

from typing import Final

from wealthloop.access.scope import Scope

SMALL: Final = 10


def shown(count: int, scope: Scope) -> str:
    """Return a count of the whole bank's customers; 1 to 9 reads ``<10`` for a reader whose scope is a part."""
    if not scope.everything and 0 < count < SMALL:
        return f"<{SMALL}"
    return f"{count:,}"
