"""Customers are shared in turn: within a layer, by exclusion, and by the reserve of a child."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.loop.makers import AS_OF, AT_WORK, SALT, around, home_in, lead, night_of, running
from wealthloop import ledger
from wealthloop.access.keys import person_keys
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import bucket
from wealthloop.loop.held import Held, held_tonight
from wealthloop.loop.options import possible_contacts
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped

CHILD = {"parent": "idle-salary/v1", "layer": "idle-salary", "reserve": 0.5}
PARENT = running("idle-salary")
BY_ITSELF = running("stay-close")


def child(strategy_id: str = "maturity-care", *, on: date = AS_OF) -> Any:  # noqa: ANN401 - a running version
    made = running(strategy_id, **CHILD)
    return life.Running(
        strategy_id=made.strategy_id, version=1, document=made.document, approval=made.approval, launched_on=on
    )


def held(planned: Mapping[str, set[str]] | None = None, **rivals: set[str]) -> Held:
    return Held(salt=SALT, planned=planned or {}, rivals={name.replace("_", "-"): ids for name, ids in rivals.items()})


def of_reserve(strategy_id: str, *, inside: bool) -> str:
    found = (f"C{n}" for n in range(99) if (bucket(f"{SALT}/reserve/{strategy_id}", f"C{n}") < 0.5) == inside)
    return next(found)


def test_a_reserved_customer_belongs_to_the_child_and_the_others_to_its_parent() -> None:
    mine, other = of_reserve("maturity-care", inside=True), of_reserve("maturity-care", inside=False)
    assert [one.strategy_id for one in held().free(mine, [PARENT, child(), BY_ITSELF])] == [
        "maturity-care", "stay-close",
    ]  # fmt: skip
    assert [one.strategy_id for one in held().free(other, [PARENT, child(), BY_ITSELF])] == [
        "idle-salary", "stay-close",
    ]  # fmt: skip


def test_of_two_children_the_one_that_was_launched_first_has_the_customer() -> None:
    late, early = child(on=AS_OF), child("stay-close", on=AS_OF - timedelta(days=1))
    both = next(
        f"C{n}" for n in range(99)
        if all(bucket(f"{SALT}/reserve/{name}", f"C{n}") < 0.5 for name in ("maturity-care", "stay-close"))
    )  # fmt: skip
    assert held().free(both, [late, early]) == [early]


def test_who_is_in_an_open_window_of_a_rival_is_left_alone() -> None:
    free = held({"stay-close": {"C1"}}, idle_salary={"stay-close"}).free
    assert free("C1", [PARENT, BY_ITSELF]) == [BY_ITSELF]
    assert free("C2", [PARENT, BY_ITSELF]) == [PARENT, BY_ITSELF]


def test_the_nights_options_leave_them_out(tmp_path: Path, engine: DuckDBEngine) -> None:
    night = night_of(home_in(tmp_path), engine)
    alone = held({"stay-close": {"C1"}}, idle_salary={"stay-close"})
    assert possible_contacts(night, [lead()], [PARENT], around())
    assert not possible_contacts(night, [lead()], [PARENT], around(held=alone))


def decisions(home: Any, strategy_id: str, version: int, customers: Mapping[str, date]) -> None:  # noqa: ANN401 - a home
    keys = person_keys(customers)
    for number, (customer, day) in enumerate(customers.items()):
        run = f"{strategy_id.replace('-', '')}{number}"
        given: dict[str, object] = {
            "decision_id": f"{run}-1", "run_id": run, "as_of": day, "person_key": keys[customer],
            "strategy_id": strategy_id, "strategy_version": version, "arm": "control", "arm_share": 0.5,
            "treated": False, "disposition": "withheld", "channel": "sms", "refill": False, "propensity": 1.0,
        }  # fmt: skip
        columns = [pa.array([given.get(field.name)], type=field.type) for field in ledger.DECISIONS]
        ledger.write(home, run, pa.table(dict(zip(ledger.DECISIONS.names, columns, strict=True))))


@pytest.mark.django_db
def test_windows_layers_and_exclusions_come_from_the_ledger_and_the_documents(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    one = next(document for document in shipped() if document.id == "idle-salary")
    documents = [
        one.model_copy(update={"id": "aa"}), one.model_copy(update={"id": "bb", "layer": "aa"}),
        one.model_copy(update={"id": "cc"}), one.model_copy(update={"id": "dd", "exclusions": ("cc",)}),
    ]  # fmt: skip
    for document in documents:
        life.submit(document, "li", AT_WORK)
        life.approve(document.id, 1, "zhao", AT_WORK)
        life.launch(document.id, 1, "zhao", AT_WORK, on=date(2026, 8, 1))
    window = one.success.window_days
    decisions(home, "bb", 1, {"open": AS_OF - timedelta(days=window - 1), "closed": AS_OF - timedelta(days=window)})
    decisions(home, "cc", 1, {"other": AS_OF})
    life.pause("bb", 1, "zhao", AT_WORK)
    found = held_tonight(home, life.running(AS_OF), AS_OF)
    assert found.rivals == {"aa": {"bb"}, "cc": set(), "dd": {"cc"}}
    assert found.planned == {"bb": {"open"}, "cc": {"other"}}
