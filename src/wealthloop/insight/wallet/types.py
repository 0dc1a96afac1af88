"""Values of the wallet: levels, bases, why something is left out, what a report says, the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import pyarrow as pa

from wealthloop.insight.columns import Floats, Integers
from wealthloop.insight.types import Words
from wealthloop.insight.wallet.conformal import Band, Line
from wealthloop.insight.wallet.peers import Peers

LEVELS: Final = (0.8, 0.9)
"""Levels of the intervals."""


class Basis(StrEnum):
    """From what a customer's wallet is known."""

    VERIFIED = "verified"
    """A relationship manager's report of the last year, brought forward by the customer's own transfers since."""
    MODEL = "model"
    """The comparable customers' wallet, corrected by the verified sample."""
    PEERS = "peers"
    """The comparable customers' wallet alone: nobody verified enough to correct it."""
    UNKNOWN = "unknown"
    """Balances are not known."""


class LeftOut(StrEnum):
    """Why a row of outside information, or a report, is not used."""

    NO_LICENCE = "no_licence"
    NO_CONSENT_REF = "no_consent_ref"
    NO_CONSENT = "no_consent"
    UNKNOWN_SOURCE = "unknown_source"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    NO_BALANCE_THEN = "no_balance_then"


LEFT_OUT_WORDS: Final[Mapping[LeftOut, Words]] = {
    LeftOut.NO_LICENCE: Words(zh="来源没有许可", en="the source has no licence"),
    LeftOut.NO_CONSENT_REF: Words(zh="没有客户同意的凭据", en="no reference to the customer's consent"),
    LeftOut.NO_CONSENT: Words(zh="客户当日没有有效的个性化同意", en="no personalisation consent in force on that day"),
    LeftOut.UNKNOWN_SOURCE: Words(zh="不是客户经理核实的来源", en="not a source that relationship managers verified"),
    LeftOut.UNREADABLE: Words(zh="数值无法识别或为负", en="the value is no number or below 0"),
    LeftOut.EXPIRED: Words(zh="核实已超过一年", en="verified more than a year ago"),
    LeftOut.NO_BALANCE_THEN: Words(zh="核实当时的行内余额未知", en="the balance here on that day is not known"),
}

TOO_FEW: Final = "too_few_verified"
"""Why an interval is absent: the verified sample is smaller than its level needs."""
NO_BALANCE: Final = "no_balance"
"""Why an interval is absent: balances are not known."""
WHY_NO_INTERVAL: Final[Mapping[str, Words]] = {
    TOO_FEW: Words(zh="随机核实的样本太小，无法校准区间", en="too few customers of the random sample are verified"),
    NO_BALANCE: Words(zh="行内余额未知", en="balances here are not known"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What relationship managers verified, as known at the end of a day."""

    latest: pa.Table
    """The newest report of each customer: ``customer_id``, ``verified_on``, ``known_at``, ``elsewhere`` (fen, brought
    forward to the day) and ``by_lot`` (1 where the audit chose the customer, else 0); by customer."""
    audited: pa.Table
    """The newest report of each customer whom the audit chose, with the same columns."""
    left_out: Mapping[LeftOut, int]
    """Rows that are not used, by reason; reasons that did not occur are absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The customers whom the audit chose by lot, arrays of shape (n_audited,) unless said otherwise."""

    here: Floats
    """Wealth here, fen."""
    x: Floats
    """What wealth elsewhere is regressed on, shape (n_audited, 2)."""
    y: Floats
    """Log of wealth elsewhere."""
    folds: Integers
    """The fold in which each is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletModel:
    """What was learnt of wallets as of a day."""

    as_of: date
    peers: Peers
    sample: Sample
    middle: Line | None
    """Median of the log of wealth elsewhere; None where too few are verified for any interval."""
    bands: Mapping[float, Band]
    """Calibrated intervals of the same by level; a level for which too few are verified is absent."""
    left_out: Mapping[LeftOut, int]


_FEN = pa.int64()
_TYPES: Final[dict[str, pa.DataType]] = {
    "customer_id": pa.string(),
    "on_bank": _FEN,
    "wallet": _FEN,
    "off_bank": _FEN,
    **{f"off_bank_{end}_{round(level * 100)}": _FEN for level in LEVELS for end in ("low", "high")},
    "basis": pa.string(),
    "verified_on": pa.date32(),
    "no_interval_because": pa.string(),
}
SCHEMA: Final = pa.schema(_TYPES)
"""Money in fen, null where not known; ``off_bank_low_80`` to ``off_bank_high_80`` holds the truth for 80 of 100
customers. ``no_interval_because`` names what keeps an interval of the row absent (``WHY_NO_INTERVAL``)."""
