"""One allocation by ``wealthloop allocate`` beside OR-tools' PDLP and HiGHS, each in a process of its own.

    make bench-allocation
    .venv/bin/python benches/allocation.py --kind managers --customers 20000 --peers pdlp
    .venv/bin/python benches/allocation.py --only-ours --customers 1000000

PDLP ends at a relative tolerance of 1e-4, HiGHS at its own; both solve the relaxation, only ours gives whole contacts.
Reading is left out for everybody (ours with reading is told too); ``times_faster`` compares processor seconds, which
other work on the machine does not move. Memory is the most that each process has held.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, TypeAlias

Numbers: TypeAlias = Any
Sparse: TypeAlias = Any
Table: TypeAlias = Any
Column: TypeAlias = Any
Programme: TypeAlias = tuple[Numbers, Sparse, Numbers]
"""Loose types: ours and the peers' are loaded in processes of their own."""
PEERS = ("pdlp", "highs")


def rows_of(problem: Path) -> Programme:
    """Return the values, the sparse rows and their capacities, as a solver of linear programmes has them."""
    import numpy as np
    import pyarrow.parquet as pq
    import scipy.sparse as sp

    capacities = pq.read_table(problem / "capacities.parquet").to_pylist()
    table = pq.read_table(problem / "candidates.parquet")
    value = table["value"].to_numpy()
    n = value.size
    coded = {
        name: table[name].combine_chunks().dictionary_encode() for name in table.column_names if _named(table, name)
    }
    code = {name: _codes(column) for name, column in coded.items()}
    blocks = [sp.csr_matrix((np.ones(n), (code["customer"][0], np.arange(n))))]
    limits = [np.ones(blocks[0].shape[0])]
    for row in capacities:
        if row["capacity"] is None:
            continue
        amount = table[row["resource"]].to_numpy()
        of, names = code[row["key_column"]]
        if row["key"]:
            used = np.flatnonzero((amount > 0) & (of == names.index(row["key"])))
            blocks.append(sp.csr_matrix((amount[used], (np.zeros(used.size, int), used)), shape=(1, n)))
            limits.append(np.array([row["capacity"]]))
        else:
            used = np.flatnonzero(amount > 0)
            blocks.append(sp.csr_matrix((amount[used], (of[used], used)), shape=(len(names), n)))
            limits.append(np.full(len(names), row["capacity"]))
    return value, sp.vstack(blocks, format="csr"), np.concatenate(limits)


def _named(table: Table, name: str) -> bool:
    import pyarrow as pa

    return pa.types.is_dictionary(table.schema.field(name).type) or pa.types.is_string(table.schema.field(name).type)


def _codes(column: Column) -> tuple[Numbers, list[str]]:
    import numpy as np
    import pyarrow as pa

    column = column.cast(pa.string()).dictionary_encode()
    chunks = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return chunks.indices.to_numpy(zero_copy_only=False).astype(np.int64), chunks.dictionary.to_pylist()


def by_pdlp(value: Numbers, rows: Sparse, limits: Numbers) -> dict[str, Any]:
    """Solve the relaxation by OR-tools' PDLP at 1e-4, one thread."""
    import numpy as np
    from ortools.linear_solver.python import model_builder_helper as helper

    model = helper.ModelBuilderHelper()
    nothing = np.full(limits.size, -np.inf)
    model.fill_model_from_sparse_data(np.zeros(value.size), np.ones(value.size), value, nothing, limits, rows)
    model.set_maximize(True)
    solver = helper.ModelSolverHelper("pdlp")
    tolerance = "eps_optimal_absolute: 1e-4 eps_optimal_relative: 1e-4"
    solver.set_solver_specific_parameters(
        f"termination_criteria {{ simple_optimality_criteria {{ {tolerance} }} }} num_threads: 1"
    )
    solver.solve(model)
    return {"objective": solver.objective_value(), "status": str(solver.status()), "ortools": version("ortools")}


def by_highs(value: Numbers, rows: Sparse, limits: Numbers, seconds: float) -> dict[str, Any]:
    """Solve the relaxation by HiGHS as scipy ships it."""
    import scipy
    from scipy.optimize import linprog

    found = linprog(-value, A_ub=rows, b_ub=limits, bounds=(0, 1), method="highs", options={"time_limit": seconds})
    objective = None if found.x is None else float(value @ found.x)
    return {"objective": objective if found.status == 0 else None, "status": found.message, "scipy": scipy.__version__}


def peer(name: str, problem: Path, seconds: float) -> None:
    """Run one peer in this process and print what it took."""
    value, rows, limits = rows_of(problem)
    began, worked = perf_counter(), process_time()
    found = by_pdlp(value, rows, limits) if name == "pdlp" else by_highs(value, rows, limits, seconds)
    found |= {"seconds": round(perf_counter() - began, 2), "cpu_seconds": round(process_time() - worked, 2)}
    print(json.dumps(found | {"peak_mb": peak_mb()}))  # noqa: T201 - the result


def peak_mb() -> float:
    """Return the most memory that this process has held."""
    held = next(line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmHWM"))
    return round(int(held.split()[1]) * 1024 / 1e6, 1)


def ours(problem: Path, folder: Path) -> None:
    """Allocate in this process, everything compiled before the clock starts, and print what it took."""
    from wealthloop.allocation.general import allocate
    from wealthloop.allocation.general.made import make_problem

    for kind in ("plain", "managers"):
        make_problem(folder / kind, kind, 2_000)
        allocate(folder / kind, folder / "small.parquet")
    worked = process_time()
    found = allocate(problem, folder / "plan.parquet", prices=folder / "prices.parquet").told()
    del found["worth"], found["prices"]
    print(json.dumps(found | {"cpu_seconds_with_reading": round(process_time() - worked, 2)}))  # noqa: T201 - the result


def _asked(*arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(kind: str, customers: int, peers: list[str], seconds: float) -> dict[str, Any]:
    """Return what everybody took for one problem."""
    with tempfile.TemporaryDirectory() as name:
        problem = Path(name) / "problem"
        made = [
            sys.executable,
            "-m",
            "wealthloop.allocation.general.made",
            kind,
            str(problem),
            "--customers",
            str(customers),
        ]
        subprocess.run(made, check=True)  # noqa: S603 - our own module
        told: dict[str, Any] = {"kind": kind, "customers": customers}
        told["ours"] = _asked("--ours", str(problem), name)
        for one in peers:
            told[one] = _asked("--peer", one, str(problem), str(seconds))
            if told[one].get("objective"):
                told[one] |= _beside(told["ours"], told[one])
    return told


def _beside(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    return {
        "times_faster": round(theirs["cpu_seconds"] / mine["solving_cpu_seconds"], 1),
        "times_faster_by_the_clock": round(theirs["seconds"] / mine["solving_seconds"], 1),
        "share_of_its_memory": round(mine["peak_mb"] / theirs["peak_mb"], 3),
        "our_plan_below_its_relaxation": round(1 - mine["objective"] / theirs["objective"], 6),
    }


def main() -> None:
    """Print what was measured; exit 1 where a plan breaks a limit, its gap is too wide, or it beats the relaxation."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kind", default="plain", choices=("plain", "managers"))
    asked.add_argument("--customers", type=int, default=100_000)
    asked.add_argument("--peers", nargs="*", choices=PEERS, default=["pdlp"])
    asked.add_argument("--only-ours", action="store_true")
    asked.add_argument("--peer-seconds", type=float, default=240.0)
    asked.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    asked.add_argument("--ours", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.peer:
        return peer(given.peer[0], Path(given.peer[1]), float(given.peer[2]))
    if given.ours:
        return ours(*given.ours)
    peers = [] if given.only_ours else given.peers
    told = compare(given.kind, given.customers, peers, given.peer_seconds)
    told["versions"] = {name: version(name) for name in ("numba", "numpy", "ortools", "pyarrow", "scipy")}
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    mine = told["ours"]
    wrong = "error" in mine or mine["violations"] or mine["gap"] > 1e-3
    sys.exit(bool(wrong or any(told[one].get("our_plan_below_its_relaxation", 0) < -2e-4 for one in peers)))


if __name__ == "__main__":
    main()
