"""From a problem's folder to a plan in a file, with its certificate."""

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.allocation.general.conflict import conflict_of
from wealthloop.allocation.general.folder import Named, read_problem
from wealthloop.allocation.general.layout import Floats, Integers
from wealthloop.allocation.general.prices import read_prices, write_prices
from wealthloop.allocation.general.solve import Solution, solve
from wealthloop.allocation.general.told import Worth, conflict_text, name_of, worth_of
from wealthloop.errors import InvalidInput
from wealthloop.kit import peak_mib

_MIB_TO_MB: Final = 1.048576
_TOLD: Final = 200


class Infeasible(InvalidInput):
    """No plan meets every minimum within the capacities."""

    code = "infeasible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocated:
    """What came of a problem."""

    objective: float
    bound: float
    search_bound: float
    gap: float
    seconds: float
    peak_mb: float
    violations: int
    chosen: int
    candidates: int
    customers: int
    reading_seconds: float
    solving_seconds: float
    solving_cpu_seconds: float
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    prices: tuple[dict[str, Any], ...]
    """The dearest prices by resource and key, ``_TOLD`` at most; a prices file has all."""
    worth: tuple[Worth, ...]

    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def allocate(folder: Path, out: Path, *, prices: Path | None = None, start: Path | None = None) -> Allocated:
    """Solve a problem and write its plan.

    Args:
        folder: with ``candidates.parquet``, ``capacities.parquet`` and ``limits.toml``.
        out: where customer, action, channel and value of what is chosen go, Parquet.
        prices: where the prices go.
        start: prices to set out from, such as yesterday's.

    Raises:
        InvalidInput: the problem makes no sense; names file, row, column, rule, and what to do.
        Infeasible: no plan meets every minimum, or none was found.
    """
    began = perf_counter()
    pa.set_memory_pool(pa.system_memory_pool())  # what is read and let go goes back at once
    named = read_problem(folder)
    known = read_prices(start, named) if start else None
    read, worked = perf_counter(), process_time()
    limits = named.limits
    found = solve(named.instance, start=known, gap_target=limits.gap_target, seconds=limits.seconds)
    if found.short.any():
        raise Infeasible(_why_not(named, found))
    solved, worked = perf_counter(), process_time() - worked
    used = _used(named, found.picked)
    _write(out, named, found.picked)
    if prices:
        write_prices(prices, named, found.prices)
    return Allocated(
        objective=found.objective,
        bound=found.bound,
        search_bound=found.search_bound,
        gap=found.gap,
        seconds=round(perf_counter() - began, 3),
        peak_mb=round(peak_mib() * _MIB_TO_MB, 1),
        violations=_violations(named, found.picked, used),
        chosen=int(found.picked.size),
        candidates=named.instance.candidates,
        customers=named.instance.customers,
        reading_seconds=round(read - began, 3),
        solving_seconds=round(solved - read, 3),
        solving_cpu_seconds=round(worked, 3),
        steps=found.steps,
        notes=_notes(named, found),
        prices=_dearest(named, found.prices),
        worth=tuple(worth_of(named, found.prices, used)),
    )


def _used(named: Named, picked: Integers) -> Floats:
    """Return what a plan uses of each row, shape (n_rows,)."""
    instance = named.instance
    mass = np.bincount(instance.menus.pattern[picked], minlength=instance.patterns.start.size - 1).astype(np.float64)
    out: Floats = mass @ instance.uses
    return out


def _violations(named: Named, picked: Integers, used: Floats) -> int:
    """Count broken limits, from the plan alone: rows over or under, slots and customers with too much."""
    instance = named.instance
    rows, menus = instance.rows, instance.menus
    slot = np.searchsorted(menus.slot, picked, side="right") - 1
    slots, each = np.unique(slot, return_counts=True)
    _, taken = np.unique(instance.owner[slots], return_counts=True)
    over = used > rows.capacity * (1 + 1e-9) + 1e-9
    under = used < rows.minimum * (1 - 1e-9) - 1e-9
    return int(over.sum() + under.sum() + (each > 1).sum() + (taken > instance.most).sum())


def _dearest(named: Named, prices: Floats) -> tuple[dict[str, Any], ...]:
    order = np.argsort(-np.abs(prices), kind="stable")[:_TOLD]
    return tuple(
        {"resource": named.resources[row], "key": named.keys[row], "price": float(prices[row])}
        for row in order[prices[order] != 0].tolist()
    )


def _write(out: Path, named: Named, picked: Integers) -> None:
    menus = named.instance.menus
    row = picked if named.order is None else named.order[picked]
    picked = picked[np.argsort(row, kind="stable")]
    pattern = menus.pattern[picked]
    customer = np.searchsorted(menus.slot[menus.first], picked, side="right") - 1
    columns = {
        "customer": named.customers.take(pa.array(customer, pa.int64())),
        "action": named.actions.take(pa.array(named.action[pattern], pa.int64())),
        "channel": named.channels.take(pa.array(named.channel[pattern], pa.int64())),
        "value": pa.array(menus.value[picked]),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), out)


def _notes(named: Named, found: Solution) -> tuple[str, ...]:
    notes = []
    if not named.instance.candidates:
        notes.append("candidates.parquet has no row: nothing can be chosen, the plan is empty")
    elif not found.picked.size:
        notes.append("no candidate with a value fits into the capacities: the plan is empty")
    if named.unused:
        some = ", ".join(named.unused[:5])
        notes.append(f"no candidate uses {len(named.unused)} of the limits: {some}{', ...' * (len(named.unused) > 5)}")
    if found.gap > named.limits.gap_target:
        notes.append(f"the gap is above the target of {named.limits.gap_target:g}")
    return tuple(notes)


def _why_not(named: Named, found: Solution) -> str:
    sides = conflict_of(named.instance, found.prices) if named.instance.candidates else ()
    if sides:
        most = f"with at most {named.limits.per_customer} a customer"
        return (
            f"capacities.parquet: {most}, no plan keeps these together, though it could without any one of them: "
            f"{conflict_text(named, sides)}; lower a minimum or raise a capacity among them"
        )
    short = np.flatnonzero(found.short)
    names = ", ".join(name_of(named, row) for row in short[:5].tolist())
    if not named.instance.candidates:
        return f"candidates.parquet has no row, but there are minimums: {names}; add candidates or drop the minimums"
    return f"capacities.parquet: no plan was found that meets the minimum of {names}; lower it"
