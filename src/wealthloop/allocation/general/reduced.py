"""A problem whose candidates an engine keeps, solved on those that matter: prices of a sample say which these are.

The bound is proved over all candidates, on the engine. Where the plan is too far below it, the candidates near the
best at the new prices come to those that are there, and more of them: column generation (Ford and Fulkerson 1958, A
suggested computation for maximal multi-commodity network flows).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final

from wealthloop.allocation.general.descent import reach_at, sampled_prices
from wealthloop.allocation.general.folder import Named
from wealthloop.allocation.general.layout import Floats
from wealthloop.allocation.general.prices import read_prices
from wealthloop.allocation.general.remote import Remote, bound_at, everything, near, sample_of
from wealthloop.allocation.general.solve import Solution, solve

SAMPLE: Final = 20_000
"""Customers, about, of whom all candidates are fetched."""
_ROUNDS: Final = 5
_WIDER: Final = 2.0
"""What the reach is multiplied by from round to round."""
_PATIENCE: Final = 0.9
"""Rounds end when one leaves more than this share of the gap."""
_MORE: Final = 4.0
"""What the share of a sample that held nobody is multiplied by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """Candidates near the best at some prices."""

    remote: Remote
    prices: tuple[Floats, ...]
    reach: float
    demanded: bool
    """Whether those are among them that use what has a minimum, whatever they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proved:
    """A plan of near candidates, and what is proved over all."""

    named: Named
    plan: Solution
    bound: float
    prices: Floats

    @property
    def gap(self) -> float:
        return self.bound - self.plan.objective


def solve_here(named: Named, *, start: Path | None) -> tuple[Named, Solution]:
    """Solve a problem that is here whole."""
    known = read_prices(start, named) if start else None
    limits = named.limits
    return named, solve(named.instance, start=known, gap_target=limits.gap_target, seconds=limits.seconds)


def solve_remote(remote: Remote, *, start: Path | None, sample: int) -> tuple[Named, Solution]:
    """Solve a problem that an engine keeps; the bound holds for all its candidates.

    Where no plan of near candidates meets every minimum, all that use what has a minimum are fetched: no others can
    help a minimum, so that what cannot be met then cannot be met at all.

    Args:
        remote: the problem. With no more customers than ``sample`` it is fetched whole.
        start: prices to set out from.
        sample: customers, about, of whom all candidates are fetched.
    """
    if remote.whole.customers <= sample:
        return solve_here(everything(remote), start=start)
    until = perf_counter() + remote.limits.seconds
    at = _first(remote, start, sample)
    named, found = _solved(at, until)
    if found.short.any():
        at = replace(at, demanded=True)
        named, found = _solved(at, until)
        if found.short.any():
            return named, found
    best = _proved(remote, named, found)
    for _ in range(1, _ROUNDS):
        if best.gap <= remote.limits.gap_target * abs(best.bound) or perf_counter() > until:
            break
        at = replace(at, prices=(*at.prices, best.prices), reach=_WIDER * at.reach)
        before, best = best, _better(best, _proved(remote, *_solved(at, until)))
        if best.gap > _PATIENCE * before.gap:
            break
    return best.named, _told(remote, best, len(at.prices))


def _first(remote: Remote, start: Path | None, sample: int) -> _Near:
    """Return the candidates near the best at known prices, or at those of a sample."""
    share = sample / remote.whole.customers
    drawn = sample_of(remote, share)
    while not drawn.num_rows:
        share *= _MORE
        drawn = sample_of(remote, share)
    few = remote.named(drawn)
    part = few.instance.customers / remote.whole.customers
    prices = read_prices(start, few) if start else sampled_prices(few.instance, part)
    return _Near(remote=remote, prices=(prices,), reach=reach_at(few.instance, prices), demanded=False)


def _solved(at: _Near, until: float) -> tuple[Named, Solution]:
    named = at.remote.named(near(at.remote, at.prices, at.reach, demanded=at.demanded))
    left = max(0.0, until - perf_counter())
    return named, solve(named.instance, start=at.prices[-1], gap_target=named.limits.gap_target, seconds=left)


def _proved(remote: Remote, named: Named, found: Solution) -> _Proved:
    return _Proved(named=named, plan=found, bound=bound_at(remote, found.prices), prices=found.prices)


def _better(one: _Proved, other: _Proved) -> _Proved:
    """Return the better of two plans with the lower of two bounds."""
    plan = max(one, other, key=lambda each: each.plan.objective)
    proof = min(one, other, key=lambda each: each.bound)
    return replace(plan, bound=proof.bound, prices=proof.prices)


def _told(remote: Remote, best: _Proved, rounds: int) -> Solution:
    """Return a plan with what is proved over all candidates; search has proved more only where it saw them all."""
    all_seen = best.named.instance.candidates == remote.whole.candidates
    return replace(
        best.plan, bound=best.bound, prices=best.prices,
        search_bound=min(best.bound, best.plan.search_bound) if all_seen else best.bound,
        steps=("sample", *("near candidates",) * rounds, *best.plan.steps),
    )  # fmt: skip
