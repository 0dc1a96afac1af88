"""Which rooms of the pages a person has: the left rail, and the door of every page."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wealthloop.access.models import Role

_DESK: Final = frozenset(
    {Role.RM, Role.REMOTE_AGENT, Role.LOBBY_MANAGER, Role.INVESTMENT_ADVISER, Role.BRANCH_HEAD},
)
_CONSOLE: Final = frozenset({
    Role.STRATEGY, Role.DATA, Role.TECHNOLOGY, Role.PRODUCT_MANAGER, Role.CONSUMER_PROTECTION, Role.COMPLIANCE,
    Role.HEAD,
})  # fmt: skip
_WATCHES_ALL: Final = frozenset({Role.COMPLIANCE, Role.HEAD})
_EVERYBODY: Final = _DESK | _CONSOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One entry of the rail."""

    name: str
    """The address's name."""
    label: str | Promise
    roles: frozenset[Role]
    only_demonstration: bool = False


ROOMS: Final = (
    Room(name="desk", label=_("Today"), roles=_DESK),
    Room(name="customers", label=_("Customers"), roles=_DESK | _WATCHES_ALL),
    Room(name="preview", label=_("Preview"), roles=_WATCHES_ALL, only_demonstration=True),
    Room(name="reports", label=_("Reports"), roles=_EVERYBODY - {Role.TECHNOLOGY}),
    Room(name="feedback", label=_("Feedback"), roles=(_CONSOLE - {Role.TECHNOLOGY}) | {Role.BRANCH_HEAD}),
    Room(name="years", label=_("Benchmark"), roles=_CONSOLE),
    Room(name="strategies", label=_("Strategies"), roles=_EVERYBODY),
    Room(name="growth", label=_("Growth"), roles=_CONSOLE - {Role.TECHNOLOGY}),
    Room(name="rhythm", label=_("Rhythm"), roles=_CONSOLE - {Role.TECHNOLOGY}),
    Room(name="rules", label=_("Rules"), roles=_CONSOLE - {Role.TECHNOLOGY}),
    Room(name="library", label=_("Library"), roles=_CONSOLE - {Role.TECHNOLOGY}),
    Room(name="incentives", label=_("Incentives"), roles=_CONSOLE - {Role.TECHNOLOGY}),
    Room(name="fairness", label=_("Fairness"), roles=_WATCHES_ALL | {Role.STRATEGY}),
    Room(name="models", label=_("Models"), roles=_CONSOLE),
    Room(name="segments", label=_("Segments"), roles=_CONSOLE - {Role.TECHNOLOGY}),
    Room(name="bank", label=_("Bank data"), roles=_CONSOLE),
)


def in_console(role: str) -> bool:
    """Say whether a role works on the bank's whole, not on a desk."""
    return role in _CONSOLE


def rooms_of(role: str, *, demonstration: bool) -> tuple[Room, ...]:
    """Return a role's rooms, in the order of the rail."""
    return tuple(room for room in ROOMS if role in room.roles and (demonstration or not room.only_demonstration))
