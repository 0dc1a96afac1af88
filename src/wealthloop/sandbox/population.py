"""Who the customers are: the truth that they are born with and that no table shows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.errors import InvalidInput
from wealthloop.sandbox.catalogue import Catalogue
from wealthloop.sandbox.draws import Draws, Floats, Ints, Mask, normal
from wealthloop.sandbox.people_spec import Wealth
from wealthloop.sandbox.spec import WorldSpec

BLOCKS: Final = ("deceased", "incapacity", "frozen")
_PAYDAYS: Final = np.array([5, 8, 10, 15, 20, 25])
_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Latent facts; every array has shape (n_customers,) unless said otherwise."""

    birth: Ints
    """Days since 1970."""
    stage: Ints
    """Life stage at the opening, index into STAGES."""
    opening_aum: Ints
    """On-bank wealth at the opening, fen."""
    off_bank: Ints
    """Wealth elsewhere at the opening, fen."""
    income: Ints
    """A month, fen."""
    level: Ints
    """Risk that the customer can bear, 0 for C1 to 4 for C5."""
    digital: Floats
    """Affinity for digital channels, 0..1."""
    attention: Floats
    """Multiple of the average readiness to buy."""
    dog: Mask
    """Sleeping dog: put off by contacts."""
    inclined: NDArray[np.float32]
    """Need of each category before life stage and market, 0 where unsuitable; shape (n_customers, n_categories)."""
    affinity: NDArray[np.float32]
    """Multiple of being reached through each channel; shape (n_customers, n_channels)."""
    payroll: Mask
    payday: Ints
    mover: Mask
    """Moves the salary to another bank."""
    login_rate: Floats
    """Logins a day."""
    personalisation: Mask
    """Personalisation is agreed to."""
    block: Ints
    """Index into BLOCKS of the legal block, -1 for none."""
    lowest: Mask
    """Counts as of the lowest class at the opening."""


def born(spec: WorldSpec, catalogue: Catalogue, draws: Draws, *, opening: int) -> Truth:
    """Draw the customers of a world as of its opening day (days since 1970)."""
    people = spec.people
    old = draws.normal("age")
    age = np.clip(people.mean_age + people.age_sigma * old, 19, 88)
    aum = spread(spec.wealth, 0.3 * old + draws.normal("wealth"))
    ratio = spec.wealth.off_bank_ratio * np.exp(spec.wealth.off_bank_sigma * draws.normal("off_bank"))
    stage = _stage(age, draws.uniform("stage"))
    level = _level(age, draws.normal("risk"))
    digital = np.clip(0.85 - 0.009 * (age - 25) + 0.2 * draws.normal("digital"), 0.02, 0.98)
    return Truth(
        birth=opening - (age * _YEAR).astype(np.int64),
        stage=stage,
        opening_aum=aum,
        off_bank=(aum * ratio).astype(np.int64) + round(spec.wealth.off_bank_floor_yuan * 100),
        income=_income(spec, aum, draws),
        level=level,
        digital=digital,
        attention=np.exp(0.5 * draws.normal("attention") - 0.125),
        dog=draws.uniform("dog") < people.sleeping_dog_share,
        inclined=_inclined(spec, catalogue, draws, level),
        affinity=_affinity(people.affinity_sigma, draws),
        payroll=(draws.uniform("payroll") < people.payroll_share) & (age < 60),
        payday=_PAYDAYS[(draws.uniform("payday") * len(_PAYDAYS)).astype(np.int64)],
        mover=draws.uniform("mover") < spec.flows.mover_share,
        login_rate=_login_rate(people.dormant_share, digital, draws),
        personalisation=draws.uniform("personalisation") < spec.law.personalisation_granted,
        block=_block(draws.uniform("block")),
        lowest=(level == 0) & (draws.uniform("lowest") < 0.3),
    )


def spread(wealth: Wealth, score: Floats) -> Ints:
    """Return on-bank wealth in fen by the customers' ranks, the top group's share exactly as the world file asks.

    Ranks are turned into evenly spaced quantiles, so that the spread hardly depends on the seed.

    Raises:
        InvalidInput: a share so small that the top group would not be the top.
    """
    size = len(score)
    top = max(1, round(size * wealth.top_fraction))
    rank = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    body = np.exp(wealth.body_sigma * normal((np.arange(size - top) + 0.5) / size))
    upper = np.exp(wealth.top_sigma * normal((np.arange(top) + 0.5) / top))
    wanted = body.sum() * wealth.top_share / (1.0 - wealth.top_share)
    scale = (wanted - top * body.max()) / upper.sum()
    if scale < 0:
        raise InvalidInput(
            f"wealth.top_share == {wealth.top_share}, must be more: the others' wealthiest would own more"
        )
    sizes = np.concatenate([body, body.max() + scale * upper])
    fen: Ints = np.round(sizes * (wealth.mean_yuan * 100.0 / sizes.mean())).astype(np.int64)[rank]
    return fen


def _income(spec: WorldSpec, aum: Ints, draws: Draws) -> Ints:
    """Income rises slowly with wealth: by a quarter for each tenfold AUM above 10,000 yuan."""
    rich = 1.0 + 0.25 * np.clip(np.log10(np.maximum(aum, 1) / 1e6), 0, None)
    noise = np.exp(spec.people.income_sigma * draws.normal("income"))
    return np.asarray(spec.people.income_median_yuan * 100 * rich * noise).astype(np.int64)


def _stage(age: Floats, draw: Floats) -> Ints:
    """Life stage by age, the ages of the borders differing by up to eight years from person to person."""
    shifted = age + 8.0 * (draw - 0.5)
    return np.searchsorted(np.array([23.0, 28.0, 33.0, 46.0, 60.0]), shifted).astype(np.int64)


def _level(age: Floats, noise: Floats) -> Ints:
    tolerance = np.clip(0.62 - 0.005 * (age - 40) + 0.2 * noise, 0.0, 0.999)
    return np.asarray(tolerance * 5).astype(np.int64)


def _login_rate(dormant_share: float, digital: Floats, draws: Draws) -> Floats:
    """Logins a day: 1 in 90 days for the dormant (the rate at which most of them wake after two quiet months)."""
    active = 0.05 + 0.45 * digital
    return np.where(draws.uniform("dormant") < dormant_share, 1.0 / 90.0, active)


def _block(drawn: Floats) -> Ints:
    return np.where(drawn < 0.002, (drawn * 1500).astype(np.int64), -1)


def _affinity(sigma: float, draws: Draws) -> NDArray[np.float32]:
    """Liking of each channel: lognormal noise of mean 1."""
    liking = np.empty((draws.customers, len(CHANNELS)), dtype=np.float32)
    for index, channel in enumerate(CHANNELS):
        liking[:, index] = np.exp(sigma * draws.normal(f"affinity/{channel}") - sigma**2 / 2)
    return liking


def _inclined(spec: WorldSpec, catalogue: Catalogue, draws: Draws, level: Ints) -> NDArray[np.float32]:
    """Lognormal noise of mean 1; nil where the tamest product is too risky."""
    sigma = spec.appetite.need_sigma
    inclined = np.zeros((len(level), len(CATEGORIES)), dtype=np.float32)
    for index, category in enumerate(CATEGORIES):
        rows = catalogue.category == index
        if category == "demand" or not rows.any():
            continue
        noise = np.exp(sigma * draws.normal(f"need/{category}") - sigma**2 / 2)
        inclined[:, index] = noise * (level >= catalogue.rating[rows].min())
    return inclined
