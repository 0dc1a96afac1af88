"""Exchanges in a plan that stands: a contact of one branch comes in, others go where it needs their room."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from wealthloop.loop.options import Option

_LOOKED_AT: Final = 500
"""Planned contacts, cheapest first, among which one that makes all the room at once is looked for."""

Uses: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(slots=True, kw_only=True)
class Exchanges:
    """A plan in the making; never above a capacity between two exchanges."""

    options: Sequence[Option]
    values: Sequence[int]
    capacities: Mapping[str, int]
    least: Mapping[str, int]
    """Contacts that each branch is to have."""
    branch_of: Mapping[str, str | None]
    """Branches of the options' customers."""
    pick: dict[str, int] = field(default_factory=dict)
    """Place of the option that a customer has."""
    contacts: Counter[str | None] = field(default_factory=Counter)
    """Planned, by branch."""
    moved: bool = False
    _uses: list[Uses] = field(init=False)
    _left: Counter[str] = field(init=False)
    _cheap: dict[str, list[int]] = field(default_factory=dict)
    """Places of what was planned at first and is still, by a resource it takes, the least loss a unit first."""
    _queues: dict[str, dict[Uses, list[int]]] = field(default_factory=dict)
    """Places by branch and by what they take, the best last."""

    def __post_init__(self) -> None:
        self._uses = [tuple(sorted((name, n) for name, n in one.uses.items() if n > 0)) for one in self.options]
        self._left = Counter(self.capacities)

    def branch(self, place: int) -> str | None:
        """Return whose customer an option is for."""
        return self.branch_of.get(self.options[place].customer_id)

    def lacks(self, branch: str) -> int:
        """Return how many contacts a branch is short of its floor; negative above it."""
        return self.least[branch] - self.contacts[branch]

    def enter(self, place: int) -> None:
        """Plan an option."""
        self.pick[self.options[place].customer_id] = place
        self.contacts[self.branch(place)] += 1
        self._left.subtract(dict(self._uses[place]))

    def leave(self, place: int) -> None:
        """Plan an option no more."""
        del self.pick[self.options[place].customer_id]
        self.contacts[self.branch(place)] -= 1
        self._left.update(dict(self._uses[place]))

    def index(self) -> None:
        """Order what is planned by what its room costs, and what could come in by what it is worth."""
        cheap: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for place in self.pick.values():
            for name, units in self._uses[place]:
                cheap[name].append((self.values[place] / units, place))
        self._cheap = {name: [place for _, place in sorted(several)] for name, several in cheap.items()}
        queues: dict[str, defaultdict[Uses, list[int]]] = {name: defaultdict(list) for name in self.least}
        for place in sorted(range(len(self.options)), key=lambda at: (self.values[at], at)):
            branch = self.branch(place)
            if branch in queues and self._could_be(place):
                queues[branch][self._uses[place]].append(place)
        self._queues = {name: dict(queue) for name, queue in queues.items()}

    def _could_be(self, place: int) -> bool:
        """Say whether a contact is worth something and fits alone."""
        return self.values[place] > 0 and all(self.capacities.get(name, 0) >= n for name, n in self._uses[place])

    def wanting(self, branch: str) -> list[int]:
        """Return the best contact of each kind that a branch could get: a kind is what a contact takes."""
        found = []
        for queue in self._queues[branch].values():
            while queue and self.options[queue[-1]].customer_id in self.pick:
                queue.pop()
            found += queue[-1:]
        return found

    def improve(self, branch: str) -> bool:
        """Bring one contact of a branch in, with what must go for it, at the least loss; False: there is no way."""
        ways = [(self._lost(out) - self.values[place], place, out) for place, out in self._ways(branch)]
        if not ways:
            return False
        _, place, out = min(ways)
        for gone in out:
            self.leave(gone)
            for name, _ in self._uses[gone]:
                self._cheap[name].remove(gone)
        self.enter(place)
        self.moved = True
        return True

    def _ways(self, branch: str) -> Iterator[tuple[int, tuple[int, ...]]]:
        for place in self.wanting(branch):
            need = {name: n - self._left[name] for name, n in self._uses[place] if n > self._left[name]}
            for out in (self._at_once(need), self._one_by_one(need)):
                if out is not None:
                    yield place, out

    def _lost(self, out: Sequence[int]) -> int:
        return sum(self.values[place] for place in out)

    def _may_go(self, name: str) -> Iterator[int]:
        """Yield what is planned and takes of a resource, cheapest first, where no floor forbids it."""
        for place in self._cheap.get(name, ()):
            own = self.branch(place)
            if own is None or own not in self.least or self.lacks(own) < 0:
                yield place

    def _at_once(self, need: Mapping[str, int]) -> tuple[int, ...] | None:
        """Return the first planned contact that makes all the room, if one is found."""
        if not need:
            return ()
        for _, place in zip(range(_LOOKED_AT), self._may_go(min(need)), strict=False):
            takes = dict(self._uses[place])
            if all(takes.get(name, 0) >= n for name, n in need.items()):
                return (place,)
        return None

    def _one_by_one(self, need: Mapping[str, int]) -> tuple[int, ...] | None:
        """Return planned contacts that make the room of one resource after the other."""
        out: list[int] = []
        spared: Counter[str | None] = Counter()
        for name in sorted(need):
            missing = need[name] - sum(dict(self._uses[place]).get(name, 0) for place in out)
            for place in self._may_go(name):
                if missing <= 0:
                    break
                own = self.branch(place)
                over = -self.lacks(own) - spared[own] if own is not None and own in self.least else 1
                if place not in out and over > 0:
                    out.append(place)
                    spared[own] += 1
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
