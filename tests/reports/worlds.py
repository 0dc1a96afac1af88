"""A tiny bank in memory whose true effects are known by arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tests.scanned import ScannedBank
from wealthloop.access.keys import person_keys
from wealthloop.bank import TABLES, storage_schema
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm
from wealthloop.reports.criterion import Criterion
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.parts import Metric

DAY = date(2026, 9, 1)


def day(offset: int) -> date:
    """Return a day of the world."""
    return DAY + timedelta(days=offset)


class MemoryBank(ScannedBank):
    """Tables given as rows; rows known on their own day."""

    def __init__(
        self,
        engine: DuckDBEngine,
        tables: Mapping[str, Sequence[Mapping[str, Any]]],
        *,
        imputed: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._engine = engine
        self._imputed = imputed or {}
        self._rows = {name: list(rows) for name, rows in tables.items()}

    def add(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table."""
        self._rows.setdefault(name, []).extend(rows)

    def has(self, name: str) -> bool:
        return bool(self._rows.get(name))

    def imputed(self) -> Mapping[str, tuple[str, ...]]:
        return self._imputed

    def table_at(self, name: str, as_of: date | None) -> pa.Table:
        schema = storage_schema(TABLES[name])
        table = pa.Table.from_pylist([_filled(row) for row in self._rows.get(name, [])], schema=schema)
        if as_of is not None:
            cut = datetime.combine(as_of + timedelta(days=1), time(0))
            table = table.filter(pc.less_equal(table["known_at"], pa.scalar(cut, pa.timestamp("us"))))
        return table


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    known_on = row.get("at_day") or row.get("as_of") or row.get("open_date") or date(2020, 1, 1)
    noon = datetime.combine(known_on, time(4))
    return {"known_at": noon, **({"at": noon} if "at_day" in row else {}), **row}


def buy(number: int, customer_id: str, on: date, *, product_id: str = "P1", amount: int = -100) -> dict[str, Any]:
    """Return a purchase."""
    return {
        "transaction_id": f"T{number}",
        "customer_id": customer_id,
        "at_day": on,
        "kind": "buy",
        "amount": amount,
        "product_id": product_id,
    }


PRODUCTS = (
    {"product_id": "P1", "name": "一", "category": "bond_fund", "regime": "investment"},
    {"product_id": "P2", "name": "二", "category": "gold", "regime": "investment"},
)


@dataclass
class Planned:
    """Decisions in the making."""

    strategy_id: str = "deposit"
    version: int = 1
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, customer_id: str, on: date, arm: str, **changes: Any) -> str:  # noqa: ANN401 - any column
        """Add a planned contact, imported as sent or withheld; return its decision_id."""
        treated = arm != "control"
        decision_id = f"D{len(self.rows)}"
        row = {
            "decision_id": decision_id,
            "run_id": "history",
            "as_of": on,
            "person_key": customer_id,
            "strategy_id": self.strategy_id,
            "strategy_version": self.version,
            "arm": arm,
            "arm_share": 0.8 if treated else 0.2,
            "treated": treated,
            "disposition": "imported_sent" if treated else "withheld",
            "channel": "rm",
            "refill": False,
            "propensity": 1.0,
        }
        self.rows.append({**row, **changes})
        return decision_id

    def table(self) -> pa.Table:
        """Return the decisions under person keys, which are made here."""
        from wealthloop.ledger import DECISIONS

        keys = person_keys({row["person_key"] for row in self.rows})
        return pa.Table.from_pylist(
            [{**row, "person_key": keys[row["person_key"]]} for row in self.rows], schema=DECISIONS
        )


ARMS = (Arm(name="contact", share=0.8, control=False), Arm(name="control", share=0.2, control=True))


def criterion(*, metric: Metric = "conversion", arms: tuple[Arm, ...] = ARMS, window_days: int = 10) -> Criterion:
    """Return a criterion on bond funds."""
    return Criterion(
        strategy_id="deposit",
        version=1,
        name=Bilingual(zh="到期承接", en="Rollover"),
        metric=metric,
        categories=("bond_fund",),
        window_days=window_days,
        minimum_worthwhile_effect=0.05 if metric == "conversion" else 1_000.0,
        alpha=0.05,
        power=0.8,
        arms=arms,
    )


def launch(*, metric: Metric = "conversion", arms: tuple[Arm, ...] = ARMS) -> tuple[Arm, ...]:
    """Put the strategy version into the state plane; return its arms."""
    script = {
        "why_now": {"deposit_maturing": "why"},
        "action": "offer",
        "talk_track": "talk",
        "do_not_say": ["never"],
    }
    document = {
        "id": "deposit",
        "name": {"zh": "到期承接", "en": "Rollover"},
        "purpose": {"zh": "承接", "en": "Keep"},
        "owner": "strategy",
        "triggers": ["deposit_maturing"],
        "audience": {"tiers": ["mass"], "lifecycles": ["mature"]},
        "offer": {"categories": ["bond_fund"], "closing": "app"},
        "channels": [{"channel": "rm", "wait_days": 0}],
        "arms": [{"name": arm.name, "share": arm.share, "control": arm.control} for arm in arms],
        "card": {"zh": script, "en": script},
        "success": {
            "metric": metric,
            "categories": ["bond_fund"],
            "window_days": 10,
            "minimum_worthwhile_effect": 0.05 if metric == "conversion" else 20.0,
        },
        "effect_prior": {"rm": {"mean": 0.02, "sd": 0.02}},
        "model_id": "response/wealth/30d",
        "daily_maximum": 50,
    }
    document = Strategy.model_validate(document).model_dump(mode="json")
    StrategyVersion.objects.update_or_create(
        strategy_id="deposit", version=1, defaults={"document": document, "content_hash": "x", "state": "running"}
    )
    return arms
