"""How much of each resource there is: the home's own limits, people's own capacities, what is taken already."""

from pathlib import Path

import pyarrow as pa
import pytest
from django.db import transaction

from tests.delivery.makers import NOW, allow, new_intent
from tests.features.small_bank import MemoryBank
from tests.ledger.rows import decisions
from tests.loop.makers import home_in, night_of, running
from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.delivery import outbox
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.loop.capacity import capacities, load_capacity
from wealthloop.loop.inputs import inputs_of
from wealthloop.strategies.parts import Stop

OWN = "cards_per_rm = 4\napp_push = 10\nsms = 20\nwechat = 30\nwecom = 0\nai_call = 5\n"


def staff(engine: DuckDBEngine, *rows: tuple[str, str, int | None]) -> MemoryBank:
    given = [{"staff_id": who, "role": role, "branch_id": "B1", "daily_capacity": own} for who, role, own in rows]
    return MemoryBank(engine, {"staff": given})


def own_file(home: Home, text: str) -> None:
    (home.root / "capacity.toml").write_text(text, encoding="utf-8")


def test_a_home_without_a_file_has_the_shipped_limits(tmp_path: Path) -> None:
    assert load_capacity(home_in(tmp_path)).cards_per_rm == 15


def test_a_homes_own_limits_are_used_whole(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    own_file(home, OWN)
    assert load_capacity(home).model_dump() == {
        "cards_per_rm": 4, "app_push": 10, "sms": 20, "wechat": 30, "wecom": 0, "ai_call": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.replace("sms = 20\n", ""), "sms"),
        (OWN.replace("sms = 20", "sms = -1"), "sms"),
        (OWN + "fax = 3\n", "fax"),
        (OWN + "budget_yuan = -1\n", "budget_yuan"),
        (OWN + "budget_yuan = 1.005\n", "budget_yuan"),
        ("cards_per_rm = \n", "line 1"),
        (OWN + "[floors]\nB1 = -1\n", "floors.B1"),
        (OWN + "[floors]\nB1 = 2.5\n", "floors.B1"),
        (OWN + '[floors]\nB1 = "3"\n', "floors.B1"),
        (OWN + "floors = 3\n", "floors"),
        (OWN + "household_contacts = 0\n", "household_contacts"),
        (OWN + "warm_start = 1\n", "warm_start"),
        (OWN + "[hours.rm]\n9 = 3\n", "hours.rm"),
        (OWN + "[hours.sms]\n24 = 3\n", "hours.sms.24"),
        (OWN + "[hours.sms]\n9 = -3\n", "hours.sms.9"),
        (OWN + "household_contacts = 1.0\n", "household_contacts"),
        (OWN + "[branch_limits]\nB1 = -1\n", "branch_limits.B1"),
    ],
)
def test_a_file_with_a_fault_is_refused_and_named(tmp_path: Path, text: str, said: str) -> None:
    home = home_in(tmp_path)
    own_file(home, text)
    with pytest.raises(DocumentError, match=f"capacity.toml.*{said}"):
        load_capacity(home)


@pytest.mark.django_db
def test_every_resource_of_the_night_is_named(tmp_path: Path, engine: DuckDBEngine) -> None:
    home = home_in(tmp_path)
    own_file(home, OWN)
    bank = staff(
        engine, ("S1", "rm", 3), ("S2", "rm", None), ("S3", "rm", 0), ("S4", "rm", 90), ("H1", "branch_head", 9),
        ("R1", "remote_agent", 40), ("R2", "remote_agent", None),
    )  # fmt: skip
    found = capacities(night_of(home, engine, bank), (running("idle-salary", daily_maximum=77),))
    assert found == {
        "rm:S1": 3, "rm:S2": 4, "rm:S3": 0, "rm:S4": 4, "seat:remote_agent": 40, "volume:app_push": 10,
        "volume:sms": 20, "volume:wechat": 30, "volume:wecom": 0, "volume:ai_call": 5, "strategy:idle-salary": 77,
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "sms"), [("8 = 90\n9 = 3\n20 = 4\n21 = 90\n", 7), ("10 = 90\n", 20), ("", 0)])
def test_a_channels_day_is_no_more_than_its_hours_in_which_the_rules_allow_contact(
    tmp_path: Path, engine: DuckDBEngine, hours: str, sms: int
) -> None:
    home = home_in(tmp_path)
    own_file(home, f"{OWN}[hours.sms]\n{hours}")
    found = capacities(night_of(home, engine, staff(engine)), ())
    assert (found["volume:sms"], found["volume:wechat"]) == (sms, 30)


def test_a_budget_in_yuan_is_exact_fen_and_absent_unless_set(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    assert load_capacity(home).budget is None
    own_file(home, OWN + "budget_yuan = 0.29\n")
    assert load_capacity(home).budget == 29


def test_floors_are_read_by_branch_and_absent_unless_set(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    assert load_capacity(home).floors == {}
    own_file(home, OWN + "[floors]\nB1 = 20\n'支行 2' = 0\n")
    assert load_capacity(home).floors == {"B1": 20, "支行 2": 0}
    assert load_capacity(home).model_dump()["floors"] == {"B1": 20, "支行 2": 0}


@pytest.mark.django_db
def test_a_budget_is_a_resource_and_an_input_of_the_night(tmp_path: Path, engine: DuckDBEngine) -> None:
    home = home_in(tmp_path)
    own_file(home, OWN)
    night = night_of(home, engine, staff(engine))
    without = inputs_of(home, BankTables(home, engine), night.as_of)["capacities"]
    assert "budget" not in capacities(night, ())
    own_file(home, OWN + "budget_yuan = 12.50\n")
    assert capacities(night, ())["budget"] == 1250
    assert inputs_of(home, BankTables(home, engine), night.as_of)["capacities"] != without


@pytest.mark.django_db
def test_cards_on_a_desk_and_on_their_way_to_it_take_its_room(tmp_path: Path, engine: DuckDBEngine) -> None:
    home = home_in(tmp_path)
    night = night_of(home, engine, staff(engine, ("S1", "rm", 5), ("S2", "rm", 1)))
    outbox.stage([new_intent(number, channel="rm") for number in (1, 2)], now=NOW)
    assert capacities(night, ())["rm:S1"] == 3
    assert outbox.dispatch(home, now=NOW, gate=allow, worker="w") == {"sent": 2}
    assert capacities(night, ())["rm:S1"] == 3
    with transaction.atomic():
        outbox.stage([new_intent(number, channel="rm", staff_id="S2") for number in (3, 4)], now=NOW)
    assert capacities(night, ())["rm:S2"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("max_units", "room"), [(None, 50), (500, 50), (30, 20), (10, 0), (4, 0)])
def test_a_strategy_plans_no_more_customers_than_its_units_have_left(
    tmp_path: Path, engine: DuckDBEngine, max_units: int | None, room: int
) -> None:
    home = home_in(tmp_path)
    ledger.write(home, "run1", decisions("run1", n=10, strategy_id="idle-salary"))
    one = running("idle-salary", daily_maximum=50, stop=Stop(max_units=max_units))
    found = capacities(night_of(home, engine, staff(engine)), (one,))
    assert found["strategy:idle-salary"] == room


@pytest.mark.django_db
def test_a_strategys_budget_less_what_released_contacts_of_all_its_versions_cost_is_a_resource(
    tmp_path: Path, engine: DuckDBEngine
) -> None:
    home = home_in(tmp_path)
    rows = decisions("run1", n=5, strategy_id="idle-salary")
    rows = rows.set_column(
        rows.schema.get_field_index("cost"), "cost", pa.array([100] * 5, rows.schema.field("cost").type)
    )
    versions = pa.array([1, 1, 2, 2, 2], rows.schema.field("strategy_version").type)
    rows = rows.set_column(rows.schema.get_field_index("strategy_version"), "strategy_version", versions)
    ledger.write(home, "run1", rows.cast(ledger.DECISIONS))
    ledger.write(home, "run2", decisions("run2", strategy_id="other"))
    night = night_of(home, engine, staff(engine))
    for budget, left in ((5, 200), (3, 0), (2, 0)):
        assert capacities(night, (running("idle-salary", budget_yuan=budget),))["spend:idle-salary"] == left
    assert "spend:idle-salary" not in capacities(night, (running("idle-salary"),))
