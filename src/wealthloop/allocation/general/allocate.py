"""From a problem's folder to a plan in a file, with its certificate."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.allocation.general.checked import used_by, violations
from wealthloop.allocation.general.conflict import conflict_of
from wealthloop.allocation.general.folder import Named, read_problem
from wealthloop.allocation.general.hard import Whole, whole_of
from wealthloop.allocation.general.layout import Floats, Integers
from wealthloop.allocation.general.prices import write_prices
from wealthloop.allocation.general.reduced import SAMPLE, solve_here, solve_remote
from wealthloop.allocation.general.remote import open_remote
from wealthloop.allocation.general.solve import Solution
from wealthloop.allocation.general.told import Worth, conflict_text, name_of, worth_of
from wealthloop.errors import InvalidInput
from wealthloop.kit import peak_mib

if TYPE_CHECKING:
    from wealthloop.engines import Engine

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


def allocate(
    folder: Path, out: Path, *, prices: Path | None = None, start: Path | None = None, engine: "Engine | None" = None,
    sample: int = SAMPLE,
) -> Allocated:  # fmt: skip
    """Solve a problem and write its plan.

    Args:
        folder: with ``candidates.parquet``, ``capacities.parquet`` and ``limits.toml``.
        out: where customer, action, channel and value of what is chosen go, Parquet.
        prices: where the prices go.
        start: prices to set out from, such as yesterday's.
        engine: keeps the candidates and works on them, this process seeing only the few that matter; ``None``: this
            process reads them all.
        sample: with an engine, of how many customers, about, all candidates are fetched to find first prices.

    Raises:
        InvalidInput: the problem makes no sense; names file, row, column, rule, and what to do.
        Infeasible: no plan meets every minimum, or none was found.
        EngineError: the engine refused.
    """
    began, worked = perf_counter(), process_time()
    pa.set_memory_pool(pa.system_memory_pool())  # what is read and let go goes back at once
    if engine is None:
        named = read_problem(folder)
        whole, ask = whole_of(named.instance), partial(solve_here, named)
    else:
        remote = open_remote(engine, folder)
        whole, ask = remote.whole, partial(solve_remote, remote, sample=sample)
    read = perf_counter()
    named, found = ask(start=start)
    if found.short.any():
        raise Infeasible(_why_not(named, found, whole))
    solved, worked = perf_counter(), process_time() - worked
    used = used_by(named, found.picked)
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
        violations=violations(named, found.picked, used),
        chosen=int(found.picked.size),
        candidates=whole.candidates,
        customers=whole.customers,
        reading_seconds=round(read - began, 3),
        solving_seconds=round(solved - read, 3),
        solving_cpu_seconds=round(worked, 3),
        steps=found.steps,
        notes=_notes(named, found, whole),
        prices=_dearest(named, found.prices),
        worth=tuple(worth_of(named, found.prices, used)),
    )


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


def _notes(named: Named, found: Solution, whole: Whole) -> tuple[str, ...]:
    notes = []
    if not whole.candidates:
        notes.append("candidates.parquet has no row: nothing can be chosen, the plan is empty")
    elif not found.picked.size:
        notes.append("no candidate with a value fits into the capacities: the plan is empty")
    if named.unused:
        some = ", ".join(named.unused[:5])
        notes.append(f"no candidate uses {len(named.unused)} of the limits: {some}{', ...' * (len(named.unused) > 5)}")
    if found.gap > named.limits.gap_target:
        notes.append(f"the gap is above the target of {named.limits.gap_target:g}")
    return tuple(notes)


def _why_not(named: Named, found: Solution, whole: Whole) -> str:
    sides = conflict_of(named.instance, found.prices) if named.instance.candidates else ()
    if sides:
        most = f"with at most {named.limits.per_customer} a customer"
        return (
            f"capacities.parquet: {most}, no plan keeps these together, though it could without any one of them: "
            f"{conflict_text(named, sides)}; lower a minimum or raise a capacity among them"
        )
    short = np.flatnonzero(found.short)
    names = ", ".join(name_of(named, row) for row in short[:5].tolist())
    if not whole.candidates:
        return f"candidates.parquet has no row, but there are minimums: {names}; add candidates or drop the minimums"
    return f"capacities.parquet: no plan was found that meets the minimum of {names}; lower it"
