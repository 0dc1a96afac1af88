"""What relationship managers verified of wealth elsewhere, and outside information that may enter at all.

Outside information enters with a licence, a reference to the customer's consent, and a personalisation consent for all
channels in force on the day; the rest is left out and counted by reason. Among what enters, a whole wallet verified by
an RM is the tag ``verified_wallet_yuan`` (yuan, here and elsewhere). Its source says how the customer was chosen:
``rm_verified`` by lot, for the audit; ``rm_report`` by the RM. A report of either replaces an estimate, but only the
audit may calibrate: whom RMs choose to ask is no random sample. Any other source is no verification.

A report ages: the wealth elsewhere is the verified wallet less the balance here then; the customer's own transfers
since bring it forward (``moves``); after a year it no longer counts.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells, Mask, tidy, true_of
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import newest, whole
from wealthloop.engines import Engine
from wealthloop.features import balances
from wealthloop.insight.wallet.moves import held_then, moved_elsewhere
from wealthloop.insight.wallet.types import LeftOut, Reports

TAG: Final = "verified_wallet_yuan"
AUDIT: Final = "rm_verified"
REPORT: Final = "rm_report"
VALID_DAYS: Final = 365
"""Days for which a report counts, as an assessment of suitability does."""
_COLUMNS: Final = ("customer_id", "tag", "value", "source", "licence", "consent_ref", "as_of", "known_at")
_NUMBER: Final = r"^\d{1,13}(\.\d+)?$"
_EPOCH: Final = date(1970, 1, 1).toordinal()


def admitted(tags: pa.Table, consenting: Cells) -> tuple[pa.Table, Counter[LeftOut]]:
    """Return the rows of outside information that may be used, and how many may not, each by its first reason.

    Args:
        tags: rows of ``external_tags``.
        consenting: ids of customers with a personalisation consent in force.
    """
    return _sifted(
        tags,
        (
            (LeftOut.NO_LICENCE, pc.is_valid(tidy(tags["licence"]))),
            (LeftOut.NO_CONSENT_REF, pc.is_valid(tidy(tags["consent_ref"]))),
            (LeftOut.NO_CONSENT, pc.is_in(tags["customer_id"], value_set=consenting)),
        ),
    )


def consenting(bank: BankTables, *, as_of: date) -> Cells:
    """Return who agrees to personalisation on all channels: the newest word grants; of two at one instant the no."""
    said = bank.read("consents", ("customer_id", "purpose", "channel", "state", "at"), as_of=as_of)
    general = pc.equal(pc.fill_null(said["channel"], "*"), "*")
    said = said.filter(pc.and_(pc.equal(said["purpose"], "personalisation"), general))
    said = said.append_column("refuses", pc.cast(pc.not_equal(said["state"], "granted"), pa.int64()))
    last = newest(said, ["customer_id"], ["at", "refuses"])
    return last.filter(pc.equal(last["state"], "granted"))["customer_id"].combine_chunks()


def reports(bank: BankTables, engine: Engine, *, as_of: date) -> Reports:
    """Return what relationship managers verified, as known at the end of ``as_of``."""
    tags = bank.read("external_tags", _COLUMNS, as_of=as_of, days=(None, as_of))
    may_enter, barred = admitted(tags.filter(pc.equal(tags["tag"], TAG)), consenting(bank, as_of=as_of))
    first = pa.scalar(as_of - timedelta(days=VALID_DAYS), pa.date32())
    useful, useless = _sifted(
        may_enter,
        (
            (LeftOut.UNKNOWN_SOURCE, pc.is_in(may_enter["source"], value_set=pa.array([AUDIT, REPORT]))),
            (LeftOut.UNREADABLE, pc.match_substring_regex(pc.utf8_trim_whitespace(may_enter["value"]), _NUMBER)),
            (LeftOut.EXPIRED, pc.greater_equal(may_enter["as_of"], first)),
        ),
    )
    dated = useful.append_column("since", _since(bank, useful, as_of))
    known, undated = _sifted(dated, ((LeftOut.NO_BALANCE_THEN, pc.is_valid(dated["since"])),))
    forward = _forward(bank, engine, known, as_of)
    order = ["verified_on", "known_at", "by_lot"]
    return Reports(
        latest=newest(forward, ["customer_id"], order).sort_by("customer_id"),
        audited=newest(forward.filter(pc.equal(forward["by_lot"], 1)), ["customer_id"], order).sort_by("customer_id"),
        left_out={why: count for why, count in (barred + useless + undated).items() if count},
    )


def _sifted(rows: pa.Table, rules: Sequence[tuple[LeftOut, Cells]]) -> tuple[pa.Table, Counter[LeftOut]]:
    """Return the rows that pass every rule, and how many do not, each by the first that it breaks."""
    passes: Mask = np.ones(rows.num_rows, dtype=np.bool_)
    counts: Counter[LeftOut] = Counter()
    for why, rule in rules:
        holds = true_of(rule)
        counts[why] = int((passes & ~holds).sum())
        passes &= holds
    return rows.filter(pa.array(passes)), counts


def _since(bank: BankTables, rows: pa.Table, as_of: date) -> Cells:
    """Return the newest day of holdings by the day of each report, null where there is none."""
    days = np.array([day.toordinal() - _EPOCH for day in balances(bank, as_of=as_of).days], dtype=np.int64)
    place = np.searchsorted(days, whole(rows["as_of"]), side="right")
    chosen = np.concatenate([[0], days])[place]
    return pa.array(chosen.astype(np.int32), mask=place == 0).view(pa.date32())


def _forward(bank: BankTables, engine: Engine, rows: pa.Table, as_of: date) -> pa.Table:
    """Return what customers have elsewhere: the verified wallet less the balance here then, and moved since."""
    yuan = np.array(pc.cast(pc.utf8_trim_whitespace(rows["value"]), pa.float64()), dtype=np.float64)
    asked = rows.select(["customer_id", "since"])
    elsewhere = np.maximum(np.rint(yuan * 100).astype(np.int64) - held_then(bank, engine, asked, as_of=as_of), 0)
    now = np.maximum(elsewhere + moved_elsewhere(bank, engine, asked, as_of=as_of), 0)
    return pa.table(
        {
            "customer_id": rows["customer_id"],
            "verified_on": rows["as_of"],
            "known_at": rows["known_at"],
            "elsewhere": pa.array(now),
            "by_lot": pc.cast(pc.equal(rows["source"], AUDIT), pa.int64()),
        }
    )
