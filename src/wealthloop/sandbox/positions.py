"""Positions: one row for each lot of a product that a customer holds, the demand account apart."""

from dataclasses import dataclass, fields, replace

import numpy as np

from wealthloop.sandbox.catalogue import Catalogue
from wealthloop.sandbox.draws import Floats, Ints, Mask

LOTS = 10_000
"""Positions that one customer can open in a world; a position's number is customer x LOTS + running number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Columns of equal length, sorted by ``number``."""

    number: Ints
    customer: Ints
    product: Ints
    cost: Ints
    """Fen paid in."""
    units: Floats
    start: Ints
    maturity: Ints
    """Days since 1970; -1 for an open product."""
    renew: Mask

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: Mask) -> "Positions":
        """Return the chosen rows."""
        return Positions(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def cut(self, first: int, end: int) -> "Positions":
        """Return the rows from ``first`` up to ``end``."""
        return Positions(**{field.name: getattr(self, field.name)[first:end] for field in fields(self)})

    def plus(self, other: "Positions") -> "Positions":
        """Return both, in order."""
        return together([self, other])

    def rolled(self, rows: Mask, *, day: int, term: Ints) -> "Positions":
        """Return the positions with the chosen terms begun anew on a day."""
        start = np.where(rows, day, self.start)
        return replace(self, start=start, maturity=np.where(rows, day + term[self.product], self.maturity))

    def balances(self, catalogue: Catalogue, nav: Floats) -> Ints:
        """Return today's value of each position, fen: a term at its principal, an open product at its NAV."""
        at_nav = np.round(self.units * nav[self.product]).astype(np.int64)
        return np.where(catalogue.term[self.product] > 0, self.cost, at_nav)


def opened(
    catalogue: Catalogue, nav: Floats, *, number: Ints, customer: Ints, product: Ints, amount: Ints, start: Ints,
    renew: Mask,
) -> Positions:  # fmt: skip
    """Return new positions for amounts in fen; units are fen at a NAV of 1."""
    term = catalogue.term[product]
    return Positions(
        number=number,
        customer=customer,
        product=product,
        cost=amount,
        units=np.where(term > 0, 0.0, amount / nav[product]),
        start=start,
        maturity=np.where(term > 0, start + term, -1),
        renew=renew & (term > 0),
    )


def together(parts: list[Positions]) -> Positions:
    """Return positions joined, in order; column by column, so that little is held twice."""
    order = np.argsort(np.concatenate([part.number for part in parts]), kind="stable")
    return Positions(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts])[order] for f in fields(Positions)}
    )
