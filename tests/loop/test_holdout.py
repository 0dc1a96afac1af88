"""Standing experiments withhold what they must, whatever the strategies' arms, and free no slot for it."""

from datetime import date
from pathlib import Path

import pytest

from tests.delivery.makers import Provider, new_intent
from tests.features.small_bank import customer as one_customer
from tests.loop.makers import AS_OF, AT_WORK, SALT, TOMORROW, home_in, home_tables, launch, option, running
from wealthloop import ledger
from wealthloop.delivery import outbox
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import DocumentError
from wealthloop.kit import Home, day_end
from wealthloop.ledger import Disposition
from wealthloop.loop.gate import PolicyGate
from wealthloop.loop.holdout import Reach, held_by
from wealthloop.loop.night import run_night
from wealthloop.loop.plan import plan_night
from wealthloop.strategies.designs import StandingDesign, begin_designs, designs, designs_on, period_of
from wealthloop.strategies.standing import load_experiments

A, B = running("idle-salary"), running("stay-close")
CUSTOMERS = [f"C{n}" for n in range(2000)]
BASE = "[exploration]\nshare = 0.05\nwithin = 0.25\n[universal]\nshare = {universal}\n"


def write(home: Home, more: str = "", *, universal: float = 0.02) -> None:
    (home.root / "experiments.toml").write_text(BASE.format(universal=universal) + more, encoding="utf-8")


def design(**changes: object) -> StandingDesign:
    given = {
        "kind": "universal", "name": "universal", "period": "2026Q4", "begins": TOMORROW, "ends": date(2026, 12, 31),
        "share": 0.1, "categories": ["cash_management"],
    }  # fmt: skip
    return StandingDesign.model_validate({**given, **changes})


def reach(customer: str, **changes: object) -> Reach:
    given = {
        "strategy_id": "idle-salary", "customer_id": customer, "channel": "sms", "staff_id": None, "tier": "mass",
        "branch_id": "B1",
    }  # fmt: skip
    return Reach(**{**given, **changes})  # type: ignore[arg-type]


def held(*designs: StandingDesign, **changes: object) -> set[str]:
    return {one for one in CUSTOMERS if held_by(reach(one, **changes), designs, salt=SALT) is not None}


def test_a_share_of_customers_is_held_out_and_another_quarter_draws_others() -> None:
    now, later = held(design()), held(design(period="2027Q1"))
    assert len(now) / 2000 == pytest.approx(0.1, abs=0.02)
    assert now != later
    assert len(now & later) / 2000 == pytest.approx(0.01, abs=0.01)


def test_exempt_tiers_other_strategies_and_other_channels_are_not_held() -> None:
    assert held(design(exempt_tiers=["private"]), tier="private") == set()
    assert held(design(strategies=["stay-close"])) == set()
    by_hand = design(kind="by_hand", name="by_hand", unit="rm", share=0.9)
    assert held(by_hand) == set()
    assert held(by_hand, channel="rm", staff_id="S1") in (set(), set(CUSTOMERS))
    managers = [f"S{n}" for n in range(400)]
    idle = [one for one in managers if held_by(reach("C1", channel="rm", staff_id=one), [by_hand], salt=SALT)]
    assert len(idle) / 400 == pytest.approx(0.9, abs=0.05)


def test_a_held_contact_frees_no_slot_and_keeps_its_own_arm() -> None:
    first, other = option("C1", A, "sms", 100), option("C2", B, "sms", 50)
    capacities = {"volume:sms": 1, "strategy:idle-salary": 9, "strategy:stay-close": 9}
    found = plan_night(
        [first, other], capacities, salt=SALT, members={},
        holding=lambda one: "universal/2026Q4" if one.customer_id == "C1" else None,
    ).planned  # fmt: skip
    free = plan_night([first, other], capacities, salt=SALT, members={}).planned
    assert [(one.option.customer_id, one.held_by, one.withheld) for one in found] == [("C1", "universal/2026Q4", True)]
    assert found[0].arm == free[0].arm


@pytest.mark.django_db
def test_i9_a_design_that_runs_never_changes_and_what_is_taken_out_ends(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    first = begin_designs(home, TOMORROW)
    assert [one.design_id for one in first] == ["universal/2026Q4"]
    write(home, universal=0.3)
    assert begin_designs(home, date(2026, 12, 1)) == first
    write(home, '[[group]]\nname = "funds"\nstrategies = ["stay-close"]\nshare = 0.1\n', universal=0)
    later = begin_designs(home, date(2026, 12, 2))
    assert [one.design_id for one in later] == ["group_funds/2026Q4"]
    assert {one.design_id: one.ends for one in designs(home)}["universal/2026Q4"] == date(2026, 12, 1)
    assert [one.design_id for one in begin_designs(home, date(2027, 1, 1))] == ["group_funds/2027Q1"]
    assert designs_on(home, AS_OF) == []


def test_quarters_end_on_their_last_day() -> None:
    assert [period_of(date(2026, month, 1)) for month in (1, 6, 9, 12)] == [
        ("2026Q1", date(2026, 3, 31)), ("2026Q2", date(2026, 6, 30)), ("2026Q3", date(2026, 9, 30)),
        ("2026Q4", date(2026, 12, 31)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[universal]\nshare = 0.02", "exploration: Field required"),
        (BASE.format(universal=0.9), "universal.share: Input should be less than or equal to 0.5"),
        (BASE.format(universal=0) + '[[rule]]\nname = "random_score"\nshare = 0.05\n' * 2, "rule: a name stands twice"),
        ("[exploration", "not readable as TOML"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    home = home_in(tmp_path)
    (home.root / "experiments.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"experiments\.toml: ") as refused:
        load_experiments(home)
    assert said in str(refused.value)


@pytest.mark.django_db
@pytest.mark.usefixtures("described")
def test_i10_a_night_withholds_from_the_held_out_and_writes_why(bank_home: Home) -> None:
    write(bank_home, universal=0.5)
    run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    rows = ledger.read(bank_home).to_pylist()
    held_rows = [row for row in rows if row["held_by"] == "universal/2026Q4"]
    assert 0 < len(held_rows) < len(rows)
    assert {(row["disposition"], row["treated"]) for row in held_rows} == {(Disposition.WITHHELD, False)}
    assert not Intent.objects.filter(intent_id__in=[row["decision_id"] for row in held_rows]).exists()
    assert {row["arm"] for row in held_rows} >= {"contact"} or len(held_rows) < 5


@pytest.mark.django_db
def test_i10_who_is_held_out_since_the_contact_was_planned_is_not_contacted(
    tmp_path: Path, engine: DuckDBEngine
) -> None:
    launch("idle-salary")
    home = home_in(tmp_path)
    write(home, universal=0.5)
    drawn = begin_designs(home, AT_WORK.date())[0]
    customer = next(one for one in CUSTOMERS if held_by(reach(one), [drawn], salt=SALT))
    intent, provider = new_intent(
        1, strategy_id="idle-salary", customer_id=customer, product_id="CASH", not_before=AT_WORK,
        not_after=day_end(AT_WORK.date(), home.zone),
    ), Provider()  # fmt: skip
    outbox.stage([intent], now=AT_WORK)
    known = home_tables(engine, more={"customers": [one_customer(customer)]})
    gate = PolicyGate(home, known, engine, as_of=AS_OF, now=AT_WORK)
    outbox.dispatch(home, now=AT_WORK, gate=gate, worker="w", connectors=[provider])
    row = Intent.objects.get(pk=intent.intent_id)
    assert (row.state, row.reason, len(provider.calls)) == ("suppressed", "held_out", 0)
