"""What a document shares with the strategies that run: customers, contacts, desks and channels."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, get_args

from wealthloop.loop.capacity import HOUSEHOLD
from wealthloop.loop.options import Option
from wealthloop.rehearsal.dryrun import Rehearsed, displaced
from wealthloop.rehearsal.types import Load, LoadKind, Overlap

_KINDS: Final[Mapping[str, LoadKind]] = {kind: kind for kind in get_args(LoadKind)}
"""By the first word of a resource's name."""


def overlaps(
    rehearsed: Rehearsed, audience: frozenset[str], others: Mapping[str, frozenset[str]]
) -> tuple[Overlap, ...]:
    """Return what is shared with each running strategy, the most customers first.

    Args:
        rehearsed: both plans of a week.
        audience: whom the document is for.
        others: whom each of the others is for.
    """
    fewer = displaced(rehearsed)
    mine = {one.option.customer_id for one in rehearsed.mine}
    found = []
    for other in rehearsed.candidate.others:
        shared = audience & others[other.strategy_id]
        theirs = [one for one in rehearsed.without_it.planned if one.option.strategy_id == other.strategy_id]
        found.append(
            Overlap(
                strategy_id=other.strategy_id,
                version=other.version,
                customers=len(shared),
                share=_share(len(shared), len(audience)),
                share_of_theirs=_share(len(shared), len(others[other.strategy_id])),
                contacts=len(theirs),
                displaced=fewer[other.strategy_id],
                same_customers=sum(one.option.customer_id in mine for one in theirs),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.customers, one.strategy_id)))


def loads(rehearsed: Rehearsed) -> tuple[Load, ...]:
    """Return what every resource that anybody wants is asked for and has, what is asked the most over it first."""
    name = rehearsed.candidate.mine.strategy_id
    best = _best(rehearsed.options.with_it)
    wanted = _used(best)
    ours = _used(one for one in best if one.strategy_id == name)
    sent = _used(one.option for one in rehearsed.with_it.planned if not one.withheld)
    found = (
        Load(
            kind=_KINDS[resource.split(":", maxsplit=1)[0]],
            who=resource.partition(":")[2],
            wanted=units,
            ours=ours[resource],
            sent=sent[resource],
            capacity=rehearsed.capacity.get(resource, 0),
        )
        for resource, units in wanted.items()
        if units and not resource.startswith(HOUSEHOLD)
    )
    return tuple(sorted(found, key=lambda one: (-one.over, one.kind, one.who)))


def _best(options: Iterable[Option]) -> list[Option]:
    """Return the contact of the most value of each customer, of those that are worth anything."""
    best: dict[str, Option] = {}
    for one in options:
        known = best.get(one.customer_id)
        if one.net_value > 0 and (known is None or one.weighted_value > known.weighted_value):
            best[one.customer_id] = one
    return list(best.values())


def _used(options: Iterable[Option]) -> Counter[str]:
    used: Counter[str] = Counter()
    for one in options:
        used.update(one.uses)
    return used


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
