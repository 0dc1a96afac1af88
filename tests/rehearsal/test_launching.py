"""What people hand in: with its forecast, once, all or none, under the version that it becomes."""

from typing import Any

import pytest

from tests.loop.makers import AT_WORK
from wealthloop.access.models import AuditEntry
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home
from wealthloop.rehearsal import launching
from wealthloop.rehearsal.ledger import kept
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped
from wealthloop.strategies.repository import versions

CARE = next(one for one in shipped() if one.id == "maturity-care")


def audited() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("sequence").values_list("verb", "object_id"))


def test_several_are_handed_in_all_or_none_and_a_second_click_does_nothing(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    bank = BankTables(bank_home, engine)
    both = [CARE.model_copy(update={"id": name, "daily_maximum": 7}) for name in ("one", "two")]
    entries, stood = len(audited()), len(versions())
    with pytest.raises(InvalidInput, match="under_powered"):
        launching.submit_all(bank_home, bank, engine, both, by="li", now=AT_WORK)
    assert (len(versions()), kept(bank_home)) == (stood, ())
    for by, reason in (("li", "a pilot"), ("zhao", "")):
        rows = launching.submit_all(bank_home, bank, engine, both, by=by, now=AT_WORK, reason=reason)
        assert [(row.strategy_id, row.version, row.author) for row in rows] == [("one", 1, "li"), ("two", 1, "li")]
        assert [one.experiment for one in kept(bank_home)] == ["one/v1", "two/v1"]
        assert [verb for verb, _ in audited()[entries:]] == ["strategy.submitted"] * 2 + ["strategy.foretold"] * 2


def test_who_is_second_while_a_sheet_is_worked_out_foretells_nothing(
    bank_home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = CARE.model_copy(update={"id": "one", "daily_maximum": 7})
    worked_out = launching.sheet_of

    def overtaken(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        sheet = worked_out(*given, **named)
        life.submit(document, "zhao", AT_WORK)
        return sheet

    monkeypatch.setattr(launching, "sheet_of", overtaken)
    bank, entries = BankTables(bank_home, engine), len(audited())
    row = launching.submit(bank_home, bank, engine, document, by="li", now=AT_WORK, reason="a pilot")
    assert (row.author, kept(bank_home)) == ("zhao", ())
    assert audited()[entries:] == [("strategy.submitted", "one/v1")]


def test_what_was_concluded_is_foretold_as_the_version_that_it_becomes(bank_home: Home, engine: DuckDBEngine) -> None:
    life.conclude(CARE.id, 1, "lost", "zhao", AT_WORK, "no better than control")
    bank = BankTables(bank_home, engine)
    row = launching.submit(bank_home, bank, engine, CARE, by="li", now=AT_WORK, reason="a second try")
    assert row.version == 2
    assert [one.experiment for one in kept(bank_home)] == ["maturity-care/v2"]
