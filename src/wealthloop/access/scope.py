"""Whose customers a person may see; every page, search, count and stream asks here (I19)."""

from dataclasses import dataclass
from typing import Final

from wealthloop.access.models import Person, Role

_SEES_OWN_BOOK: Final = frozenset({Role.RM, Role.INVESTMENT_ADVISER})
_SEES_BRANCH: Final = frozenset({Role.BRANCH_HEAD, Role.LOBBY_MANAGER})
_SEES_POOL: Final = frozenset({Role.REMOTE_AGENT})
_SEES_EVERYTHING: Final = frozenset({Role.COMPLIANCE, Role.HEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The customers that a person may know of; the default is nobody."""

    staff_id: str = ""
    """Customers in this person's own book; empty for none."""
    branch_ids: frozenset[str] = frozenset()
    """Customers of these branches."""
    pool: bool = False
    """Customers whom no relationship manager holds (公海)."""
    everything: bool = False


NOBODY: Final = Scope()


def scope_of(person: Person) -> Scope:
    """Return a person's scope; people who make or examine strategies see aggregates and no single customer."""
    if not person.is_active:
        return NOBODY
    if person.role in _SEES_EVERYTHING:
        return Scope(everything=True)
    if person.role in _SEES_BRANCH:
        return Scope(staff_id=person.staff_id, branch_ids=frozenset({person.branch_id} - {""}))
    if person.role in _SEES_OWN_BOOK:
        return Scope(staff_id=person.staff_id)
    if person.role in _SEES_POOL:
        return Scope(staff_id=person.staff_id, pool=True)
    return NOBODY


def sees(scope: Scope, *, staff_id: str | None, branch_id: str | None) -> bool:
    """Say whether a customer lies within a scope.

    Args:
        scope: the asker's.
        staff_id: who holds the customer today; None or empty for the public pool.
        branch_id: the customer's branch; None or empty where the bank names none.
    """
    if scope.everything:
        return True
    if staff_id and staff_id == scope.staff_id:
        return True
    if branch_id and branch_id in scope.branch_ids:
        return True
    return scope.pool and not staff_id
