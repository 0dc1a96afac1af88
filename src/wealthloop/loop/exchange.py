"""Exchanges in a plan that stands: a contact of one group comes in, others go where it needs their room.

Groups are what has a floor: the customers of a branch, the contacts of a strategy. A contact may count for several.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from wealthloop.loop.options import Option

_LOOKED_AT: Final = 500
"""Planned contacts, cheapest first, among which one that makes all the room at once is looked for; and contacts of one
kind, the best first, among which one that may come in is."""

Uses: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(slots=True, kw_only=True)
class Exchanges:
    """A plan in the making; never above a capacity between two exchanges."""

    options: Sequence[Option]
    values: Sequence[int]
    capacities: Mapping[str, int]
    least: Mapping[str, int]
    """Contacts that each group is to have."""
    groups: Sequence[tuple[str, ...]]
    """Of ``least``, for which each option counts."""
    pick: dict[str, int] = field(default_factory=dict)
    """Place of the option that a customer has."""
    contacts: Counter[str] = field(default_factory=Counter)
    """Planned, by group."""
    moved: bool = False
    _uses: list[Uses] = field(init=False)
    _left: Counter[str] = field(init=False)
    _cheap: dict[str, list[int]] = field(default_factory=dict)
    """Places of what was planned at first, by a resource it takes, the least loss a unit first."""
    _queues: dict[str, dict[Uses, list[int]]] = field(default_factory=dict)
    """Places by group and by what they take, the best last."""

    def __post_init__(self) -> None:
        self._uses = [tuple(sorted((name, n) for name, n in one.uses.items() if n > 0)) for one in self.options]
        self._left = Counter(self.capacities)

    def lacks(self, group: str) -> int:
        """Return how many contacts a group is short of its floor; negative above it."""
        return self.least[group] - self.contacts[group]

    def enter(self, place: int) -> None:
        """Plan an option."""
        self.pick[self.options[place].customer_id] = place
        self.contacts.update(self.groups[place])
        self._left.subtract(dict(self._uses[place]))

    def leave(self, place: int) -> None:
        """Plan an option no more."""
        del self.pick[self.options[place].customer_id]
        self.contacts.subtract(self.groups[place])
        self._left.update(dict(self._uses[place]))

    def index(self) -> None:
        """Order what is planned by what its room costs, and what could come in by what it adds."""
        cheap: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for place in self.pick.values():
            for name, units in self._uses[place]:
                cheap[name].append((self.values[place] / units, place))
        self._cheap = {name: [place for _, place in sorted(several)] for name, several in cheap.items()}
        queues: dict[str, defaultdict[Uses, list[int]]] = {name: defaultdict(list) for name in self.least}
        for place in sorted(range(len(self.options)), key=lambda at: (self._adds(at), at)):
            if self._could_be(place):
                for group in self.groups[place]:
                    queues[group][self._uses[place]].append(place)
        self._queues = {name: dict(queue) for name, queue in queues.items()}

    def _adds(self, place: int) -> int:
        """Return what a contact is worth beyond the one that its customer has."""
        own = self._own(place)
        return self.values[place] - (0 if own is None else self.values[own])

    def _own(self, place: int) -> int | None:
        """Return what is planned for an option's customer."""
        return self.pick.get(self.options[place].customer_id)

    def _could_be(self, place: int) -> bool:
        """Say whether a contact is worth something and fits alone."""
        return self.values[place] > 0 and all(self.capacities.get(name, 0) >= n for name, n in self._uses[place])

    def has_waiting(self, group: str) -> bool:
        """Say whether anything is left that a group could get, with room or without."""
        return next(self._waiting(group), None) is not None

    def _waiting(self, group: str) -> Iterator[list[int]]:
        """Yield what waits for a group by kind, the best last: customers who count for it already wait no more."""
        for queue in self._queues[group].values():
            while queue and self._counts(self._own(queue[-1]), group):
                queue.pop()
            if queue:
                yield queue

    def _counts(self, place: int | None, group: str) -> bool:
        return place is not None and group in self.groups[place]

    def improve(self, group: str) -> bool:
        """Bring one contact of a group in, with what must go for it, at the least loss; False: there is no way.

        A loss is shared by all groups that are short and get it.
        """
        ways = [(self._loss(place, out), place, out) for place, out in self._ways(group)]
        if not ways:
            return False
        _, place, out = min(ways)
        for gone in out:
            self.leave(gone)
        self.enter(place)
        self.moved = True
        return True

    def _ways(self, group: str) -> Iterator[tuple[int, tuple[int, ...]]]:
        for queue in self._waiting(group):
            several = (at for at in islice(reversed(queue), _LOOKED_AT) if not self._counts(self._own(at), group))
            place = next((at for at in several if self._has_a_way_out(at)), None)
            if place is not None:
                yield from ((place, out) for out in self._outs(place))

    def _has_a_way_out(self, place: int) -> bool:
        """Say whether the customer of an option has nothing yet, or something that may go for it."""
        own = self._own(place)
        return own is None or all(self._above(name) > 0 for name in self.groups[own] if name not in self.groups[place])

    def _outs(self, place: int) -> Iterator[tuple[int, ...]]:
        """Yield what may go so that an option fits: what its customer has, and what else makes the room."""
        own = self._own(place)
        first = () if own is None else (own,)
        freed = {} if own is None else dict(self._uses[own])
        need = {name: n - self._left[name] - freed.get(name, 0) for name, n in self._uses[place]}
        need = {name: n for name, n in need.items() if n > 0}
        spared = Counter(name for at in first for name in self.groups[at] if name not in self.groups[place])
        for more in (self._at_once(need, first, spared), self._one_by_one(need, first, spared)):
            if more is not None:
                yield (*first, *more)

    def _loss(self, place: int, out: Sequence[int]) -> float:
        """Return what an exchange loses, by the group that is short and gains; below 0 where it adds value."""
        lost = sum(self.values[at] for at in out) - self.values[place]
        return lost if lost <= 0 else lost / sum(self.lacks(group) > 0 for group in self.groups[place])

    def _above(self, group: str) -> int:
        """Return how many contacts of a group may go."""
        return -self.lacks(group)

    def _may_go(self, name: str, spared: Mapping[str, int]) -> Iterator[int]:
        """Yield what is planned and takes of a resource, cheapest first, where no floor forbids it.

        Args:
            name: the resource.
            spared: contacts that are to go beside it, by group; read anew for each.
        """
        for place in self._cheap.get(name, ()):
            stands = self._own(place) == place
            if stands and all(self._above(group) > spared[group] for group in self.groups[place]):
                yield place

    def _at_once(
        self, need: Mapping[str, int], first: Sequence[int], spared: Mapping[str, int]
    ) -> tuple[int, ...] | None:
        """Return the first planned contact that makes all the room, if one is found."""
        if not need:
            return ()
        for place in islice(self._may_go(min(need), spared), _LOOKED_AT):
            takes = dict(self._uses[place])
            if place not in first and all(takes.get(name, 0) >= n for name, n in need.items()):
                return (place,)
        return None

    def _one_by_one(
        self, need: Mapping[str, int], first: Sequence[int], spared: Mapping[str, int]
    ) -> tuple[int, ...] | None:
        """Return planned contacts that make the room of one resource after the other."""
        out: list[int] = []
        also = Counter(spared)
        for name in sorted(need):
            missing = need[name] - sum(dict(self._uses[place]).get(name, 0) for place in out)
            for place in self._may_go(name, also):
                if missing <= 0:
                    break
                if place not in out and place not in first:
                    out.append(place)
                    also.update(self.groups[place])
                    missing -= dict(self._uses[place])[name]
            if missing > 0:
                return None
        return tuple(out)

    def fill(self) -> None:
        """Give customers who have nothing what fits in the room that exchanges left, the most value first."""
        for place in sorted(range(len(self.options)), key=lambda at: (-self.values[at], at)):
            if self.values[place] <= 0:
                return
            free = all(self._left[name] >= n for name, n in self._uses[place])
            if free and self.options[place].customer_id not in self.pick:
                self.enter(place)
