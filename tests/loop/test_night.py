"""One night: refused when it makes no sense, resumed where it was killed, decided once, carried out as decided."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from tests.loop.conftest import Prepared
from tests.loop.makers import AS_OF, AT_WORK, TOMORROW, home_in, launch_giving, night_of, write_released
from wealthloop import ledger, scoring
from wealthloop.bank import BankTables, ingest
from wealthloop.delivery import outbox
from wealthloop.delivery.models import Card, Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.experiments import assign
from wealthloop.kit import Home, day_end
from wealthloop.leads.models import Lead, LeadState
from wealthloop.ledger import Disposition
from wealthloop.loop import intents, steps
from wealthloop.loop import night as nights
from wealthloop.loop.lock import only_run
from wealthloop.loop.models import Run, RunStep
from wealthloop.loop.night import run_night
from wealthloop.loop.prices import prices_of
from wealthloop.loop.promised import left_to_promise
from wealthloop.loop.types import Counts, Night, NightResult
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import shipped
from wealthloop.strategies.valuebook import SHIPPED as SHIPPED_BOOK

pytestmark = pytest.mark.django_db

ONE_DAY = timedelta(days=1)


class Killed(BaseException):
    """Stands for the end of the process."""


def run(home: Home, *, as_of: date = AS_OF) -> NightResult:
    return run_night(home, as_of=as_of, now=AT_WORK + (as_of - AS_OF))


def decisions(home: Home) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ledger.read(home).to_pylist()
    return rows


def only(monkeypatch: pytest.MonkeyPatch, **given: nights.Step) -> None:
    """Let a night consist of these steps."""
    monkeypatch.setattr(nights, "STEPS", tuple(given.items()))


def nothing(night: Night) -> Counts:  # noqa: ARG001
    return {"done": 1}


@contextmanager
def killed_in(monkeypatch: pytest.MonkeyPatch, where: object, name: str, *, after: bool = False) -> Iterator[None]:
    """End the night inside a function of ours, before or after what it does."""
    real = getattr(where, name)

    def dies(*given: Any, **named: Any) -> None:  # noqa: ANN401
        if after:
            real(*given, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(where, name, dies)
        with pytest.raises(Killed):
            yield


def revised() -> Strategy:
    document = next(one for one in shipped() if one.id == "maturity-care")
    return document.model_copy(update={"daily_maximum": document.daily_maximum + 1})


def assert_prices_are_those_of_the_decisions(home: Home, run_id: str) -> None:
    prices, kept = prices_of(home, run_id), ledger.read_prices(home, run_id).to_pylist()
    blind = [row for row in decisions(home) if not row["refill"]]
    cards = Counter(f"rm:{row['staff_id']}" for row in blind if row["channel"] == "rm")
    assert cards == {row["resource"]: row["used"] for row in kept if row["resource"].startswith("rm:") and row["used"]}
    assert sum(cards.values()) > 0
    for row in blind:
        channel = f"rm:{row['staff_id']}" if row["channel"] == "rm" else f"volume:{row['channel']}"
        of_channel = prices["seat:remote_agent" if row["channel"] == "remote_agent" else channel]
        assert row["price"] == round(of_channel + prices[f"strategy:{row['strategy_id']}"])


def test_a_whole_night_does_every_step_and_says_what_it_worked_on(bank_home: Home) -> None:
    often = "[exploration]\nshare = 0.5\nwithin = 0.9\n[universal]\nshare = 0.02\n"
    (bank_home.root / "experiments.toml").write_text(often, encoding="utf-8")
    seen: list[str] = []
    found = run_night(bank_home, as_of=AS_OF, now=AT_WORK, progress=seen.append)
    assert seen == list(found.steps) == [name for name, _ in nights.STEPS]
    assert not found.resumed
    assert bank_home.current() == AS_OF
    record = Run.objects.get()
    assert record.finished_at == AT_WORK
    assert set(record.inputs) == {
        "code", "tables", "features", "tags", "rules", "value_book", "experiments", "capacities", "strategies",
    }  # fmt: skip
    assert set(record.inputs["strategies"]) == {"idle-salary/v1", "maturity-care/v1", "stay-close/v1"}
    assert record.ledger_hash == ledger.digest(bank_home, record.run_id)
    plan = found.steps["plan"]
    assert plan["planned"] == plan["withheld"] + plan["released"] > 0
    assert plan["objective_fen"] <= plan["bound_fen"]
    rows = [row for row in ledger.read_run(bank_home, record.run_id).to_pylist() if not row["refill"]]
    assert plan["lotteries"] == sum(row["lottery"] is not None for row in rows) > 0
    assert plan["value_fen"] - plan["exploration_drawn_cost_fen"] == sum(row["value"] for row in rows)
    assert plan["exploration_cost_fen"] != 0
    assert_prices_are_those_of_the_decisions(bank_home, record.run_id)

    states = list(Intent.objects.order_by("pk").values_list("pk", "state", "finished_at"))
    again = run(bank_home)
    assert again.resumed
    assert again.steps == found.steps
    assert list(Intent.objects.order_by("pk").values_list("pk", "state", "finished_at")) == states


def test_a_night_may_train_and_score_only_the_models_that_running_strategies_name(bank_home: Home) -> None:
    shutil.rmtree(bank_home.models)
    named = {one.document.model_id for one in life.running(AS_OF)}
    found = run_night(bank_home, as_of=AS_OF, now=AT_WORK, models="used")
    assert found.steps["models"]["trained"] == found.steps["scores"]["models"] == len(named) < len(scoring.SPECS)
    assert {record.model_id for record in scoring.records(bank_home)} == named


@pytest.mark.usefixtures("described")
def test_a_night_of_few_pieces_promises_each_once_through_kills_and_the_next_night_what_is_left(
    bank_home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank has 2,000 pieces of B003, of which 1,995 are promised already, and values a login more than a piece."""
    book = SHIPPED_BOOK.read_text("utf-8").replace("logged_in: 3.00", "logged_in: 9000.00")
    (bank_home.root / "value_book.yaml").write_text(book, "utf-8")
    for strategy_id in ("idle-salary", "maturity-care", "stay-close"):
        life.retire(strategy_id, 1, "zhao", AT_WORK)
    triggers = ("dormant_login", "near_tier", "large_outflow", "funds_idle", "deposit_maturing", "salary_idle")
    launch_giving(*triggers)
    old = [(f"d{number}", f"X{number}") for number in range(1_995)]
    write_released(bank_home, old, run_id="history", as_of=AS_OF - ONE_DAY)
    with killed_in(monkeypatch, ledger, "write", after=True):
        run(bank_home)
    with killed_in(monkeypatch, outbox, "stage", after=True):
        run(bank_home)
    found = run(bank_home).steps["plan"]
    assert found["options"] >= 8
    assert found["planned"] == 5
    assert Intent.objects.count() == found["released"] > 0
    tomorrow = night_of(bank_home, engine, BankTables(bank_home, engine), as_of=TOMORROW)
    gone = Intent.objects.filter(state__in=("suppressed", "failed", "expired")).count()
    assert left_to_promise(tomorrow, life.running(TOMORROW)) == {"stock:B003": 5 - found["released"] + gone}


def test_a_home_without_tables_is_refused(tmp_path: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput, match="wealthloop ingest"):
        run(home_in(tmp_path))
    assert not Run.objects.exists()


def test_a_day_that_has_not_come_is_refused(bank_home: Home) -> None:
    with pytest.raises(InvalidInput, match="must not be after today, 2026-11-21"):
        run_night(bank_home, as_of=TOMORROW + ONE_DAY, now=AT_WORK)
    assert not Run.objects.exists()


def test_nights_go_forward(bank_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, nothing=nothing)
    run(bank_home, as_of=TOMORROW)
    with pytest.raises(Conflict, match="nights go forward"):
        run(bank_home, as_of=AS_OF)
    assert run(bank_home, as_of=TOMORROW).resumed
    assert not run(bank_home, as_of=TOMORROW + ONE_DAY).resumed


def test_only_one_night_runs_at_a_time(bank_home: Home) -> None:
    with only_run(bank_home), pytest.raises(Conflict, match="another night"):
        run(bank_home)
    assert not Run.objects.exists()


def test_a_step_that_fails_leaves_the_earlier_ones_done(bank_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def fails(night: Night) -> Counts:  # noqa: ARG001
        raise InvalidInput("no")

    def first(night: Night) -> Counts:  # noqa: ARG001
        called.append("first")
        return {"rows": 3}

    only(monkeypatch, first=first, second=fails)
    with pytest.raises(InvalidInput, match="no"):
        run(bank_home)
    assert bank_home.current() is None
    assert list(RunStep.objects.values_list("name", "counts")) == [("first", {"rows": 3})]
    only(monkeypatch, first=first, second=nothing)
    found = run(bank_home)
    assert called == ["first"]
    assert found.resumed
    assert found.steps == {"first": {"rows": 3}, "second": {"done": 1}}
    assert bank_home.current() == AS_OF


def test_what_a_night_begins_with_stays_however_late_it_goes_on(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[Any] = []

    def note(night: Night) -> Counts:
        began.append(night.begins)
        raise Killed

    only(monkeypatch, note=note)
    for hours in (0, 5):
        with pytest.raises(Killed):
            run_night(bank_home, as_of=AS_OF, now=AT_WORK + timedelta(hours=hours))
    assert began == [AT_WORK, AT_WORK]


@pytest.mark.usefixtures("described")
def test_i3_the_digest_of_the_decisions_is_recorded_before_any_intent_exists(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outbox.stage
    recorded: list[bool] = []

    def stage(*given: Any, **named: Any) -> int:  # noqa: ANN401
        record = Run.objects.get()
        recorded.append(not Intent.objects.exists() and record.ledger_hash == ledger.digest(bank_home, record.run_id))
        return real(*given, **named)

    monkeypatch.setattr(outbox, "stage", stage)
    run(bank_home)
    assert recorded == [True]
    assert Intent.objects.exists()


@pytest.mark.usefixtures("described")
@pytest.mark.parametrize("change", ["forget", "rewrite"])
def test_i3_nothing_is_staged_on_decisions_that_are_not_those_recorded(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    record = Run.objects.get()
    if change == "forget":
        Run.objects.update(ledger_hash="")
        only(monkeypatch, stage=steps.stage_intents)
    else:
        released = ledger.read_run(bank_home, record.run_id)
        ledger.discard(bank_home, record.run_id)
        ledger.write(bank_home, record.run_id, released.slice(1))
    with pytest.raises(Conflict, match="not those that were recorded"):
        run(bank_home)
    assert not Intent.objects.exists()


@pytest.mark.usefixtures("described")
def test_i10_only_released_decisions_become_intents_and_arms_are_those_of_the_hash(bank_home: Home) -> None:
    run(bank_home)
    rows = decisions(bank_home)
    by_disposition = {kind: {row["decision_id"] for row in rows if row["disposition"] == kind} for kind in Disposition}
    assert by_disposition[Disposition.WITHHELD]
    assert set(Intent.objects.values_list("pk", flat=True)) == by_disposition[Disposition.RELEASED]
    assert all(row["treated"] == (row["disposition"] == Disposition.RELEASED) for row in rows)
    arms = {document.id: document.experiment_arms for document in shipped()}
    leads = dict(Lead.objects.values_list("lead_id", "customer_id"))
    for row in rows:
        which = row["strategy_id"]
        unit = leads[row["lead_id"]]
        assert row["arm"] == assign(bank_home.settings.salt, f"{which}/v1", unit, arms[which]).name


@pytest.mark.usefixtures("described")
def test_every_intent_carries_what_it_leaves_under(bank_home: Home) -> None:
    run(bank_home)
    leads = {one.lead_id: one for one in Lead.objects.all()}
    for intent in Intent.objects.all():
        lead = leads[intent.lead_id]
        assert intent.consent_snapshot["consents"]
        assert intent.approval_hash
        assert intent.not_before == AT_WORK
        assert intent.not_after == day_end(lead.expires_on, bank_home.zone)
        assert intent.customer_id == lead.customer_id
        assert lead.state == LeadState.PLANNED
    cards = Card.objects.all()
    assert cards
    for card in cards:
        assert card.content["verdicts"][0]["allowed"]
        assert "*" in card.content["masked_name"]
        shown = [card.content["offer"], *card.content["alternatives"]]
        assert len({offer["product_id"] for offer in shown}) == len(shown)
        assert not any(line["allowed"] for line in card.content["verdicts"][1:])


@pytest.mark.usefixtures("described")
@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        (ledger, "write", True),
        (outbox, "stage", True),
        (steps, "deliver_due", False),
    ],
)
def test_i1_a_night_that_is_killed_ends_like_one_that_is_not(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch, where: object, name: str, after: bool
) -> None:
    with killed_in(monkeypatch, where, name, after=after):
        run(bank_home)
    found = run(bank_home)
    assert found.resumed
    plan = found.steps["plan"]
    rows = decisions(bank_home)
    assert len(rows) == plan["planned"] == plan["withheld"] + plan["released"]
    assert Intent.objects.count() == plan["released"] == found.steps["stage"]["intents"]
    assert Lead.objects.filter(state=LeadState.PLANNED).count() == len({row["lead_id"] for row in rows})
    assert sum(found.steps["deliver"].values()) == plan["released"]


@pytest.mark.usefixtures("described")
def test_intents_that_stand_are_not_written_again(bank_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_in(monkeypatch, outbox, "stage", after=True):
        run(bank_home)
    monkeypatch.setattr(intents, "card_facts", lambda *_: pytest.fail("the contacts were written anew"))
    assert run(bank_home).steps["stage"]["intents"] == Intent.objects.count() > 0


@pytest.mark.usefixtures("described")
def test_i14_a_night_decided_twice_decides_the_same_bytes(bank_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    first = Run.objects.get().ledger_hash
    Run.objects.update(ledger_hash="")
    RunStep.objects.filter(name="plan").delete()
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    assert Run.objects.get().ledger_hash == first != ""


@pytest.mark.usefixtures("described")
def test_i15_facts_of_the_next_day_change_no_decision(
    bank_home: Home, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    without = Run.objects.get().ledger_hash
    Run.objects.update(ledger_hash="")
    ingest(bank_home, prepared.next_day, mapping=None, as_of=TOMORROW, accept=True)
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    assert Run.objects.get().ledger_hash == without


def test_a_night_that_has_decided_nothing_begins_anew_on_other_inputs(
    bank_home: Home, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def first(night: Night) -> Counts:  # noqa: ARG001
        called.append("first")
        return {}

    def dies(night: Night) -> Counts:  # noqa: ARG001
        raise Killed

    only(monkeypatch, first=first, second=dies)
    for _ in range(2):
        with pytest.raises(Killed):
            run(bank_home)
    before = Run.objects.get().inputs
    ingest(bank_home, prepared.next_day, mapping=None, as_of=TOMORROW, accept=True)
    with pytest.raises(Killed):
        run(bank_home)
    assert called == ["first", "first"]
    assert Run.objects.get().inputs["tables"] != before["tables"]


@pytest.mark.usefixtures("described")
def test_i11_decisions_are_carried_out_under_their_own_version_whatever_runs_since(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    row = life.submit(revised(), "li", AT_WORK)
    life.approve("maturity-care", row.version, "zhao", AT_WORK)
    life.launch("maturity-care", row.version, "zhao", AT_WORK, on=AS_OF)
    run(bank_home)
    cards = Intent.objects.filter(strategy_id="maturity-care")
    assert cards
    assert set(cards.values_list("strategy_version", "state")) == {(1, "suppressed")}
    assert all("SP-01" in reason for reason in cards.values_list("reason", flat=True))


@pytest.mark.usefixtures("described")
def test_i2_decisions_of_an_earlier_night_are_carried_out_before_a_later_one_begins(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_in(monkeypatch, outbox, "stage"):
        run(bank_home)
    with pytest.raises(Conflict, match="2026-11-20 has decisions that are not carried out"):
        run(bank_home, as_of=TOMORROW)
    run(bank_home)
    only(monkeypatch, nothing=nothing)
    assert run(bank_home, as_of=TOMORROW).steps == {"nothing": {"done": 1}}


@pytest.mark.usefixtures("described")
def test_a_night_that_was_given_up_before_it_decided_leaves_nothing_in_the_ledger(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_in(monkeypatch, ledger, "write", after=True):
        run(bank_home)
    assert decisions(bank_home)
    only(monkeypatch, plan=steps.plan_contacts)
    with killed_in(monkeypatch, steps, "decide"):
        run(bank_home, as_of=TOMORROW)
    assert decisions(bank_home) == []


@pytest.mark.usefixtures("described")
def test_what_is_planned_once_is_not_planned_again_and_who_is_withheld_stays_withheld(
    bank_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(bank_home)
    first = {row["lead_id"] for row in decisions(bank_home)}
    for kind in ("features", "scores", "insight"):
        folder = bank_home.root / kind
        (folder / f"{TOMORROW}.parquet").write_bytes((folder / f"{AS_OF}.parquet").read_bytes())
    monkeypatch.setattr(nights, "STEPS", tuple(one for one in nights.STEPS if one[0] != "leads"))
    run(bank_home, as_of=TOMORROW)
    later = [row for row in decisions(bank_home) if row["as_of"] == TOMORROW]
    assert not first & {row["lead_id"] for row in later}


def test_a_draft_with_other_success_categories_wins_no_cards(bank_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def ask(*_: object, strategies: list[Any], **__: object) -> list[Any]:
        asked.extend(strategies)
        return []

    monkeypatch.setattr(steps, "conversions", ask)
    draft = revised()
    life.submit(
        draft.model_copy(update={"success": draft.success.model_copy(update={"window_days": 9})}), "li", AT_WORK
    )
    only(monkeypatch, wins=steps.match_purchases)
    run(bank_home)
    assert sorted(one.strategy_id for one in asked) == ["idle-salary", "maturity-care", "stay-close"]
