"""The sheet of a document over the small simulated bank, held against the night itself."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.apps import apps

from tests.ledger.rows import decisions
from tests.loop.makers import AS_OF, AT_WORK, night_of
from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import HomeError, InvalidInput
from wealthloop.kit import Home, file_hash
from wealthloop.loop.decide import decide
from wealthloop.loop.steps import find_leads
from wealthloop.rehearsal import launching
from wealthloop.rehearsal.candidate import candidate
from wealthloop.rehearsal.check import check
from wealthloop.rehearsal.dryrun import options_for
from wealthloop.rehearsal.ledger import keep, kept
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.replay import replay
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.types import Sheet
from wealthloop.rehearsal.weigh import scene_of, weighed
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import shipped
from wealthloop.strategies.repository import versions


def _document(strategy_id: str = "maturity-care") -> Strategy:
    return next(one for one in shipped() if one.id == strategy_id)


def _sheet(home: Home, engine: DuckDBEngine, document: Strategy | None = None) -> Sheet:
    bank = BankTables(home, engine)
    return check(home, bank, engine, document or _document(), as_of=AS_OF, today=AS_OF)


def _files(home: Home) -> dict[Path, str]:
    """Return every file of a home, but for days kept for other rehearsals, with its digest."""
    every = (path for path in home.root.rglob("*") if path.is_file() and "rehearsed" not in path.parts)
    return {path: file_hash(path) for path in every}


def _rows() -> dict[str, int]:
    """Return how many rows the state plane has, by table."""
    return {model.__name__: model._default_manager.count() for model in apps.get_models()}


def test_the_dry_run_of_a_running_strategy_is_the_night_that_decides(bank_home: Home, engine: DuckDBEngine) -> None:
    sheet = _sheet(bank_home, engine)
    night = night_of(bank_home, engine, BankTables(bank_home, engine))
    find_leads(night)
    rows = decide(night).table
    ours = [row for row in rows.to_pylist() if row["strategy_id"] == "maturity-care"]
    assert ours, "the small bank must have something to plan"
    assert {one.channel: one.planned for one in sheet.tonight.channels if one.planned} == Counter(
        row["channel"] for row in ours
    )
    assert sum(one.withheld for one in sheet.tonight.channels) == sum(not row["treated"] for row in ours)


def test_nothing_is_written_by_a_check_or_a_replay(bank_home: Home, engine: DuckDBEngine) -> None:
    before, rows = _files(bank_home), _rows()
    _sheet(bank_home, engine)
    days = {"first": AS_OF, "last": AS_OF, "every": 1, "today": AS_OF}
    replay(bank_home, BankTables(bank_home, engine), engine, _document(), **days)  # type: ignore[arg-type]
    assert _files(bank_home) == before
    assert _rows() == rows


def test_each_condition_leaves_no_more_customers_and_the_arms_add_up(bank_home: Home, engine: DuckDBEngine) -> None:
    sizes = _sheet(bank_home, engine).sizes
    assert sizes.customers >= sizes.audience >= sizes.with_lead >= sizes.allowed > 0
    assert max(sizes.by_channel.values()) <= sizes.allowed <= sum(sizes.by_channel.values())
    for which in ("audience", "with_lead", "allowed"):
        assert sum(getattr(arm, which) for arm in sizes.arms) == getattr(sizes, which)


def test_a_twin_shares_its_whole_audience_and_takes_contacts(bank_home: Home, engine: DuckDBEngine) -> None:
    twin = _document().model_copy(update={"id": "twin"})
    sheet = _sheet(bank_home, engine, twin)
    shared = next(one for one in sheet.overlap if one.strategy_id == "maturity-care")
    assert (shared.share, shared.share_of_theirs) == (1.0, 1.0)
    assert shared.customers == sheet.sizes.audience
    taken = shared.contacts and shared.displaced + sheet.first_week.planned
    assert taken > 0
    assert sheet.version == 1
    assert sheet.replaces is None


def test_a_changed_document_is_the_next_version_and_replaces_the_running_one(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    sheet = _sheet(bank_home, engine, _document().model_copy(update={"daily_maximum": 1}))
    assert (sheet.version, sheet.replaces) == (2, "maturity-care/v1")
    assert sheet.tonight.planned <= 1
    assert all(one.strategy_id != "maturity-care" for one in sheet.overlap)


def test_a_ramp_narrows_tonight_and_not_the_weeks(bank_home: Home, engine: DuckDBEngine) -> None:
    content = _document().model_dump(mode="json") | {"ramp": [{"share": 0.0001, "days": 30}]}
    narrow, wide = _sheet(bank_home, engine, Strategy.model_validate(content)), _sheet(bank_home, engine)
    assert narrow.tonight.planned < wide.tonight.planned
    assert narrow.first_week.leads == wide.first_week.leads
    assert narrow.power[0].at_hand_n < wide.power[0].at_hand_n


def test_an_under_powered_test_needs_a_reason_that_is_kept(bank_home: Home, engine: DuckDBEngine) -> None:
    bank, document = BankTables(bank_home, engine), _document().model_copy(update={"daily_maximum": 7})
    with pytest.raises(InvalidInput, match="under_powered"):
        launching.submit(bank_home, bank, engine, document, by="li", now=AT_WORK)
    assert len(versions(document.id)) == 1
    assert kept(bank_home) == ()
    row = launching.submit(bank_home, bank, engine, document, by="li", now=AT_WORK, reason="a pilot")
    life.approve(document.id, row.version, "zhao", AT_WORK)
    with pytest.raises(InvalidInput, match="under_powered"):
        launching.launch(bank_home, bank, engine, document.id, row.version, by="zhao", now=AT_WORK, on=AS_OF)
    launching.launch(
        bank_home, bank, engine, document.id, row.version, by="zhao", now=AT_WORK, on=AS_OF, reason="a pilot"
    )
    assert [(one.occasion, one.reason) for one in kept(bank_home, f"{document.id}/v2")] == [
        ("launched", "a pilot"),
        ("submitted", "a pilot"),
    ]


def test_a_forecast_is_named_by_its_content_and_a_changed_one_is_found(bank_home: Home, engine: DuckDBEngine) -> None:
    bank, document = BankTables(bank_home, engine), _document().model_copy(update={"daily_maximum": 7})
    launching.submit(bank_home, bank, engine, document, by="li", now=AT_WORK, reason="a pilot")
    (forecast,) = kept(bank_home)
    digest = keep(bank_home, forecast)
    path = bank_home.root / "forecasts" / f"{digest}.json"
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    changed = json.loads(path.read_text("utf-8")) | {"reason": "another"}
    path.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(HomeError, match="not what was foretold"):
        kept(bank_home)


def test_a_replay_plans_no_lead_twice(bank_home: Home, engine: DuckDBEngine) -> None:
    bank, document = BankTables(bank_home, engine), _document()
    week_ago = AS_OF - timedelta(days=7)
    both = replay(bank_home, bank, engine, document, first=week_ago, last=AS_OF, every=7, today=AS_OF)
    alone = replay(bank_home, bank, engine, document, first=AS_OF, last=AS_OF, every=7, today=AS_OF)
    assert [one.run.as_of for one in both.nights] == [week_ago, AS_OF]
    assert [one.run.nights for one in both.nights] == [7, 7]
    standing = alone.nights[0].run
    assert both.nights[1].run.leads < standing.leads, "leads that the first night planned are gone"
    assert both.nights[1].new_units <= both.nights[1].run.planned
    new = [one.new_units for one in both.nights]
    assert both.units_a_week == sum(new) / 2
    assert alone.units_a_week == alone.nights[0].new_units > 0
    assert both.audience == sum(one.audience for one in both.nights) / 2
    assert both.without_contact is None, "no window has closed"


@pytest.mark.parametrize(
    "changes", [{"every": 0}, {"first": AS_OF + timedelta(days=1)}, {"last": AS_OF + timedelta(days=9)}]
)
def test_a_replay_names_nights_that_the_tables_reach(
    bank_home: Home, engine: DuckDBEngine, changes: dict[str, Any]
) -> None:
    days: dict[str, Any] = {"first": AS_OF, "last": AS_OF, "every": 1, "today": AS_OF} | changes
    with pytest.raises(InvalidInput, match=r"at least one night|after the last day"):
        replay(bank_home, BankTables(bank_home, engine), engine, _document(), **days)


def test_what_may_be_done_is_what_both_plans_would_find_apart(bank_home: Home, engine: DuckDBEngine) -> None:
    changed = _document().model_copy(update={"daily_maximum": 1})
    found = candidate(changed, as_of=AS_OF, today=AS_OF)
    assert found.replaces is not None
    with night_at(bank_home, BankTables(bank_home, engine), engine, as_of=AS_OF) as night:
        leads = standing_leads(night, found.every, mine=found.mine)
        scene = scene_of(night, leads, found.every)
        options = options_for(scene, leads, found)
        assert options.without_it == weighed(scene, leads, found.without_it)
        assert options.with_it == weighed(scene, leads, found.with_it)
        assert {one.strategy.version for one in options.with_it if one.strategy_id == changed.id} == {2}
        reserved = replace(found.mine, document=changed.model_copy(update={"reserve": 0.5}))
        child = replace(found, mine=reserved)
        options = options_for(scene, leads, child)
        assert options.with_it == weighed(scene, leads, child.with_it)
        again = options_for(scene, leads, found, without_it=options.without_it)
        assert again.with_it == weighed(scene, leads, found.with_it)


def test_a_rehearsed_night_knows_the_plans_of_earlier_nights_alone(bank_home: Home, engine: DuckDBEngine) -> None:
    for run_id, days in {"early": (9, 9), "late": (0, 0), "history": (9, 0)}.items():
        rows = [
            decisions(run_id, n=2, as_of=AS_OF - timedelta(days=back)).to_pylist()[place]
            for place, back in enumerate(days)
        ]
        ledger.write(bank_home, run_id, pa.Table.from_pylist(rows, ledger.DECISIONS))
    with night_at(bank_home, BankTables(bank_home, engine), engine, as_of=AS_OF - timedelta(days=7)) as night:
        known = ledger.read(night.home)
    assert sorted(map(str, known["decision_id"].to_pylist())) == ["early-0", "early-1", "history-0"]
    assert ledger.read(bank_home).num_rows == 6
