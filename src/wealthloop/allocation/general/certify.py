"""Checks a certificate: the bound that prices prove, and a plan beside it, recomputed from the candidates alone."""

import math
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.allocation.general.checked import used_by, violations
from wealthloop.allocation.general.folder import Named
from wealthloop.allocation.general.hard import best_responses, bound_of, worth_of_rows
from wealthloop.allocation.general.layout import Floats
from wealthloop.allocation.general.parts import NAMED
from wealthloop.allocation.general.prices import read_prices
from wealthloop.allocation.general.remote import Remote, best, open_remote, planned
from wealthloop.errors import InvalidInput

if TYPE_CHECKING:
    from wealthloop.engines import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What prices prove, and how far below it a plan is."""

    bound: float
    """No plan is worth more."""
    responses: float
    """What customers' best responses are worth at the prices."""
    capacities: float
    """What capacities are worth at them, less what minimums cost."""
    customers: int
    candidates: int
    taken: int
    """Candidates that are a best response."""
    over: int
    """Limits of which best responses use more than there is."""
    under: int
    """Limits of which they use less than the minimum."""
    objective: float | None
    """The plan's value by the candidates; ``None`` without a plan."""
    gap: float | None
    """Share of the bound that the plan may at most have missed."""
    violations: int | None
    """Limits, slots and customers with too much or too little, rows that are no candidate or stand there twice."""
    seconds: float

    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def certify(
    engine: "Engine", folder: Path, prices: Path, *, plan: Path | None = None, demand: Path | None = None
) -> Certified:
    """Recompute the bound of a prices file over all candidates, wherever an engine keeps them.

    Args:
        engine: works on the candidates.
        folder: the problem's.
        prices: resource, key, price; what it lacks has no price, and a sign that a row forbids counts as 0.
        plan: customer, action and channel of what was chosen, to be checked too.
        demand: where resource, key, price, capacity, minimum and what best responses use go, Parquet: a price is too
            low where they use more than the capacity.

    Raises:
        InvalidInput: a file is missing or makes no sense.
        EngineError: the engine refused.
    """
    began = perf_counter()
    remote = open_remote(engine, folder)
    nothing = remote.named(remote.rows.schema().to_pyarrow().empty_table())
    known = read_prices(prices, nothing)
    named = remote.named(best(remote, known))
    used = used_by(named, np.arange(named.instance.candidates))
    bound = bound_of(named.instance, known, whole=remote.whole)
    rows = named.instance.rows
    if demand:
        _write(demand, named, known, used)
    objective, broken = _judged(remote, plan) if plan else (None, None)
    gap = None if objective is None else max(0.0, bound - objective) / abs(bound) if bound else 0.0
    return Certified(
        bound=bound, responses=best_responses(named.instance, known), capacities=worth_of_rows(rows, known),
        customers=remote.whole.customers, candidates=remote.whole.candidates, taken=named.instance.candidates,
        over=int((used > rows.capacity).sum()), under=int((used < rows.minimum).sum()),
        objective=objective, gap=gap, violations=broken, seconds=round(perf_counter() - began, 3),
    )  # fmt: skip


def _judged(remote: Remote, path: Path) -> tuple[float, int]:
    """Return what a plan is worth, and how many rules it breaks."""
    plan = _read_plan(path)
    asked = Counter(zip(*(plan[name].to_pylist() for name in NAMED), strict=True))
    named = remote.named(planned(remote, plan))
    picked = np.arange(named.instance.candidates)
    strange = len(asked) - picked.size
    twice = plan.num_rows - len(asked)
    broken = violations(named, picked, used_by(named, picked))
    return math.fsum(named.instance.menus.value), broken + strange + twice


def _read_plan(path: Path) -> pa.Table:
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file; a plan is what 'wealthloop allocate' wrote with --out")
    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: {error}; must be a Parquet file") from error
    for name in NAMED:
        if name not in table.column_names:
            raise InvalidInput(f"{path}: column {name} is missing, must be there; columns are {', '.join(NAMED)}")
    return pa.table({name: table[name].cast(pa.string()) for name in NAMED})


def _write(path: Path, named: Named, prices: Floats, used: Floats) -> None:
    rows = named.instance.rows
    columns = {
        "resource": pa.array(named.resources, pa.string()), "key": pa.array(named.keys, pa.string()),
        "price": pa.array(prices), "capacity": pa.array(rows.capacity), "minimum": pa.array(rows.minimum),
        "used": pa.array(used),
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
