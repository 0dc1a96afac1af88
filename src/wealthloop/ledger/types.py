"""What a decision record is."""

from enum import StrEnum
from typing import Any, Final

import pyarrow as pa


class Disposition(StrEnum):
    """What became of a planned contact on the night that planned it."""

    RELEASED = "released"
    """Treatment: an outbox intent with the decision's id stands for it."""
    WITHHELD = "withheld"
    """Control: nothing may be sent."""
    IMPORTED_SENT = "imported_sent"
    """Sent by another system before this home, known from the bank's contacts."""
    IMPORTED_SUPPRESSED = "imported_suppressed"
    """Planned by another system and not sent."""


_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("decision_id", pa.string(), nullable=False),
    pa.field("run_id", pa.string(), nullable=False),
    pa.field("as_of", pa.date32(), nullable=False),
    pa.field("person_key", pa.string(), nullable=False),
    pa.field("strategy_id", pa.string(), nullable=False),
    pa.field("strategy_version", pa.int32(), nullable=False),
    pa.field("arm", pa.string(), nullable=False),
    pa.field("arm_share", pa.float64(), nullable=False),
    pa.field("treated", pa.bool_(), nullable=False),
    pa.field("disposition", pa.string(), nullable=False),
    pa.field("lead_id", pa.string()),
    pa.field("trigger", pa.string()),
    pa.field("product_id", pa.string()),
    pa.field("channel", pa.string(), nullable=False),
    pa.field("staff_id", pa.string()),
    pa.field("refill", pa.bool_(), nullable=False),
    pa.field("propensity", pa.float64(), nullable=False),
    pa.field("p_contact", pa.float64()),
    pa.field("p_no_contact", pa.float64()),
    pa.field("uplift", pa.float64()),
    pa.field("uplift_low", pa.float64()),
    pa.field("uplift_high", pa.float64()),
    pa.field("amount", pa.int64()),
    pa.field("sale_value", pa.int64()),
    pa.field("value", pa.int64()),
    pa.field("cost", pa.int64()),
    pa.field("price", pa.int64()),
    pa.field("rules", pa.string()),
    pa.field("model_version", pa.string()),
    pa.field("value_book_version", pa.string()),
    pa.field("lottery", pa.string()),
    pa.field("unit", pa.string()),
    pa.field("held_by", pa.string()),
    pa.field("market", pa.string()),
    pa.field("heard", pa.float64()),
    pa.field("preference", pa.float64()),
    pa.field("occasion", pa.string()),
]

DECISIONS: Final = pa.schema(_FIELDS)
"""One row for each planned contact. Money is in fen; probabilities are fractions; ``value`` is
``uplift`` times ``sale_value`` less ``cost``; ``price`` is the shadow price of what it uses.

``propensity`` is the probability with which this choice was drawn in ``lottery`` (every candidate as
``channel/category=probability``; empty where there was nothing to draw). ``unit`` is the cluster whose arm it is, empty
where the customer draws an own one. ``held_by`` names the standing experiment that withholds the contact whatever its
arm, so that the customer is no unit of the version's own experiment by this row. ``market`` names the arm of a standing
experiment whose own rule chose it. ``heard`` is the multiple that the codes of people at desks made of ``uplift`` and
its interval, in them already; empty where too few spoke. ``preference`` is the weight, by tier and channel, with which
``value`` counted when the night chose. ``occasion`` says when it was made: ``intraday``, by a placement after the
night whose day it is; empty: by the night itself. Columns that came later are empty in older files."""
