"""Contacts of another system become ledger records once."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.loop.makers import AS_OF, home_in, running
from wealthloop import ledger
from wealthloop.access.keys import person_keys
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.kit import Home
from wealthloop.loop.past import import_past
from wealthloop.sandbox import PastDecision

pytestmark = pytest.mark.django_db

ARMS = {("idle-salary", 1): running("idle-salary").arms}
SENT = PastDecision(
    day=AS_OF, customer_id="C1", strategy_id="idle-salary", version=1, trigger="salary_idle", arm="contact",
    treated=True, channel="app_push", staff_id=None, product_id="P008", contact_id="K1",
)  # fmt: skip
NOT_SENT = replace(SENT, customer_id="C2", contact_id=None)
WITHHELD = replace(NOT_SENT, customer_id="C3", arm="control", treated=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def test_each_contact_becomes_a_row_with_its_arm_share_and_what_became_of_it(home: Home) -> None:
    import_past(home, [SENT, NOT_SENT, WITHHELD], ARMS)
    customer = {key: name for name, key in person_keys(["C1", "C2", "C3"]).items()}
    rows = {customer[row["person_key"]]: row for row in ledger.read(home).to_pylist()}
    assert {name: row["disposition"] for name, row in rows.items()} == {
        "C1": "imported_sent", "C2": "imported_suppressed", "C3": "withheld",
    }  # fmt: skip
    assert {name: (row["arm"], row["arm_share"], row["treated"]) for name, row in rows.items()} == {
        "C1": ("contact", 0.5, True), "C2": ("contact", 0.5, True), "C3": ("control", 0.5, False),
    }  # fmt: skip
    assert "C1" not in str([*rows.values()])


def test_repeating_it_changes_nothing_in_whatever_order(home: Home) -> None:
    first = import_past(home, [SENT, NOT_SENT, WITHHELD], ARMS)
    assert import_past(home, [WITHHELD, SENT, NOT_SENT], ARMS) == first
    assert ledger.read(home).num_rows == 3


def test_another_past_is_refused(home: Home) -> None:
    import_past(home, [SENT], ARMS)
    with pytest.raises(Conflict, match="never rewritten"):
        import_past(home, [SENT, WITHHELD], ARMS)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SENT, arm="other"),
        replace(SENT, version=2),
        replace(WITHHELD, treated=True),
        replace(SENT, treated=False),
    ],
)
def test_an_arm_that_the_version_does_not_have_is_refused(home: Home, wrong: PastDecision) -> None:
    with pytest.raises(InvalidInput, match="not an arm of idle-salary/v"):
        import_past(home, [wrong], ARMS)
    assert ledger.paths(home) == ()
