"""The seven triggers as data: what is looked for, its thresholds, and how long a find lives. Money in fen."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A moment in a customer's life with the bank that is worth a conversation."""

    name: str
    zh: str
    en: str
    lives_days: int
    """Days from the day of the event to the day on which the lead expires, where the event itself sets no end."""
    limits: dict[str, int] = field(default_factory=dict)
    """Thresholds; the unit is in the key, ``_pct`` is a whole percentage."""


LARGE_INFLOW: Final = Trigger(
    name="large_inflow", zh="大额资金流入", en="large inflow", lives_days=7,
    limits={"amount_fen": 50_000_00, "share_of_aum_pct": 20, "within_days": 3},
)  # fmt: skip
LARGE_OUTFLOW: Final = Trigger(
    name="large_outflow", zh="大额资金流出", en="large outflow", lives_days=7,
    limits={"amount_fen": 50_000_00, "share_of_aum_pct": 20, "within_days": 3},
)  # fmt: skip
DEPOSIT_MATURING: Final = Trigger(
    name="deposit_maturing", zh="存款即将到期", en="deposit maturing", lives_days=14,
    limits={"balance_fen": 10_000_00, "within_days": 14},
)  # fmt: skip
SALARY_IDLE: Final = Trigger(
    name="salary_idle", zh="工资到账未动用", en="salary arrived and idle", lives_days=14,
    limits={"oldest_days": 10, "newest_days": 3, "spent_pct": 50, "salaries_in_demand": 2},
)  # fmt: skip
DORMANT_LOGIN: Final = Trigger(
    name="dormant_login", zh="休眠客户登录", en="dormant customer logs in", lives_days=5,
    limits={"quiet_days": 60, "within_days": 2},
)  # fmt: skip
NEAR_TIER: Final = Trigger(
    name="near_tier", zh="临近升级门槛", en="near the next tier", lives_days=14,
    limits={"from_pct": 90},
)  # fmt: skip

FUNDS_IDLE: Final = Trigger(
    name="funds_idle", zh="活期资金闲置", en="money idle on demand", lives_days=14,
    limits={"demand_fen": 50_000_00, "without_purchase_days": 30, "again_after_days": 30},
)  # fmt: skip

TRIGGERS: Final = (LARGE_INFLOW, LARGE_OUTFLOW, DEPOSIT_MATURING, SALARY_IDLE, DORMANT_LOGIN, NEAR_TIER, FUNDS_IDLE)
