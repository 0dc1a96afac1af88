"""Customers without a manager: counted by what they got, and by who may serve them at all."""

import pytest

from tests.loop.makers import around, lead, night_of, profile, running
from tests.policies.build import facts, product
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.rehearsal import unheld as module
from wealthloop.rehearsal.unheld import Unheld, unheld


def test_who_got_nothing_is_told_by_who_may_serve() -> None:
    channels = {
        "B": frozenset({"rm"}), "C": frozenset({"rm", "remote_agent"}), "D": frozenset({"rm", "sms"}),
        "A": frozenset({"rm"}), "F": frozenset({"remote_agent"}),
    }  # fmt: skip
    found = unheld(9, ["A", "B", "C", "D", "E", "F"], ["A"], {"remote_agent": 1}, channels)
    assert found == Unheld(
        customers=9, with_lead=6, contacted=1, through={"remote_agent": 1}, only_person=3, only_manager=1, nobody=1
    )
    assert found.other == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("steps", "block", "expected"),
    [(2, None, {"rm", "remote_agent"}), (1, None, {"rm"}), (2, "frozen", set())],
)
def test_rules_are_asked_as_if_a_manager_were_there(
    home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch, steps: int, block: str | None, expected: set[str]
) -> None:
    care = running("maturity-care").document
    strategy = running("maturity-care", channels=care.channels[:steps])
    offered = product(product_id="P", category=care.offer.all_categories[0])
    known = around(offered, who=facts(legal_block=block), described=profile(staff_id=None))
    monkeypatch.setattr(module, "before_night", lambda *_: known)
    found = module._open(night_of(home, engine), [lead(trigger="deposit_maturing")], [strategy])
    assert found.get("C1", frozenset()) == expected
