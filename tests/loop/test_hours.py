"""Messages of channels with a volume by hour: which hours are open, who gets which, and that none leaves before."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from tests.loop.conftest import Prepared
from tests.loop.makers import AS_OF, AT_WORK, TOMORROW, home_in, night_of
from wealthloop import insight, ledger
from wealthloop.bank import BankTables
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.delivery.types import NewIntent
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home, opening
from wealthloop.leads import repository as leads
from wealthloop.leads.detect import Event
from wealthloop.loop import hours as module
from wealthloop.loop import intents
from wealthloop.loop.deliver import deliver_due
from wealthloop.loop.hours import Message, begins_of, nearest, open_hours
from wealthloop.loop.night import run_night
from wealthloop.loop.types import Night
from wealthloop.policies.conduct import HoursParameters

GIVEN = {"sms": {"8": 5, "9": 10, "12": 0, "20": 3, "21": 4}}


def test_hours_are_open_where_the_rules_allow_contact_and_which_are_not_over(
    tmp_path: Path, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_in(tmp_path)
    night = night_of(home, engine)

    def at(hour: int, minute: int = 0) -> datetime:
        return opening(TOMORROW, home.zone, at=time(hour, minute))

    assert open_hours({}, night) == {}
    found = open_hours(GIVEN, night)["sms"]
    assert [(one.hour, one.begins, one.ends, one.room) for one in found] == [
        (9, at(9), at(10), 10), (20, at(20), at(21), 3),
    ]  # fmt: skip
    late = open_hours(GIVEN, replace(night, begins=at(9, 40)))["sms"]
    assert [one.begins for one in late] == [at(9, 40), at(20)]
    assert [one.hour for one in open_hours(GIVEN, replace(night, begins=at(10)))["sms"]] == [20]
    for channel, expected in (
        ("sms", [(at(9, 30), at(10)), (at(20), at(20, 15))]),
        ("wechat", [(at(9), at(10)), (at(20), at(21)), (at(21), at(22))]),
    ):
        rule = HoursParameters(channels=frozenset({"sms"}), begins=time(9, 30), ends=time(20, 15))
        monkeypatch.setattr(module, "contact_hours", lambda _, rule=rule: rule)
        own = open_hours({channel: GIVEN["sms"]}, night)[channel]
        assert [(one.begins, one.ends) for one in own] == expected


def test_the_most_valuable_messages_have_the_hours_nearest_their_customers_best(
    tmp_path: Path, engine: DuckDBEngine
) -> None:
    hours = open_hours({"sms": {"10": 1, "12": 2, "15": 1}, "wechat": {"9": 1}}, night_of(home_in(tmp_path), engine))
    by_hour = {one.hour: one.begins for one in hours["sms"]}
    best = {"A": 11, "B": 11, "C": 20, "D": 12, "E": 15, "F": 14}
    wanted = {"A": (50, 10), "B": (40, 12), "C": (30, 15), "D": (20, 12), "E": (10, 15)}
    name_of = {who: f"d{9 - place}" for place, who in enumerate(wanted)}
    messages = [
        Message(name=name_of[who], customer_id=who, channel="sms", value=value) for who, (value, _) in wanted.items()
    ]
    Random(1).shuffle(messages)
    found = begins_of(messages, hours, best)
    assert found == {name_of[who]: by_hour[hour] for who, (_, hour) in wanted.items()}
    assert [one.hour for one in nearest(hours["sms"], None)] == [10, 12, 15]
    equal = [Message(name=name, customer_id="F", channel="sms", value=1) for name in ("d2", "d1", "d3")]
    assert begins_of(equal, hours, best) == {"d1": by_hour[15], "d2": by_hour[12], "d3": by_hour[12]}
    other = Message(name="x", customer_id="A", channel="app_push", value=1)
    assert begins_of([other], hours, best) == {}


@pytest.mark.django_db
def test_a_nights_messages_keep_to_the_volume_of_each_hour_and_leave_in_none_before(
    bank_home: Home, prepared: Prepared, described: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del prepared, described
    rooms = {9: 2, 11: 3, 16: 4}
    given = "".join(f"{hour} = {room}\n" for hour, room in rooms.items())
    text = "cards_per_rm = 1\napp_push = 50\nsms = 5\nwechat = 0\nwecom = 0\nai_call = 0\n[hours.app_push]\n8 = 99\n"
    (bank_home.root / "capacity.toml").write_text(text + given, encoding="utf-8")
    seen: list[tuple[Night, pa.Table]] = []
    stage = intents.intents_of

    def staged(one: Night, decisions: pa.Table) -> list[NewIntent]:
        seen.append((one, decisions))
        return stage(one, decisions)

    monkeypatch.setattr("wealthloop.loop.steps.intents_of", staged)
    evidence: dict[str, int | str | float] = {
        "salary_fen": 1_000_000,
        "arrived_on": "2026-11-19",
        "demand_fen": 30_000_000,
    }
    leads.record(
        [
            Event(
                trigger="salary_idle", customer_id=str(one), occurred_on=AS_OF, expires_on=AS_OF + timedelta(days=5),
                evidence=evidence, key="hours",
            )
            for one in insight.load(bank_home, AS_OF)["customer_id"].to_pylist()
        ],
        as_of=AS_OF,
    )  # fmt: skip
    night = run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    rows = [row for row in ledger.read_run(bank_home, night.run_id).to_pylist() if row["channel"] == "app_push"]
    sent = {row["decision_id"]: row["value"] for row in rows if row["disposition"] == "released"}
    assert sum(not row["refill"] for row in rows) == sum(rooms.values())
    assert len(rows) > len(sent) > rooms[9]
    at = {one.intent_id: one.not_before for one in Intent.objects.filter(channel="app_push")}
    assert at.keys() == sent.keys()
    hour_of = {name: begins.astimezone(bank_home.zone).hour for name, begins in at.items()}
    assert all(n <= rooms[hour] for hour, n in Counter(hour_of.values()).items())
    first = max(sent, key=lambda name: (sent[name], name))
    best = insight.best_hours(bank_home, AS_OF)
    customer = Intent.objects.get(pk=first).customer_id
    assert abs(hour_of[first] - best[customer]) == min(abs(hour - best[customer]) for hour in rooms)
    assert set(Intent.objects.exclude(channel="app_push").values_list("not_before", flat=True)) == {AT_WORK}

    ((again, decisions),) = seen
    monkeypatch.setattr(Intent.objects, "filter", lambda **_: Intent.objects.none())
    turned = decisions.sort_by([("decision_id", "descending")])
    later = stage(replace(again, now=AT_WORK + timedelta(hours=6)), turned)
    monkeypatch.undo()
    assert {one.intent_id: one.not_before for one in later if one.channel == "app_push"} == at

    engine = DuckDBEngine(threads=1)
    for now, gone in ((AT_WORK, {9}), (AT_WORK + timedelta(hours=1), {9}), (AT_WORK + timedelta(hours=2), {9, 11})):
        deliver_due(bank_home, BankTables(bank_home, engine), engine, as_of=AS_OF, now=now, worker="w")
        waiting = Intent.objects.filter(channel="app_push", state=IntentState.PENDING).values_list(
            "intent_id", flat=True
        )
        assert {hour_of[name] for name in waiting} == set(hour_of.values()) - gone
