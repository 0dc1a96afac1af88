"""The wallet against the truth: how often intervals of wealth elsewhere hold it, in draws of a world that knows it.

Each draw's past is played and loaded as a bank's tables; the wallet is estimated from these alone; then the world's
truth is opened. Customers who were verified are judged apart: nobody has to estimate them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop import features
from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.converted import filled, true_of
from wealthloop.bank.rows import whole
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput
from wealthloop.insight.tiers import TIERS
from wealthloop.insight.wallet.estimate import SMALL_FEN, fen, fit_wallet, wallets
from wealthloop.insight.wallet.health import tiers_met
from wealthloop.insight.wallet.peers import peers_wallet
from wealthloop.insight.wallet.reports import consenting
from wealthloop.insight.wallet.types import LEVELS, WalletModel
from wealthloop.kit import Home, stable_id
from wealthloop.sandbox import Floats, Mask, World, load_world
from wealthloop.trials.calendar import Calendar
from wealthloop.trials.watch import Watch

_LEAST: Final = 500
_FEN: Final = 100.0
_SEED: Final = 7
OnSeed: TypeAlias = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPlan:
    """Draws of a world."""

    world: str
    """A shipped world's name or a file."""
    customers: int
    seeds: int
    """Seeds 1 to this."""

    def check(self) -> None:
        """Check the numbers.

        Raises:
            InvalidInput: too few customers or draws.
        """
        if self.customers < _LEAST:
            raise InvalidInput(f"customers == {self.customers}, must be at least {_LEAST}")
        if self.seeds < 1:
            raise InvalidInput(f"seeds == {self.seeds}, must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One draw's customers beside the truth, arrays of shape (n_customers,), money in fen."""

    audited: int
    """Customers of the random sample who were learnt from."""
    truth: Floats
    """Wealth elsewhere."""
    here: Floats
    guesses: Mapping[str, Floats]
    """Wealth elsewhere by ``wallet`` and by naive ways: ``peers``, ``one_amount`` and ``one_share`` for everyone."""
    ends: Mapping[float, tuple[Floats, Floats]]
    bare: Mapping[float, tuple[Floats, Floats]]
    """The same intervals as the fitted quantiles give them, without the calibration."""
    verified: Mask
    agrees: Mask
    """Agrees to personalisation: only these are ever audited."""


def judge(world: World, watch: Watch) -> Judged:
    """Estimate wallets from watched tables, and put them beside the truth of the world that wrote them."""
    engine, as_of = DuckDBEngine(), Calendar(measured=1).past_ends
    bank = BankTables(watch.home, engine)
    seen = features.build(bank, engine, as_of=as_of)
    model = fit_wallet(bank, engine, seen, as_of=as_of, seed=_SEED)
    made = wallets(model, bank, engine, seen, as_of=as_of)
    bare = replace(model, bands={level: replace(band, offset=0.0) for level, band in model.bands.items()})
    unmended = wallets(bare, bank, engine, seen, as_of=as_of)
    truth = world.truth_tables()["customers"]
    if truth["customer_id"].to_pylist() != made["customer_id"].to_pylist():
        raise InvalidInput("customers of the tables == others, must be those of the world")
    here = _floats(made, "on_bank")
    return Judged(
        audited=len(model.sample.y),
        truth=_floats(truth, "off_bank"),
        here=here,
        guesses={
            "wallet": _floats(made, "off_bank"),
            **_naive(model, here, peers_wallet(model.peers, bank, seen, as_of=as_of)),
        },
        ends=_ends(made),
        bare=_ends(unmended),
        verified=filled(made["verified_on"]),
        agrees=true_of(pc.is_in(made["customer_id"], value_set=consenting(bank, as_of=as_of))),
    )


def measure_wallets(plan: WalletPlan, *, on_seed: OnSeed = lambda _: None) -> dict[str, Any]:
    """Play draws of a world and return how well the wallet does in them, pooled and by draw; see ``summary``."""
    plan.check()
    spec = load_world(plan.world)
    draws = []
    for seed in range(1, plan.seeds + 1):
        draws.append(draw(plan, seed))
        on_seed(seed)
    return {
        "world": spec.name, "version": spec.version, "digest": spec.digest, "customers": plan.customers,
        "seeds": list(range(1, plan.seeds + 1)), "as_of": Calendar(measured=1).past_ends.isoformat(),
        **summary(draws),
    }  # fmt: skip


def summary(draws: Sequence[Judged]) -> dict[str, Any]:
    """Pool draws.

    Returns:
        ``audited`` (learnt from, all draws), ``judged`` (customers never verified), ``levels`` with the coverage by
        level, and ``errors`` of point estimates.
    """
    fresh = [~one.verified for one in draws]
    audited = sum(one.audited for one in draws)
    return {
        "audited": audited,
        "judged": int(sum(mask.sum() for mask in fresh)),
        "levels": [_level(draws, fresh, level, audited) for level in LEVELS],
        "errors": {name: _error(draws, fresh, name) for name in draws[0].guesses},
    }


def draw(plan: WalletPlan, seed: int) -> Judged:
    """Play one draw's past, load it into a home of its own, and judge the wallet in it."""
    calendar, salt = Calendar(measured=1), stable_id("wallet", seed)
    world = World(seed=seed, customers=plan.customers, salt=salt, spec=load_world(plan.world))
    with TemporaryDirectory() as folder:
        home = Home.create(Path(folder) / "home", kind="simulated", bank_name="海川银行 Haichuan Bank", salt=salt)
        watch = Watch(home)
        past = watch.files(calendar.past_ends)
        world.history(first=calendar.past_begins, last=calendar.past_ends, running=(), out=past)
        watch.take(calendar.past_ends)
        return judge(world, watch)


def _naive(model: WalletModel, here: Floats, like: Floats) -> dict[str, Floats]:
    found = fen(model.sample.y)
    shares = found / np.maximum(model.sample.here, 1.0)
    return {
        "peers": np.maximum(like - here, 0.0),
        "one_amount": np.full(len(here), np.median(found)),
        "one_share": here * np.median(shares),
    }


def _level(draws: Sequence[Judged], fresh: Sequence[Mask], level: float, audited: int) -> dict[str, Any]:
    held = [_held(one, one.ends, level) for one in draws]
    judged = np.concatenate([hit[mask] for hit, mask in zip(held, fresh, strict=True)])
    by_seed = [float(hit[mask].mean()) for hit, mask in zip(held, fresh, strict=True)]
    bare = np.concatenate([_held(one, one.bare, level)[mask] for one, mask in zip(draws, fresh, strict=True)])
    width = np.concatenate(
        [(one.ends[level][1] - one.ends[level][0])[mask] for one, mask in zip(draws, fresh, strict=True)]
    )
    noise = math.sqrt(level * (1 - level) * (1 / max(audited, 1) + 1 / len(judged)))
    return {
        "level": level,
        "coverage": float(judged.mean()),
        "n": len(judged),
        "noise": noise,
        "within_2_points": bool(abs(judged.mean() - level) <= 0.02),
        "without_calibration": float(bare.mean()),
        "by_seed": by_seed,
        "mean_width_yuan": float(width.mean() / _FEN),
        "median_width_yuan": float(np.median(width) / _FEN),
        "groups": _groups(draws, held, fresh),
    }


def _groups(draws: Sequence[Judged], held: Sequence[Mask], fresh: Sequence[Mask]) -> list[dict[str, Any]]:
    """Return the coverage by tier of the wealth here, of who refuses personalisation, and of the verified."""
    tiers = [tiers_met(one.here) for one in draws]
    within: list[tuple[str, list[Mask]]] = [
        (one.name, [mask & (tier == k) for mask, tier in zip(fresh, tiers, strict=True)]) for k, one in enumerate(TIERS)
    ]
    within.append(("refuses_personalisation", [mask & ~one.agrees for one, mask in zip(draws, fresh, strict=True)]))
    within.append(("verified", [one.verified for one in draws]))
    rows = []
    for name, masks in within:
        hits = np.concatenate([hit[mask] for hit, mask in zip(held, masks, strict=True)])
        rows.append({"group": name, "n": len(hits), "coverage": float(hits.mean()) if hits.size else None})
    return rows


def _error(draws: Sequence[Judged], fresh: Sequence[Mask], name: str) -> dict[str, float]:
    """Return the mean absolute error in yuan, and the median of how many times too much or too little it is.

    For the latter 10,000 yuan are added to both, so that what is small in yuan is small.
    """
    pairs = [(one.guesses[name][mask], one.truth[mask]) for one, mask in zip(draws, fresh, strict=True)]
    guess, truth = (np.concatenate(side) for side in zip(*pairs, strict=True))
    times = np.abs(np.log((guess + SMALL_FEN) / (truth + SMALL_FEN)))
    return {
        "mean_absolute_yuan": float(np.abs(guess - truth).mean() / _FEN),
        "median_times": float(np.exp(np.median(times))),
    }


def _held(one: Judged, ends: Mapping[float, tuple[Floats, Floats]], level: float) -> NDArray[np.bool_]:
    """Return whose truth an interval holds; an absent interval holds nothing."""
    low, high = ends[level]
    return np.asarray((low <= one.truth) & (one.truth <= high), dtype=np.bool_)


def _ends(made: pa.Table) -> dict[float, tuple[Floats, Floats]]:
    names = {level: round(level * 100) for level in LEVELS}
    return {
        level: (_floats(made, f"off_bank_low_{n}"), _floats(made, f"off_bank_high_{n}")) for level, n in names.items()
    }


def _floats(table: pa.Table, name: str) -> Floats:
    """Return a column of fen, NaN where null, shape (n,)."""
    cells = table[name]
    return np.where(filled(cells), whole(cells), np.nan)
