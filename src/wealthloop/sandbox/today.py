"""What happens in the course of one day: gathered for whoever measures it, forgotten the next morning."""

from dataclasses import dataclass, field, fields

import numpy as np

from wealthloop.sandbox.arrays import DayEvents, Made, Texts
from wealthloop.sandbox.draws import Floats, Ints, Mask

Pair = tuple[Ints, Ints]


@dataclass(slots=True, kw_only=True)
class Today:
    """Events of the day so far; arrays are kept as they came and joined when the day ends."""

    bought: list[tuple[Ints, Ints, Ints, Ints, Mask]] = field(default_factory=list)
    """Customer, product, amount, position, whether a contact made it."""
    inflow: list[Pair] = field(default_factory=list)
    outflow: list[Pair] = field(default_factory=list)
    logins: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    opt_outs: list[Ints] = field(default_factory=list)
    complaints: list[tuple[Ints, Mask]] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    drawn: dict[str, Floats] = field(default_factory=dict)
    """Uniform numbers of streams that are read many times a day, kept so that they are drawn once."""

    def clear(self) -> None:
        """Forget the day before."""
        fresh = Today()
        for name in fields(fresh):
            setattr(self, name.name, getattr(fresh, name.name))

    def fork(self) -> "Today":
        """Return an independent copy; the arrays in it are never written to and stay shared."""
        return Today(
            bought=[*self.bought], inflow=[*self.inflow], outflow=[*self.outflow], logins=self.logins,
            opt_outs=[*self.opt_outs], complaints=[*self.complaints], made=[*self.made], drawn={**self.drawn},
        )  # fmt: skip

    def contacts(self) -> Made:
        """Return the contacts made so far, in the order in which they happened."""
        made = self.made
        return Made(
            customer=ints([m.customer for m in made]),
            channel=ints([m.channel for m in made]),
            product=ints([m.product for m in made]),
            warmth=_floats([m.warmth for m in made]),
            quality=_floats([m.quality for m in made]),
            strategy=_texts([m.strategy for m in made]),
            reached=_mask([m.reached for m in made]),
            interested=_mask([m.interested for m in made]),
        )

    def events(self) -> DayEvents:
        """Return the day as arrays."""
        return DayEvents(
            bought_customer=ints([row[0] for row in self.bought]),
            bought_product=ints([row[1] for row in self.bought]),
            bought_amount=ints([row[2] for row in self.bought]),
            bought_lot=ints([row[3] for row in self.bought]),
            bought_by_contact=_mask([row[4] for row in self.bought]),
            inflow_customer=ints([row[0] for row in self.inflow]),
            inflow_amount=ints([row[1] for row in self.inflow]),
            outflow_customer=ints([row[0] for row in self.outflow]),
            outflow_amount=ints([row[1] for row in self.outflow]),
            logins=self.logins,
            opt_outs=ints(self.opt_outs),
            complaints=ints([row[0] for row in self.complaints]),
            complaints_caused=_mask([row[1] for row in self.complaints]),
            made=self.contacts(),
        )


def ints(parts: list[Ints]) -> Ints:
    """Return arrays joined; empty for none."""
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _floats(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def _mask(parts: list[Mask]) -> Mask:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)


def _texts(parts: list[Texts]) -> Texts:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.object_)
