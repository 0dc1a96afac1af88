"""What the commands print of a home: counts and reports, without a path."""

from collections import Counter
from typing import Any

import pyarrow.parquet as pq

from wealthloop.bank import BankTables
from wealthloop.delivery.models import Card
from wealthloop.delivery.repository import state_counts
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import NotFound
from wealthloop.kit import Home
from wealthloop.leads.models import Lead
from wealthloop.reports.lift import effects
from wealthloop.reports.types import effects_json, pending_json
from wealthloop.scoring import records


def home_result(home: Home) -> dict[str, Any]:
    """Return the state of a home after its newest night as one JSON object.

    Raises:
        NotFound: no night is complete.
    """
    as_of = home.current()
    if as_of is None:
        raise NotFound("no night is complete, run one with 'wealthloop run --as-of DATE'")
    features = pq.read_schema(home.features / f"{as_of}.parquet")
    rows = pq.read_metadata(home.features / f"{as_of}.parquet").num_rows
    deliveries: Counter[str] = Counter()
    for counted in state_counts():
        deliveries[counted.state] += counted.count
    engine = DuckDBEngine()
    reports = effects(BankTables(home, engine), engine, home, as_of=as_of)
    return {
        "as_of": as_of.isoformat(),
        "customers": rows,
        "features": len(features.names) - 1,
        "models": len(records(home, pq.read_schema(home.scores / f"{as_of}.parquet").names)),
        "leads": Lead.objects.count(),
        "cards": Card.objects.count(),
        "deliveries": dict(sorted(deliveries.items())),
        "report": effects_json(reports),
        "pending": pending_json(reports),
    }
