"""Which contacts a customer answered, and how often a branch was visited."""

from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places
from wealthloop.insight.columns import Floats, Integers, floats
from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.machines import Fact

ANSWERED: Final = ("reached", "opened", "answered", "replied", "clicked", "accepted", "interested", "converted")
"""Outcomes of a contact that the customer had a part in."""
GROUPS: Final = {
    "person": ("rm", "remote_agent", "ai_call"),
    "wecom": ("wecom", "wechat"),
    "app": ("app_push",),
    "sms": ("sms",),
}
"""Channels of contacts that are one to the customer."""
AT_A_BRANCH: Final = ("counter", "branch", "atm", "柜台", "网点", "柜面")
"""Channels of transactions that are made at a branch."""
_ANSWER_DAYS: Final = 180
_VISIT_DAYS: Final = 90


def answers(asked: Asked) -> dict[str, Fact]:
    """Return ``answers`` of 180 days and the share of each group of channels in them.

    NaN: of the number where the bank gave no contacts, of the shares without an answer too.
    """
    first = asked.as_of - timedelta(days=_ANSWER_DAYS - 1)
    rows = asked.bank.read(
        "contacts", ("customer_id", "channel", "outcome"), as_of=asked.as_of, days=(first, asked.as_of)
    )  # fmt: skip
    said = rows.filter(pc.is_in(rows["outcome"], value_set=pa.array(ANSWERED)))
    counted = {
        name: _count(asked, said.filter(pc.is_in(said["channel"], value_set=pa.array(channels))))
        for name, channels in GROUPS.items()
    }
    total = np.sum(list(counted.values()), axis=0).astype(np.float64)
    total = np.where(np.isnan(floats(asked.features, "contact_count_90d")), np.nan, total)
    some = total > 0
    shares: dict[str, Fact] = {
        f"answers_{name}": np.where(some, number / np.where(some, total, 1), np.nan) for name, number in counted.items()
    }
    return {"answers": total, **shares}


def visits(asked: Asked) -> dict[str, Fact]:
    """Return ``branch_visits`` of 90 days; NaN where no transaction says its channel."""
    first = asked.as_of - timedelta(days=_VISIT_DAYS - 1)
    rows = asked.bank.read(
        "transactions", ("customer_id", "channel"), as_of=asked.as_of, days=(first, asked.as_of)
    )  # fmt: skip
    if rows["channel"].null_count == rows.num_rows:
        return {"branch_visits": np.full(asked.size, np.nan)}
    at_branch = rows.filter(pc.is_in(rows["channel"], value_set=pa.array(AT_A_BRANCH)))
    return {"branch_visits": _floats(_count(asked, at_branch))}


def _count(asked: Asked, rows: pa.Table) -> Integers:
    who = places(rows["customer_id"], asked.ids)
    return np.bincount(who[who >= 0], minlength=asked.size)


def _floats(values: Integers) -> Floats:
    return values.astype(np.float64)
