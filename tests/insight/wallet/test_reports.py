"""What RMs verified: licence and consent, the days on which it is known, age, and what moved since."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.features.small_bank import AS_OF, MemoryBank, Row, day, end_of, holding, noon, transaction
from wealthloop.engines import Engine
from wealthloop.insight.wallet.reports import AUDIT, REPORT, TAG, VALID_DAYS, admitted, consenting, reports
from wealthloop.insight.wallet.types import LEFT_OUT_WORDS, LeftOut, Reports

YUAN = 100


def _tag(who: str = "C1", before: int = 10, **more: object) -> Row:
    return {
        "customer_id": who, "tag": TAG, "value": "1000000", "source": AUDIT, "licence": "own_customer",
        "consent_ref": f"personalisation/{who}", "as_of": day(before), **more,
    }  # fmt: skip


def _consent(who: str = "C1", state: str = "granted", before: int = 100, **more: object) -> Row:
    row = {"customer_id": who, "purpose": "personalisation", "channel": "*", "state": state, "at_day": day(before)}
    return {**row, **more}


def _told(engine: Engine, *tags: Row, **rows: list[Row]) -> Reports:
    held = [holding("C1", day(before), "DEM", 400_000 * YUAN) for before in (300, 15, 0)]
    bank = MemoryBank(engine, {"holdings": held, "consents": [_consent()], **rows, "external_tags": list(tags)})
    return reports(bank, engine, as_of=AS_OF)


def _elsewhere(engine: Engine, *tags: Row, **rows: list[Row]) -> int:
    found: list[Any] = _told(engine, *tags, **rows).latest["elsewhere"].to_pylist()
    assert len(found) == 1
    return int(found[0]) // YUAN


def test_wealth_elsewhere_is_the_verified_wallet_less_the_balance_of_that_day(engine: Engine) -> None:
    held = [holding("C1", day(before), "DEM", yuan * YUAN) for before, yuan in ((20, 1), (12, 300_000), (9, 7))]
    assert _elsewhere(engine, _tag(), holdings=held) == 700_000
    assert _elsewhere(engine, _tag(value=" 1000000.50 "), holdings=held) == 700_000
    assert _elsewhere(engine, _tag(value="5"), holdings=held) == 0


@pytest.mark.parametrize(
    ("why", "tag"),
    [
        (LeftOut.NO_LICENCE, {"licence": "  "}),
        (LeftOut.NO_CONSENT_REF, {"consent_ref": " "}),
        (LeftOut.NO_CONSENT, {"customer_id": "C2"}),
        (LeftOut.UNKNOWN_SOURCE, {"source": "a broker of data"}),
        (LeftOut.UNREADABLE, {"value": "about a million"}),
        (LeftOut.UNREADABLE, {"value": "-5"}),
        (LeftOut.EXPIRED, {"as_of": day(VALID_DAYS + 1)}),
        (LeftOut.NO_BALANCE_THEN, {"as_of": day(301)}),
    ],
)
def test_what_may_not_be_used_is_left_out_and_counted_with_its_reason(engine: Engine, why: LeftOut, tag: Row) -> None:
    told = _told(engine, {**_tag(), **tag})
    assert (told.latest.num_rows, told.audited.num_rows, told.left_out) == (0, 0, {why: 1})
    assert LEFT_OUT_WORDS[why].zh
    both = _told(engine, {**_tag(), **tag}, _tag(before=11))
    assert (both.latest.num_rows, both.left_out) == (1, {why: 1})


def test_other_tags_are_no_wallets(engine: Engine) -> None:
    told = _told(engine, _tag(tag="income_bracket"))
    assert (told.latest.num_rows, told.left_out) == (0, {})


def test_outside_information_needs_licence_and_consent_whatever_its_tag() -> None:
    rows = [_tag("C1"), _tag("C1", licence=None), _tag("C1", licence=None, consent_ref=None), _tag("C2")]
    kept, left_out = admitted(pa.Table.from_pylist(rows), pa.array(["C1"]))
    assert kept.num_rows == 1
    assert +left_out == {LeftOut.NO_LICENCE: 2, LeftOut.NO_CONSENT: 1}


@pytest.mark.parametrize(
    ("words", "agrees"),
    [
        ([_consent()], True),
        ([_consent(channel=None)], True),
        ([], False),
        ([_consent(state="denied")], False),
        ([_consent(), _consent(state="revoked", before=5)], False),
        ([_consent(state="revoked", before=5), _consent(before=4)], True),
        ([_consent(), _consent(state="revoked", before=-1)], True),
        ([_consent(channel="sms")], False),
        ([_consent(purpose="marketing")], False),
        ([_consent(), _consent(state="denied", channel=None)], False),
    ],
)
def test_a_personalisation_consent_for_every_channel_is_in_force_that_day(
    engine: Engine, words: list[Row], *, agrees: bool
) -> None:
    assert (consenting(MemoryBank(engine, {"consents": words}), as_of=AS_OF).to_pylist() == ["C1"]) is agrees


def test_a_report_counts_from_the_day_on_which_it_is_known(engine: Engine) -> None:
    late = _tag(known_at=end_of(AS_OF) + timedelta(seconds=1))
    assert _told(engine, late).latest.num_rows == 0
    assert _told(engine, {**late, "known_at": end_of(AS_OF)}).latest.num_rows == 1
    ahead = _tag(before=-1, known_at=noon(day(3)))
    assert _told(engine, ahead).latest.num_rows == 0


def test_the_newest_report_counts_and_only_who_was_chosen_by_lot_is_audited(engine: Engine) -> None:
    told = _told(engine, _tag(before=9), _tag(before=3, source=REPORT, value="2000000"))
    assert told.latest.select(["verified_on", "by_lot"]).to_pylist() == [{"verified_on": day(3), "by_lot": 0}]
    assert told.audited.select(["verified_on", "by_lot"]).to_pylist() == [{"verified_on": day(9), "by_lot": 1}]
    assert told.latest["elsewhere"].to_pylist() == [1_600_000 * YUAN]


@pytest.mark.parametrize(
    ("paid", "moved"),
    [
        (("transfer_in", 50_000, "own_other_bank"), -50_000),
        (("transfer_in", 50_000, "person"), -50_000),
        (("transfer_in", 19_999, "own_other_bank"), 0),
        (("transfer_in", 900_000, "broker"), -600_000),
        (("transfer_out", -300, "broker"), 300),
        (("transfer_out", -300, "person"), 0),
        (("transfer_out", -20_000, None), 20_000),
        (("card", -90_000, "merchant"), 0),
        (("salary", 90_000, "employer"), 0),
    ],
)
def test_own_and_large_transfers_since_bring_a_report_forward(
    engine: Engine, paid: tuple[str, int, str | None], moved: int
) -> None:
    kind, yuan, other = paid
    rows = [transaction("C1", before, kind, yuan * YUAN, counterparty_kind=other) for before in (15, 14, -1)]
    assert _elsewhere(engine, _tag(), transactions=rows) == 600_000 + moved


def test_two_reports_of_one_customer_each_count_from_their_own_day(engine: Engine) -> None:
    sent = [transaction("C1", 12, "transfer_out", -70_000 * YUAN)]
    told = _told(engine, _tag(before=200), _tag(before=0, source=REPORT), transactions=sent)
    assert told.audited["elsewhere"].to_pylist() == [670_000 * YUAN]
    assert told.latest["elsewhere"].to_pylist() == [600_000 * YUAN]
