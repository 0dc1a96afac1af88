"""Rows that arrive as lines of JSON are stored as a load would store them, or refused by line, column and rule."""

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wealthloop.bank.arriving import Arrived, arrived
from wealthloop.bank.check import Refused, Surroundings
from wealthloop.kit import Cipher

ROW = {"transaction_id": "T1", "customer_id": "C1", "at": "2026-11-21 07:30:00", "kind": "transfer_in", "amount": 1}
WITHIN = Surroundings(zone=ZoneInfo("Asia/Shanghai"), as_of=date(2026, 11, 21), cipher=Cipher(bytes(64)), load=0)


def read(text: str | bytes) -> Arrived | Refused:
    line = text if isinstance(text, bytes) else text.encode()
    return arrived(line, line=7, tables=("transactions", "app_events"), within=WITHIN)


def line(**changes: Any) -> str:  # noqa: ANN401 - any value
    return json.dumps({"table": "transactions", "row": {**ROW, **changes}}, ensure_ascii=False)


def test_a_row_is_stored_as_a_load_stores_it() -> None:
    at = datetime(2026, 11, 20, 23, 30)  # noqa: DTZ001 - zone-less UTC, as tables have it
    found = read(line(amount=12345.67, channel="网银", product_id=None, position_id=4))
    assert isinstance(found, Arrived)
    assert found.table == "transactions"
    assert found.row == {
        "transaction_id": "T1", "customer_id": "C1", "at": at, "at_day": date(2026, 11, 21), "kind": "transfer_in",
        "amount": 1_234_567, "product_id": None, "position_id": "4", "channel": "网银", "counterparty_kind": None,
        "known_at": at,
    }  # fmt: skip


@pytest.mark.parametrize("amount", ["0.29", "8.20", "1,234.50", "90071992547409.93"])
def test_money_is_read_exactly_as_it_is_written(amount: str) -> None:
    fen = int(amount.replace(",", "").replace(".", ""))
    bare = [] if "," in amount else [line().replace('"amount": 1', f'"amount": {amount}')]
    for text in (line(amount=amount), *bare):
        found = read(text)
        assert isinstance(found, Arrived)
        assert found.row["amount"] == fen


@pytest.mark.parametrize(
    ("text", "column", "rule", "told"),
    [
        ("{", "", "unreadable_json", ""),
        ("[]", "", "unreadable_json", ""),
        ('{"table": "transactions"}', "", "unreadable_json", ""),
        ('{"table": "transactions", "row": []}', "", "unreadable_json", ""),
        (line().replace('"amount": 1', '"amount": NaN'), "", "unreadable_json", ""),
        ("[" * 100_000, "", "unreadable_json", ""),
        (line(channel="网银").encode("gb18030"), "", "unreadable_encoding", ""),
        (line().replace("transactions", "consents"), "table", "not_live", ""),
        (line().replace('"kind"', '"amount": 2, "kind"'), "amount", "duplicate_column", ""),
        (line(channel="\0"), "channel", "unreadable_encoding", ""),
        (line().replace('"T1"', r'"\ud800"'), "transaction_id", "unreadable_encoding", ""),
        (line().replace('"kind"', r'"\ud800": 1, "kind"'), r"\ud800", "unknown_column", ""),
        (line(colour="red"), "colour", "unknown_column", ""),
        (line(channel="4111 1111 1111 1111"), "channel", "c3_refused", ""),
        (line(amount=[1]), "amount", "wrong_type", ""),
        (line(amount=True), "amount", "wrong_type", "true"),
        (line(amount="much"), "amount", "wrong_type", "much"),
        (line(amount="1.005"), "amount", "money_precision", "1.005"),
        (line(amount=None), "amount", "missing_value", ""),
        (line(kind="gift"), "kind", "unknown_code", "gift"),
        (line(at="2026-11-22 00:00:01"), "at", "future_date", "2026-11-22 00:00:01"),
        (line().replace('"customer_id": "C1", ', ""), "customer_id", "missing_column", ""),
    ],
)
def test_a_line_that_is_no_row_is_refused_by_name(text: str | bytes, column: str, rule: str, told: str) -> None:
    assert read(text) == Refused(line=7, column=column, rule=rule, text=told, row="")
