"""The last gate: what has changed since a contact was planned, and what nobody knows, means that nothing is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.makers import CONSENTS, Provider, new_intent
from tests.features.small_bank import MemoryBank
from tests.feedback.makers import lay, work
from tests.loop.makers import AS_OF, AT_WORK, home_in, home_tables, launch, launch_giving, write_released
from wealthloop.delivery import outbox
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home, day_end
from wealthloop.loop.gate import PolicyGate, words_of
from wealthloop.policies.reserve import global_stop, opt_out
from wealthloop.policies.wording import sms_text
from wealthloop.strategies import life
from wealthloop.strategies.load import json_hash
from wealthloop.strategies.models import StrategyVersion

pytestmark = pytest.mark.django_db

BODY = "您的工资已到账。如暂不使用，可在手机银行了解现金管理。"
WORDS = {"zh": sms_text("江南银行", BODY, "zh-hans"), "en": sms_text("江南银行", "Your salary has arrived.", "en")}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    launch("idle-salary")
    return home_in(tmp_path)


def deliver(home: Home, bank: MemoryBank, engine: DuckDBEngine, **changes: Any) -> tuple[str, str, int]:  # noqa: ANN401
    """Stage one text message, ask the gate, and return its state, the reason and how often the provider was called."""
    given: dict[str, Any] = {
        "strategy_id": "idle-salary", "customer_id": "C1", "product_id": "CASH", "content": {"text": WORDS},
        "not_before": AT_WORK, "not_after": day_end(AT_WORK.date(), home.zone),
    } | changes  # fmt: skip
    intent, provider = new_intent(1, **given), Provider()
    outbox.stage([intent], now=AT_WORK)
    gate = PolicyGate(home, bank, engine, as_of=AS_OF, now=AT_WORK)
    outbox.dispatch(home, now=AT_WORK, gate=gate, worker="w", connectors=[provider])
    row = Intent.objects.get(pk=intent.intent_id)
    return row.state, row.reason, len(provider.calls)


def gate_of(home: Home, bank: MemoryBank, engine: DuckDBEngine, *, now: datetime = AT_WORK) -> PolicyGate:
    return PolicyGate(home, bank, engine, as_of=AS_OF, now=now)


def test_what_every_rule_allows_is_sent_once(home: Home, engine: DuckDBEngine) -> None:
    assert deliver(home, home_tables(engine), engine) == ("sent", "", 1)


def test_i3_a_text_message_without_the_consents_that_it_was_planned_on_stays(home: Home, engine: DuckDBEngine) -> None:
    found = deliver(home, home_tables(engine), engine, consent_snapshot={"consents": []})
    assert found == ("suppressed", "SM-02", 0)


@pytest.mark.parametrize(
    ("table", "rule"),
    [("consents", "CO-01"), ("channel_identities", "CH-01"), ("suitability", "SU-01"), ("customers", "LB-01")],
)
def test_i7_what_the_bank_did_not_hand_over_means_no(home: Home, engine: DuckDBEngine, table: str, rule: str) -> None:
    state, reason, calls = deliver(home, home_tables(engine, more={table: []}), engine)
    assert (state, calls) == ("suppressed", 0)
    assert rule in reason.split(",")


def test_i4_what_was_said_since_the_night_stops_what_is_queued(home: Home, engine: DuckDBEngine) -> None:
    work(lay("C1", product_id="CASH"), "already_here", now=AT_WORK)
    assert deliver(home, home_tables(engine), engine) == ("suppressed", "FB-02", 0)


def test_what_was_said_of_another_category_stops_nothing(home: Home, engine: DuckDBEngine) -> None:
    work(lay("C1", product_id="FIXED"), "already_here", now=AT_WORK)
    assert deliver(home, home_tables(engine), engine) == ("sent", "", 1)


def test_i7_a_product_that_the_bank_does_not_name_means_no(home: Home, engine: DuckDBEngine) -> None:
    found = deliver(home, home_tables(engine), engine, product_id="GONE")
    assert found == ("suppressed", "facts_missing", 0)


def test_i7_a_customer_who_was_not_waiting_when_the_facts_were_read_means_no(home: Home, engine: DuckDBEngine) -> None:
    gate = PolicyGate(home, home_tables(engine), engine, as_of=AS_OF, now=AT_WORK)
    outbox.stage([new_intent(1, customer_id="C1", content={"text": WORDS}, not_before=AT_WORK)], now=AT_WORK)
    assert outbox.dispatch(home, now=AT_WORK, gate=gate, worker="w", connectors=[Provider()]) == {"suppressed": 1}
    assert Intent.objects.get().reason == "facts_missing"


def _pause() -> None:
    life.pause("idle-salary", 1, "zhao", AT_WORK)


def _retire() -> None:
    life.retire("idle-salary", 1, "zhao", AT_WORK)


def _stop() -> None:
    global_stop(by="zhao", reason="drill", now=AT_WORK)


def _refuse() -> None:
    opt_out("C1", "sms", "hotline", AT_WORK)


def _refuse_all() -> None:
    opt_out("C1", "*", "hotline", AT_WORK)


@pytest.mark.parametrize(
    ("happens", "rule"),
    [(_pause, "SP-01"), (_retire, "SP-01"), (_stop, "GS-01"), (_refuse, "CO-03"), (_refuse_all, "CO-03")],
)
def test_i4_what_happens_between_the_facts_and_the_claim_counts(
    home: Home, engine: DuckDBEngine, happens: Callable[[], None], rule: str
) -> None:
    given = new_intent(
        1, strategy_id="idle-salary", customer_id="C1", product_id="CASH", content={"text": WORDS}, not_before=AT_WORK
    )
    outbox.stage([given], now=AT_WORK)
    gate = PolicyGate(home, home_tables(engine), engine, as_of=AS_OF, now=AT_WORK)
    happens()
    provider = Provider()
    outbox.dispatch(home, now=AT_WORK, gate=gate, worker="w", connectors=[provider])
    row = Intent.objects.get()
    assert (row.state, provider.calls) == ("suppressed", [])
    assert rule in row.reason.split(",")


def test_i4_the_last_day_of_a_contact_is_the_day_that_ends_with_it(home: Home, engine: DuckDBEngine) -> None:
    yesterday = day_end(AS_OF, home.zone)
    intent = Intent(
        intent_id="x", strategy_id="idle-salary", strategy_version=1, customer_id="C1", channel="sms",
        product_id="CASH", content={"text": WORDS}, not_after=yesterday, content_hash="", approval_hash="h",
        consent_snapshot=CONSENTS, not_before=AT_WORK, created_at=AT_WORK, lead_id="l", step="s", run_id="r",
    )  # fmt: skip
    intent.save()
    verdict = PolicyGate(home, home_tables(engine), engine, as_of=AS_OF, now=AT_WORK)(intent, now=AT_WORK)
    assert verdict.reason == "NA-01"


def test_the_words_that_leave_are_a_messages_text_or_what_a_person_is_told_to_say() -> None:
    assert words_of({"text": {"zh": "一", "en": "one"}}) == ("一", "one")
    assert words_of({"talk_track": {"zh": "二", "en": "two"}}) == ("二", "two")


def test_an_intent_that_only_the_hour_forbids_waits_for_the_morning(home: Home, engine: DuckDBEngine) -> None:
    night = AT_WORK.replace(hour=14)  # 22:00 there
    morning = AT_WORK.replace(hour=1, minute=0) + timedelta(days=1)  # 09:00 there
    intent = new_intent(
        1, strategy_id="idle-salary", customer_id="C1", product_id="CASH", content={"text": WORDS},
        not_before=AT_WORK, not_after=day_end(AT_WORK.date() + timedelta(days=2), home.zone),
    )  # fmt: skip
    outbox.stage([intent], now=AT_WORK)
    gate, provider = PolicyGate(home, home_tables(engine), engine, as_of=AS_OF, now=night), Provider()
    counts = outbox.dispatch(home, now=night, gate=gate, worker="w", connectors=[provider])
    row = Intent.objects.get(pk=intent.intent_id)
    assert (row.state, row.not_before, provider.calls, counts) == ("pending", morning, [], {"pending": 1})
    outbox.dispatch(home, now=morning, gate=gate, worker="w", connectors=[provider])
    assert Intent.objects.get(pk=intent.intent_id).state == "sent"


@pytest.mark.parametrize("spoilt", [{"stock": 0, "valid_to": None}, {}], ids=["used_up", "over"])
def test_a_benefit_that_is_gone_since_the_plan_stops_the_contact(
    home: Home, engine: DuckDBEngine, spoilt: dict[str, object]
) -> None:
    launch_giving()
    benefit = {"benefit_id": "B003", "name": "x", "stock": 1, "valid_to": AS_OF} | spoilt
    gone = home_tables(engine, more={"benefits": [benefit]})
    given = {"strategy_id": "birthday-benefits", "product_id": ""}
    assert deliver(home, gone, engine, **given) == ("suppressed", "not_in_catalogue", 0)


@pytest.mark.parametrize(("stock", "sent"), [(5, 3), (2, 2), (1, 1), (None, 3)])
def test_no_more_leave_than_there_are_pieces_at_the_claim_however_often_workers_start(
    home: Home, engine: DuckDBEngine, stock: int | None, sent: int
) -> None:
    launch_giving()
    many = ("C1", "C2", "C3")
    less = {"benefits": [{"benefit_id": "B003", "name": "x", "stock": stock}]}
    bank = home_tables(engine, customers=many, more=less)
    planned = [
        new_intent(
            number, run_id="run1", strategy_id="birthday-benefits", customer_id=who, product_id="",
            content={"text": WORDS}, not_before=AT_WORK, not_after=day_end(AT_WORK.date(), home.zone),
        )
        for number, who in enumerate(many)
    ]  # fmt: skip
    write_released(home, [(one.intent_id, one.customer_id) for one in planned])
    outbox.stage(planned, now=AT_WORK)
    provider = Provider(after=[SystemExit("killed")])
    with pytest.raises(SystemExit, match="killed"):
        outbox.dispatch(home, now=AT_WORK, gate=gate_of(home, bank, engine), worker="w", connectors=[provider])
    later = AT_WORK + timedelta(minutes=1)
    gate = gate_of(home, bank, engine, now=later)
    assert outbox.recover(home, now=later, gate=gate, worker="w", connectors=[provider]) == {"sent": 1}
    for worker, now in (("w", AT_WORK), ("v", AT_WORK), ("w", later), ("w", later), ("w", later)):
        gate = gate_of(home, bank, engine, now=now)
        outbox.dispatch(home, now=now, gate=gate, worker=worker, limit=1, connectors=[provider])
    assert len(provider.accepted) == sent
    reasons = Intent.objects.filter(state="suppressed").values_list("reason", flat=True)
    assert list(reasons) == ["not_in_catalogue"] * (3 - sent)


def test_two_workers_whose_gates_opened_together_claim_no_piece_twice(home: Home, engine: DuckDBEngine) -> None:
    launch_giving()
    one_piece = {"benefits": [{"benefit_id": "B003", "name": "x", "stock": 1}]}
    bank = home_tables(engine, customers=("C1", "C2"), more=one_piece)
    planned = [
        new_intent(
            number, strategy_id="birthday-benefits", customer_id=f"C{number}", product_id="", content={"text": WORDS},
            not_before=AT_WORK, not_after=day_end(AT_WORK.date(), home.zone),
        )
        for number in (1, 2)
    ]  # fmt: skip
    write_released(home, [(one.intent_id, one.customer_id) for one in planned])
    outbox.stage(planned, now=AT_WORK)
    gates, provider = [gate_of(home, bank, engine) for _ in range(2)], Provider()
    for gate, worker in zip(gates, "vw", strict=True):
        outbox.dispatch(home, now=AT_WORK, gate=gate, worker=worker, limit=1, connectors=[provider])
    assert len(provider.accepted) == 1


def test_a_version_whose_gift_sells_what_gifts_must_not_sell_is_stopped_at_the_claim(
    home: Home, engine: DuckDBEngine
) -> None:
    row = StrategyVersion.objects.get(strategy_id="idle-salary")
    row.document["offer"]["benefit_id"] = "B003"
    row.approved_hash = json_hash(row.document)
    row.save()
    assert deliver(home, home_tables(engine), engine) == ("suppressed", "GI-01,GI-02", 0)
