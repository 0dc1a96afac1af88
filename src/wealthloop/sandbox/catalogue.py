"""The shelf as arrays, and the market that moves it."""

from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.bank.contract import CATEGORIES, RATINGS
from wealthloop.sandbox.draws import Draws, Floats, Ints, Mask, normal
from wealthloop.sandbox.spec import ProductSpec, WorldSpec

FACTORS: Final = ("equity", "bond", "gold")
ON_SALE_FROM: Final = "2024-01-01"
UNTIL_FURTHER: Final = 10**6
_YEAR: Final = 365.0
PRIVATE_FLOOR_FEN: Final = 600_000_000
"""Point AUM from which a customer may buy private products, in fen (bank-tables.md: the private tier)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Products in the order of the world file; every array has shape (n_products,)."""

    products: tuple[ProductSpec, ...]
    ids: list[str]
    category: Ints
    """Index into CATEGORIES."""
    rating: Ints
    """The higher of issuer's and seller's rating, 0 for R1; -1 where the product has none."""
    private: Mask
    minimum: Ints
    """Fen."""
    term: Ints
    """Days; 0 for an open product."""
    hold: Ints
    rate: Floats
    sale_to: Ints
    """Last day on sale, days since 1970."""
    loadings: Floats
    """NAV's share of each factor, shape (n_products, n_factors)."""
    drift: Floats

    def open_on(self, day: int) -> Mask:
        """Return which products are on sale, the demand account left out."""
        on_sale: Mask = self.sale_to >= day
        on_sale[0] = False
        return on_sale

    def pick(self, shelf: Mask, *, category: Ints, level: Ints, rich: Mask, drawn: Floats) -> Ints:
        """Return one product of the shelf for each customer, -1 where none suits.

        Args:
            shelf: products to choose from, shape (n_products,).
            category: wanted category, index into CATEGORIES, shape (n,).
            level: risk that each customer can bear, shape (n,).
            rich: who may hold private products, shape (n,).
            drawn: uniform numbers, shape (n,).
        """
        suits = shelf & (self.category == category[:, None]) & (self.rating <= level[:, None])
        suits &= rich[:, None] | ~self.private
        rank = np.cumsum(suits, axis=1, dtype=np.int16)
        wanted = (drawn * rank[:, -1]).astype(np.int64) + 1
        chosen = np.argmax(rank >= wanted[:, None], axis=1)
        return np.where(rank[:, -1] > 0, chosen, -1)

    def index(self, product_id: str | None) -> int:
        """Return a product's index, -1 for none.

        Raises:
            ValueError: the world has no such product.
        """
        return -1 if product_id is None else self.ids.index(product_id)


def catalogue_of(spec: WorldSpec) -> Catalogue:
    """Return the world's shelf."""
    products = spec.products
    ratings = [max(_rating(p.issuer_risk), _rating(p.seller_risk)) for p in products]
    until = [UNTIL_FURTHER if p.on_sale_to is None else _day(p.on_sale_to.isoformat()) for p in products]
    loadings = [[p.beta if p.factor == factor else 0.0 for factor in FACTORS] for p in products]
    return Catalogue(
        products=products,
        ids=[p.product_id for p in products],
        category=np.array([CATEGORIES.index(p.category) for p in products]),
        rating=np.array(ratings),
        private=np.array([p.private for p in products]),
        minimum=np.array([p.min_yuan * 100 for p in products]),
        term=np.array([p.term_days or 0 for p in products]),
        hold=np.array([p.min_hold_days or 0 for p in products]),
        rate=np.array([p.rate for p in products]),
        sale_to=np.array(until),
        loadings=np.array(loadings),
        drift=np.array([p.drift for p in products]),
    )


class Market:
    """Regimes, factor levels and NAVs, day by day."""

    def __init__(self, spec: WorldSpec, catalogue: Catalogue, draws: Draws) -> None:
        self._market, self._catalogue, self._draws = spec.market, catalogue, draws
        self._drift = np.array([spec.market.equity_drift, spec.market.bond_drift, spec.market.gold_drift])
        self._vol = np.array([spec.market.equity_vol, spec.market.bond_vol, spec.market.gold_vol])
        self.regime = 0
        self.levels: Floats = np.full(len(FACTORS), 1000.0)
        self.nav: Floats = np.ones(len(catalogue.ids))

    def fork(self) -> "Market":
        """Return an independent copy; a step makes new arrays, so that these may be shared."""
        return copy(self)

    def step(self, day: int) -> None:
        """Move to the given day."""
        draw = self._draws.shared("market", day, 2 + len(FACTORS))
        if draw[0] >= self._market.stay:
            self.regime = int(draw[1] * len(self._market.regimes))
        noise = normal(draw[2:])
        vol = self._vol[:, self.regime] / np.sqrt(_YEAR)
        returns = self._drift[:, self.regime] / _YEAR - vol**2 / 2 + vol * noise
        self.levels = self.levels * np.exp(returns)
        self.nav = self.nav * np.exp(self._catalogue.loadings @ returns + self._catalogue.drift / _YEAR)

    def rows(self) -> list[tuple[str, float]]:
        """Return today's (series, value): index levels, the demand rate and the NAVs of open products."""
        found = [
            (f"index:{factor}", round(float(level), 2)) for factor, level in zip(FACTORS, self.levels, strict=True)
        ]
        found += [(f"rate:{p.product_id}", p.rate) for p in self._catalogue.products if p.rate > 0]
        return found + [
            (f"nav:{product_id}", round(float(value), 6))
            for product_id, value, rate in zip(self._catalogue.ids, self.nav, self._catalogue.rate, strict=True)
            if rate == 0
        ]


def _rating(rating: str | None) -> int:
    return -1 if rating is None else RATINGS.index(rating)


def _day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))
