"""Leads of the day take places at the night's prices, in what it has left, as a night would have given them theirs."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker
from typer.testing import CliRunner

from tests.loop.conftest import Prepared
from tests.loop.makers import AS_OF, AT_WORK, TOMORROW, home_in, launch
from tests.loop.test_holdout import design
from tests.loop.test_markets import rule
from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.cli import leads as cli
from wealthloop.delivery.models import Card, Intent, IntentState
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, NotFound
from wealthloop.experiments import assign
from wealthloop.kit import Home
from wealthloop.leads import repository as leads
from wealthloop.leads.detect import Event
from wealthloop.leads.models import Lead, LeadState
from wealthloop.leads.repository import LeadView
from wealthloop.ledger import Disposition
from wealthloop.loop import limits
from wealthloop.loop import night as nights
from wealthloop.loop.capacity import contact_resource, strategy_resource
from wealthloop.loop.day import Day, open_day
from wealthloop.loop.deliver import deliver_due
from wealthloop.loop.enrol import Drawing
from wealthloop.loop.intraday import _asked, _at_present, new_leads, place, place_all
from wealthloop.loop.models import IntradayRun, Placement, Run
from wealthloop.loop.night import run_night
from wealthloop.loop.options import possible_contacts
from wealthloop.loop.placing import INTRADAY, Declined, Outcome, Placed, Reason, left_of
from wealthloop.loop.worth import valued
from wealthloop.policies.reserve import opt_out
from wealthloop.reports.planned import rows_of, versions_of
from wealthloop.reports.states import intents_of, reconcile, unstaged_runs
from wealthloop.strategies.life import running

NOW = AT_WORK + timedelta(hours=5)
EVIDENCE: dict[str, dict[str, int | str | float]] = {
    "salary_idle": {"salary_fen": 1_000_000, "arrived_on": "2026-11-21", "demand_fen": 30_000_000},
    "deposit_maturing": {"balance_fen": 80_000_000, "matures_on": "2026-11-28", "product_name": "三年定存"},
}
CAPACITY = "cards_per_rm = 3\napp_push = 6\nsms = 4\nwechat = 3\nwecom = 0\nai_call = 0\n"


@pytest.fixture(scope="module")
def evening(
    prepared: Prepared, tmp_path_factory: pytest.TempPathFactory, django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Path]:  # fmt: skip
    """Run one night with small capacities; what it leaves in the state plane goes with the module."""
    del django_db_setup
    root = tmp_path_factory.mktemp("evening") / "home"
    shutil.copytree(prepared.root, root)
    (root / "capacity.toml").write_text(CAPACITY, encoding="utf-8")
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        launch("idle-salary", "maturity-care", "stay-close")
        kept = tuple(one for one in nights.STEPS if one[0] not in {name for name, _ in nights.STEPS[:4]})
        patch.setattr(nights, "STEPS", kept)
        run_night(Home.open(root), as_of=AS_OF, now=AT_WORK)
        yield root
        transaction.set_rollback(True)


@pytest.fixture
def home(evening: Path, tmp_path: Path, db: None) -> Home:  # noqa: ARG001 - opens the state plane
    shutil.copytree(evening, tmp_path / "home")
    return Home.open(tmp_path / "home")


def come(*customers: str, trigger: str = "salary_idle") -> list[LeadView]:
    """Record leads of the day, as a stream of rows brings them."""
    events = [
        Event(
            trigger=trigger, customer_id=one, occurred_on=TOMORROW, expires_on=TOMORROW + timedelta(days=5),
            evidence=EVIDENCE[trigger], key="today",
        )
        for one in customers
    ]  # fmt: skip
    leads.record(events, as_of=TOMORROW)
    found = leads.by_ids([leads.lead_id_of(event) for event in events])
    return [found[leads.lead_id_of(event)] for event in events]


def strangers(day: Day) -> list[str]:
    """Return the customers whom the night has not planned."""
    return [one for one in sorted(day.rows) if one not in day.contacted]


def placed(found: list[Outcome]) -> list[Placed]:
    return [one for one in found if isinstance(one, Placed)]


def why(found: list[Outcome]) -> Counter[Reason]:
    return Counter(one.reason for one in found if isinstance(one, Declined))


def whole_day(home: Home) -> tuple[Day, list[Outcome]]:
    """Place leads of two kinds, of the first kind one at a time; some customers have both, some the night's contact."""
    day = open_day(home, now=NOW)
    free = strangers(day)
    first = come(*sorted(day.contacted), *free[:70], trigger="deposit_maturing")
    then = come(*free[50:110])
    return day, [*(place(day, one, now=NOW) for one in first), *place_all(day, then, now=NOW)]


@pytest.mark.parametrize(("most", "declined"), [(1, [Reason.NO_ROOM] * 2), (2, [])])
def test_a_household_has_no_more_contacts_on_a_day_than_its_limit(
    home: Home, monkeypatch: pytest.MonkeyPatch, most: int, declined: list[Reason]
) -> None:
    day = open_day(home, now=NOW)
    asked = [_asked(day, day.night, one) for one in come(*strangers(day), trigger="deposit_maturing")]
    able = [
        one.lead for one in asked if any(all(day.room[name] > 2 for name in choice.uses) for choice in one.choices)
    ][:3]
    names = [one.customer_id for one in able]
    households = dict(zip((*names, min(day.contacted)), ("H1", "H1", "H2", "H2"), strict=True))
    monkeypatch.setattr(
        limits, "_households", lambda _, asked: {who: of for who, of in households.items() if who in asked}
    )
    (home.root / "capacity.toml").write_text(f"{CAPACITY}household_contacts = {most}\n", encoding="utf-8")
    found = [place(open_day(home, now=NOW, customers=[one.customer_id]), one, now=NOW) for one in able]
    assert [one.reason for one in found if isinstance(one, Declined)] == declined
    assert isinstance(found[0], Placed)


def test_messages_of_the_day_keep_to_the_hours_that_are_not_over_and_have_room(home: Home) -> None:
    channels = ("app_push", "sms", "wechat")
    hours = "".join(f"[hours.{name}]\n10 = 9\n14 = 1\n16 = 1\n" for name in channels)
    (home.root / "capacity.toml").write_text(CAPACITY + hours, encoding="utf-8")
    day = open_day(home, now=NOW)
    day = replace(day, room={**day.room, **{f"volume:{name}": 50 for name in channels}})
    found = place_all(day, come(*strangers(day)[:60]), now=NOW)
    took = [one for one in placed(found) if one.decision["channel"] in channels]
    staged = {one.lead_id: one.not_before for one in Intent.objects.filter(run_id__in={one.run_id for one in took})}
    begins = Counter(
        (one.decision["channel"], staged[one.lead_id]) for one in took if one.decision["disposition"] == "released"
    )
    assert begins.keys() <= {(name, at) for name in channels for at in (NOW, NOW + timedelta(hours=1.5))}
    assert max(begins.values()) == 1
    assert max(Counter(one.decision["channel"] for one in took).values()) == 2
    assert Reason.NO_ROOM in why(found)


def test_a_day_breaks_no_capacity_and_no_customer_of_it_has_two_contacts(home: Home) -> None:
    before = ledger.read_run(home, Run.objects.get().run_id)
    files = {path: path.read_bytes() for path in ledger.paths(home)}
    staged = set(Intent.objects.values_list("pk", "content_hash", "state"))
    day, found = whole_day(home)
    rows = ledger.read(home).to_pylist()
    assert {path: path.read_bytes() for path in files} == files
    assert staged <= set(Intent.objects.values_list("pk", "content_hash", "state"))
    assert why(found).keys() >= {Reason.CONTACTED, Reason.NO_ROOM, Reason.NOT_ALLOWED, Reason.BELOW_PRICE}

    used: Counter[str] = Counter()
    for row in rows:
        if not row["refill"]:
            used.update([contact_resource(row["channel"], row["staff_id"]), strategy_resource(row["strategy_id"])])
    capacities = {row["resource"]: row["capacity"] for row in ledger.read_prices(home, day.run.run_id).to_pylist()}
    assert all(used[name] <= units for name, units in capacities.items())
    full = {name for name in capacities if used[name] == capacities[name] > 0}
    assert full
    assert {name for name, units in left_of(TOMORROW, day.room).items() if units == 0} >= full
    people = customers_of(row["person_key"] for row in rows)
    each = Counter(people[row["person_key"]] for row in rows)
    assert set(each.values()) == {1}
    assert len(rows) == before.num_rows + len(placed(found))


def test_what_is_placed_is_a_decision_like_any_other_and_the_account_balances(home: Home) -> None:
    _, found = whole_day(home)
    every = ledger.read(home)
    rows = {row["decision_id"]: row for row in every.to_pylist() if row["occasion"] == INTRADAY}
    assert rows.keys() == {one.decision["decision_id"] for one in placed(found)}
    customers = customers_of(row["person_key"] for row in rows.values())
    kinds = Counter(row["disposition"] for row in rows.values())
    assert min(kinds[Disposition.RELEASED], kinds[Disposition.WITHHELD]) > 0
    for row in rows.values():
        unit = customers[row["person_key"]]
        arms = next(one for one in running(AS_OF) if one.strategy_id == row["strategy_id"]).arms
        assert row["arm"] == assign(home.settings.salt, f"{row['strategy_id']}/v1", unit, arms).name
        assert (row["as_of"], row["propensity"], row["lottery"], row["refill"]) == (AS_OF, 1.0, None, False)
        assert row["value"] > row["price"] or row["preference"] != 1.0
    ours = Intent.objects.filter(pk__in=list(rows))
    assert {one.pk for one in ours} == {name for name, row in rows.items() if row["treated"]}
    assert all(one.not_before == NOW and one.consent_snapshot["consents"] for one in ours)
    for one in ours.filter(channel="rm"):
        assert "*" in one.content["masked_name"]
        assert one.content["verdicts"][0]["allowed"]
    for which in versions_of(every):
        of_version = rows_of(every, *which)
        balance = reconcile(of_version, of_version, intents_of(*which), unstaged=unstaged_runs(every))
        assert balance.ok
        assert sum(balance.planned.values()) == of_version.num_rows
    assert Lead.objects.filter(state=LeadState.PLANNED).count() == every.num_rows
    assert all(run.ledger_hash == ledger.digest(home, run.run_id) for run in IntradayRun.objects.all())

    engine = DuckDBEngine(threads=1)
    deliver_due(home, BankTables(home, engine), engine, as_of=AS_OF, now=NOW, worker="day")
    assert set(ours.values_list("state", flat=True)) == {IntentState.SENT}
    assert Card.objects.filter(intent__in=ours).count() == ours.filter(channel="rm").count() > 0


def test_values_are_those_of_the_night(home: Home) -> None:
    """A contact that the night planned has the same value when it is asked about again."""
    day = open_day(home, now=NOW)
    rows = [row for row in ledger.read_run(home, day.run.run_id).to_pylist() if row["occasion"] is None]
    compared = 0
    for row in rows:
        (one,) = leads.by_ids([row["lead_id"]]).values()
        around = replace(_at_present(day, day.night, one.customer_id), held=replace(day.around.held, planned={}))
        options = valued(possible_contacts(day.night, [one], day.strategies, around), day.chances, day.worth)
        for option in options:
            if (option.strategy_id, option.possible.channel) == (row["strategy_id"], row["channel"]):
                compared += 1
                assert (option.net_value, option.uplift, option.cost) == (row["value"], row["uplift"], row["cost"])
    assert compared >= len(rows) / 2 > 0
    kept = ledger.read_averages(home, day.run.run_id)
    assert {name: day.chances[name].average for name in kept} == kept
    ledger.write_averages(home, day.run.run_id, {"stay-close": ledger.Average(base_rate=0.25, effect=None)})
    assert open_day(home, now=NOW, customers=()).chances["stay-close"].base_rate == 0.25


def test_the_best_contact_beyond_prices_is_taken_and_none_that_is_worth_less(home: Home) -> None:
    day = open_day(home, now=NOW)
    wanted = come(*strangers(day)[:60])
    free = replace(day, prices=dict.fromkeys(day.prices, 0.0), room=dict.fromkeys(day.room, 10**9))
    with transaction.atomic():
        first = placed(place_all(free, wanted, now=NOW))
        transaction.set_rollback(True)
    chosen = Counter(one.decision["channel"] for one in first)
    dear = chosen.most_common(1)[0][0]
    costly = {
        name: 1e12 * (name == f"volume:{dear}" or (dear == "rm" and name.startswith("rm:"))) for name in day.prices
    }
    shutil.rmtree(home.ledger / first[0].run_id)
    then = place_all(replace(free, prices=costly), wanted, now=NOW)
    assert dear not in {one.decision["channel"] for one in placed(then)}
    assert why(then)[Reason.BELOW_PRICE] > 0
    nothing = come(*strangers(day)[60:100], trigger="deposit_maturing")
    dearest = replace(free, prices=dict.fromkeys(day.prices, 1e12))
    assert why(place_all(dearest, nothing, now=NOW)).keys() <= {Reason.BELOW_PRICE, Reason.NOT_ALLOWED}


def test_who_is_held_out_is_planned_and_withheld_and_markets_are_left_to_nights(home: Home) -> None:
    day = replace(open_day(home, now=NOW), room=dict.fromkeys(open_day(home, now=NOW).room, 10**9))
    several = strangers(day)[:100]
    half = several[: len(several) // 2]
    held = replace(
        day, standing=[design(share=0.999, categories=sorted({one.category for one in day.around.products}))]
    )
    found = placed(place_all(held, come(*half), now=NOW))
    out = [one for one in found if one.decision["held_by"]]
    assert len(out) >= 0.9 * len(found) > 0
    assert {one.decision["disposition"] for one in out} == {Disposition.WITHHELD}
    assert not Intent.objects.filter(pk__in=[one.decision["decision_id"] for one in out]).exists()
    markets = replace(day, standing=[rule(share=0.5)])
    then = place_all(markets, come(*several[len(half) :]), now=NOW)
    assert why(then)[Reason.IN_MARKET] > 0
    assert {one.decision["channel"] for one in placed(then)} <= {"rm", "remote_agent"}


def by_branch(day: Day) -> Day:
    """Let branches draw the arms, of which the customers have none."""
    several = [replace(one, document=one.document.model_copy(update={"unit": "branch"})) for one in day.strategies]
    return replace(day, strategies=tuple(several), units=Drawing(kept={}, now={"branch": {}}))


_NO: dict[Reason, Callable[[Day], Day]] = {
    Reason.NO_ROOM: lambda day: replace(day, room=dict.fromkeys(day.room, 0)),
    Reason.NO_PRICE: lambda day: replace(day, prices={}),
    Reason.BELOW_PRICE: lambda day: replace(day, prices=dict.fromkeys(day.prices, 1e12)),
    Reason.NOT_ALLOWED: lambda day: replace(day, strategies=()),
    Reason.UNKNOWN: lambda day: replace(day, rows={}),
    Reason.CONTACTED: lambda day: replace(day, contacted=frozenset(day.rows)),
    Reason.NO_CLUSTER: by_branch,
}


def test_every_no_has_its_reason(home: Home) -> None:
    day = open_day(home, now=NOW)
    wanted = come(*strangers(day)[:20])
    with transaction.atomic():
        good = placed(place_all(day, wanted, now=NOW))[0]
        transaction.set_rollback(True)
    shutil.rmtree(home.ledger / good.run_id)
    (one,) = (each for each in wanted if each.lead_id == good.lead_id)
    for reason, change in _NO.items():
        assert place(change(day), one, now=NOW) == Declined(lead_id=one.lead_id, reason=reason)
    with transaction.atomic():
        Lead.objects.filter(pk=one.lead_id).update(expires_on=AS_OF)
        assert place(day, one, now=NOW) == Declined(lead_id=one.lead_id, reason=Reason.OVER)
        transaction.set_rollback(True)
    opt_out(one.customer_id, "*", "test", NOW)
    assert place(day, one, now=NOW) == Declined(lead_id=one.lead_id, reason=Reason.NOT_ALLOWED)
    assert not Placement.objects.exists()


def test_a_restart_goes_on_and_a_placed_lead_keeps_its_place(home: Home) -> None:
    day = open_day(home, now=NOW)
    wanted = come(*strangers(day)[:60])
    assert new_leads(AS_OF, today=TOMORROW) == sorted(wanted, key=lambda one: (one.customer_id, one.lead_id))
    first = place_all(day, wanted, now=NOW)
    left, rows = left_of(TOMORROW, day.room), ledger.read(home).num_rows
    later = open_day(home, now=NOW + timedelta(hours=1))
    assert (later.room, left_of(TOMORROW, later.room)) == (day.room, left)
    again = place_all(later, wanted, now=NOW + timedelta(hours=1))
    assert [(one.lead_id, one.decision) for one in placed(again)] == [
        (one.lead_id, one.decision) for one in placed(first)
    ]
    assert not any(one.fresh for one in placed(again))
    assert (ledger.read(home).num_rows, left_of(TOMORROW, day.room)) == (rows, left)
    assert not {one.lead_id for one in placed(first)} & {one.lead_id for one in new_leads(AS_OF, today=TOMORROW)}


def test_the_next_night_knows_what_was_placed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    day, found = whole_day(home)
    for kind in ("features", "scores", "insight"):
        for file in (home.root / kind).rglob(f"*{AS_OF}*.parquet"):
            shutil.copy(file, file.with_name(file.name.replace(str(AS_OF), str(TOMORROW))))
    kept = [one for one in nights.STEPS if one[0] in ("plan", "stage")]
    monkeypatch.setattr(nights, "STEPS", tuple(kept))
    run_night(home, as_of=TOMORROW, now=AT_WORK + timedelta(days=1))
    every = ledger.read(home)
    ours = every.filter(np.array([one == INTRADAY for one in every["occasion"].to_pylist()]))
    planned = [row for row in every.to_pylist() if row["as_of"] == TOMORROW]
    assert planned
    assert not {row["lead_id"] for row in planned} & {one.lead_id for one in placed(found)}
    known, x = ledger.read_known(home, ours, ("aum", "age"))
    assert known.all()
    assert np.isfinite(x).any()
    assert not IntradayRun.objects.filter(described=False).exists()
    desks = {
        row["resource"]: row["capacity"]
        for row in ledger.read_prices(home, Run.objects.latest("as_of").run_id).to_pylist()
    }
    waiting = Counter(
        Intent.objects.filter(channel="rm", run_id__in=IntradayRun.objects.values("run_id")).values_list(
            "staff_id", flat=True
        )
    )
    assert sum(waiting.values()) > 0
    assert all(desks[f"rm:{staff}"] <= 3 - cards for staff, cards in waiting.items())
    with pytest.raises(Conflict, match="planned 2026-11-22; today is 2026-11-21"):
        open_day(home, now=NOW)
    with pytest.raises(Conflict, match="that day is over"):
        place_all(day, [], now=NOW + timedelta(days=1))
    late = come(*strangers(day)[110:150])
    assert Reason.NIGHT_BEGUN in why(place_all(day, late, now=NOW))


def test_a_home_whose_night_has_kept_no_prices_says_so(home: Home, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    empty = home_in(tmp_path / "other")
    with pytest.raises(NotFound, match="wealthloop run --as-of"):
        open_day(empty, now=NOW)
    (home.ledger / Run.objects.get().run_id / "prices.parquet").unlink()
    with pytest.raises(NotFound, match="no prices are written"):
        open_day(home, now=NOW)


def test_a_lead_that_is_not_recorded_is_named(home: Home) -> None:
    day = open_day(home, now=NOW, customers=())
    (one,) = come("C1")
    with pytest.raises(NotFound, match="lead nobodys: not in this home"):
        place(day, replace(one, lead_id="nobodys"), now=NOW)
    assert place(day, one, now=NOW) == Declined(lead_id=one.lead_id, reason=Reason.UNKNOWN)


def test_the_command_places_what_was_found_since_the_night(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "open_home", lambda _: home)
    day = open_day(home, now=NOW)
    wanted = come(*strangers(day)[:25])

    def told(*words: str, code: int = 0) -> dict[str, Any]:
        found = CliRunner().invoke(cli.app, ["place", "--home", str(home.root), *words, "--json"])
        assert found.exit_code == code, found.output
        return json.loads(found.stdout) if code == 0 else {}

    first = told("--new")
    assert {one["lead_id"] for one in first["placed"] + first["declined"]} == {one.lead_id for one in wanted}
    assert {one["decision_id"] for one in first["placed"]} >= set(
        Intent.objects.filter(run_id__in=[one["run_id"] for one in first["placed"]]).values_list("pk", flat=True)
    )
    assert all(one["fresh"] for one in first["placed"])
    one = first["placed"][0]
    assert told("--lead", one["lead_id"])["placed"] == [{**one, "fresh": False}]
    assert (told("--new")["placed"], first["day"]) == ([], str(TOMORROW))
    for words in ((), ("--new", "--lead", one["lead_id"]), ("--lead", "nobodys")):
        told(*words, code=1)
