"""A document as if it ran: beside which strategies, instead of which, under which version."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from wealthloop.errors import InvalidInput
from wealthloop.policies.types import Approval
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import Running, running
from wealthloop.strategies.load import content_hash
from wealthloop.strategies.moves import OVER
from wealthloop.strategies.repository import held_in, version_row, versions

_VERSION: Final = re.compile(r"(?P<id>[a-z][a-z0-9-]{1,40})/v(?P<version>[1-9][0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A document that is looked at as a running version."""

    mine: Running
    others: tuple[Running, ...]
    """What runs beside it."""
    replaces: Running | None
    """The running version of the same strategy that it would end."""

    @property
    def with_it(self) -> tuple[Running, ...]:
        """What runs when it does."""
        return tuple(sorted((*self.others, self.mine), key=lambda one: one.strategy_id))

    @property
    def without_it(self) -> tuple[Running, ...]:
        """What runs when it does not."""
        older = () if self.replaces is None else (self.replaces,)
        return tuple(sorted((*self.others, *older), key=lambda one: one.strategy_id))

    @property
    def every(self) -> tuple[Running, ...]:
        """Whatever runs with it or without it; the document last."""
        return (*self.without_it, self.mine)

    def at_full_width(self) -> "Candidate":
        """Return it without its ramp: as it is when everybody may enter."""
        document = self.mine.document.model_copy(update={"ramp": ()})
        return replace(self, mine=replace(self.mine, document=document))


def candidate(document: Strategy, *, as_of: date, today: date) -> Candidate:
    """Return a document as if it were launched at the end of a day.

    Args:
        document: the document.
        as_of: the day of the rehearsal.
        today: whose running strategies are those beside it.
    """
    digest = content_hash(document)
    now = running(today)
    same = next((one for one in now if one.strategy_id == document.id), None)
    mine = Running(
        strategy_id=document.id,
        version=_version_of(document.id, digest),
        document=document,
        approval=Approval(author="rehearsal", approved_by="nobody", content_hash=digest, approved_hash=digest),
        launched_on=as_of,
    )
    replaced = same if same is not None and same.version != mine.version else None
    return Candidate(mine=mine, others=tuple(one for one in now if one.strategy_id != document.id), replaces=replaced)


def version_named(reference: str) -> Strategy | None:
    """Return the document of a version that is named ``id/vN``; None where the text names none.

    Raises:
        NotFound: the home does not hold it.
    """
    found = _VERSION.fullmatch(reference)
    return None if found is None else held_in(version_row(found["id"], int(found["version"])))[0]


def _version_of(strategy_id: str, digest: str) -> int:
    """Return the version of this very content, or the one that it would become."""
    rows = versions(strategy_id)
    same = [row.version for row in rows if row.content_hash == digest and row.state not in OVER]
    if same:
        return same[-1]
    return max((row.version for row in rows), default=0) + 1


def must_be_known(as_of: date, last: date | None) -> date:
    """Return a day that the bank's tables reach.

    Raises:
        InvalidInput: they do not.
    """
    if last is None or as_of > last:
        raise InvalidInput(f"as_of == {as_of}, must not be after the last day of the bank's tables, {last}")
    return as_of
