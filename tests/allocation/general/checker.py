"""Reads a problem and a plan as anybody would, in plain loops: shares no code with the solver."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.optimize import Bounds, LinearConstraint, milp

Row = Mapping[str, Any]
Use = Callable[[Row], float]


def rows_of(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


def limits_of(problem: Path) -> Iterator[tuple[tuple[str, str], Use, float, float]]:
    """Yield (resource, key), what a candidate uses of it, capacity and minimum of every limit."""
    candidates, capacities = rows_of(problem / "candidates.parquet"), rows_of(problem / "capacities.parquet")
    named = {(row["resource"], row["key_column"], row.get("key")) for row in capacities if row.get("key")}
    for row in capacities:
        resource, column = row["resource"], row["key_column"]
        capacity = math.inf if row["capacity"] is None else row["capacity"]
        least = row.get("minimum") or 0.0
        if row["kind"] == "global":
            yield (resource, ""), _of(resource, None, ""), capacity, least
        elif row.get("key"):
            yield (resource, row["key"]), _of(resource, column, row["key"]), capacity, least
        else:
            keys = {str(one[column]) for one in candidates if one[resource] > 0}
            for key in sorted(keys - {key for r, c, key in named if (r, c) == (resource, column)}):
                yield (resource, key), _of(resource, column, key), capacity, least


def _of(resource: str, column: str | None, key: str) -> Use:
    return lambda row: row[resource] if column is None or str(row[column]) == key else 0.0


def broken(problem: Path, plan: Path, per_customer: int) -> list[str]:
    """Name what a plan breaks."""
    candidates = {
        (one["customer"], one["action"], one["channel"]): one for one in rows_of(problem / "candidates.parquet")
    }
    chosen = rows_of(plan)
    names = [(one["customer"], one["action"], one["channel"]) for one in chosen]
    wrong = [f"{name} is no candidate" for name in names if name not in candidates]
    wrong += [f"{name} twice" for name, n in Counter(names).items() if n > 1]
    wrong += [
        f"value of {name}" for name, one in zip(names, chosen, strict=True) if candidates[name]["value"] != one["value"]
    ]
    wrong += [f"{who} has {n}" for who, n in Counter(name[0] for name in names).items() if n > per_customer]
    wrong += [f"slot {slot} has {n}" for slot, n in Counter((name[0], name[2]) for name in names).items() if n > 1]
    for name, use, capacity, least in limits_of(problem):
        used = math.fsum(use(candidates[one]) for one in names)
        if used > capacity + 1e-9 * max(1.0, capacity):
            wrong.append(f"{name} uses {used} of {capacity}")
        if used < least - 1e-9 * max(1.0, least):
            wrong.append(f"{name} uses {used}, at least {least}")
    return wrong


def bound_by(problem: Path, prices: Path, per_customer: int) -> float:
    """Return what prices prove by weak duality."""
    price = {(row["resource"], row["key"]): row["price"] for row in rows_of(prices)}
    total, limits = 0.0, list(limits_of(problem))
    for name, _, capacity, least in limits:
        total += price[name] * (capacity if price[name] > 0 else least) if price[name] else 0.0
    slots: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in rows_of(problem / "candidates.parquet"):
        left = one["value"] - sum(price[name] * use(one) for name, use, _, _ in limits if price[name])
        slots[one["customer"]][one["channel"]] = max(slots[one["customer"]][one["channel"]], left)
    for best in slots.values():
        total += sum(sorted(best.values(), reverse=True)[:per_customer])
    return total


def optimum(problem: Path, per_customer: int) -> float | None:
    """Return the value of the best plan by HiGHS, ``None`` where there is no plan."""
    candidates = rows_of(problem / "candidates.parquet")
    if not candidates:
        return None if any(least > 0 for _, _, _, least in limits_of(problem)) else 0.0
    lines, low, high = [], [], []
    for _, use, capacity, least in limits_of(problem):
        lines.append([use(one) for one in candidates])
        low.append(least)
        high.append(capacity)
    for who in {one["customer"] for one in candidates}:
        lines.append([float(one["customer"] == who) for one in candidates])
        low.append(0.0)
        high.append(float(per_customer))
    for slot in {(one["customer"], one["channel"]) for one in candidates}:
        lines.append([float((one["customer"], one["channel"]) == slot) for one in candidates])
        low.append(0.0)
        high.append(1.0)
    found = milp(
        [-one["value"] for one in candidates],
        integrality=np.ones(len(candidates), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.array(lines), low, high),
        options={"mip_rel_gap": 0.0},
    )
    return -float(found.fun) if found.x is not None else None
