"""Facts of the person: marital status, occupation, whether the assessment is valid, whether bound on WeCom."""

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.insight.columns import Column, Floats, looked_up
from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.machines import Fact
from wealthloop.insight.people import assessments, attributes


def person(asked: Asked) -> dict[str, Fact]:
    """Return ``marital_status`` and ``occupation`` in lower case, null where not known."""
    who = looked_up(asked.ids, attributes(asked.bank, as_of=asked.as_of))
    return {name: _plain(who[name]) for name in ("marital_status", "occupation")}


def assessment(asked: Asked) -> dict[str, Fact]:
    """Return ``assessment_valid``: 1 on every day up to its last, 0 after it, NaN without an assessment."""
    until = looked_up(asked.ids, assessments(asked.bank, as_of=asked.as_of))["valid_until"]
    valid = pc.greater_equal(until, pa.scalar(asked.as_of, pa.date32()))
    return {"assessment_valid": _flags(valid)}


def wecom(asked: Asked) -> dict[str, Fact]:
    """Return ``on_wecom``: 1 for who is bound, 0 for who is not, NaN where the bank gave no identities."""
    rows = asked.bank.read("channel_identities", ("customer_id", "channel", "unbound_at"), as_of=asked.as_of)
    if not rows.num_rows:
        return {"on_wecom": np.full(asked.size, np.nan)}
    now = rows.filter(pc.and_(pc.equal(rows["channel"], "wecom"), pc.is_null(rows["unbound_at"])))
    return {"on_wecom": _flags(pc.is_in(asked.ids, value_set=now["customer_id"].combine_chunks()))}


def _plain(text: Column) -> Column:
    found: Column = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    return found


def _flags(values: Column) -> Floats:
    return np.array(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
