"""Rows of a ledger made by hand."""

from datetime import date

import pyarrow as pa

from wealthloop import ledger


def decisions(
    run_id: str = "run1", *, n: int = 5, as_of: date = date(2026, 11, 20), strategy_id: str = "maturity"
) -> pa.Table:
    """Return so many decisions of a run, every second one control, each of another customer."""
    given: dict[str, list[object]] = {
        "decision_id": [f"{run_id}-{i}" for i in range(n)],
        "run_id": [run_id] * n,
        "as_of": [as_of] * n,
        "person_key": [f"p{i}" for i in range(n)],
        "strategy_id": [strategy_id] * n,
        "strategy_version": [1] * n,
        "arm": ["control" if i % 2 else "treatment" for i in range(n)],
        "arm_share": [0.8] * n,
        "treated": [i % 2 == 0 for i in range(n)],
        "disposition": [ledger.Disposition.RELEASED if i % 2 == 0 else ledger.Disposition.WITHHELD for i in range(n)],
        "channel": ["rm"] * n,
        "refill": [False] * n,
        "propensity": [1.0] * n,
        "value": [100 * i for i in range(n)],
    }
    columns = [pa.array(given.get(field.name, [None] * n), type=field.type) for field in ledger.DECISIONS]
    return pa.table(dict(zip(ledger.DECISIONS.names, columns, strict=True)))
