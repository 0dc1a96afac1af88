"""Packs say what ran, what was learned, what is proposed and whose turn it is; the same inputs make the same bytes."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.reports.worlds import ARMS, PRODUCTS, MemoryBank, Planned, buy, day, launch
from wealthloop import ledger
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import DocumentError
from wealthloop.experiments import assign
from wealthloop.kit import Home
from wealthloop.leads.models import Lead
from wealthloop.reports.calendar import campaigns_now, load_calendar
from wealthloop.reports.packs import Pack, Proposal, first_day, pack
from wealthloop.reports.packtext import Reader, Section, as_json, markdown, sections
from wealthloop.reports.watch import watch
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.parts import Stop

pytestmark = pytest.mark.django_db

TODAY = day(30)
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
IDLE = next(one for one in shipped() if one.id == "idle-salary")
OWN = """
answer_within_days: 3
campaigns:
  - id: autumn
    name: {zh: 金秋, en: Autumn}
    owner: mei
    starts: 2026-09-10
    ends: 2026-10-10
    ready_days: 10
    categories: [bond_fund]
    targets_yuan: {B1: 40, B3: 10}
  - id: opening
    name: {zh: 开门红, en: Opening season}
    owner: lan
    starts: 11-20
    ends: 02-28
    ready_days: 30
    categories: [gold]
"""


def reader(*, whole: bool = True, language: str = "en") -> Reader:
    return Reader(language="zh-hans" if language == "zh" else "en", word=lambda _, code: code, whole=whole)


@pytest.fixture
def home(home: Home) -> Home:
    (home.root / "campaigns.yaml").write_text(OWN, encoding="utf-8")
    return home


@pytest.fixture
def bank(engine: DuckDBEngine) -> MemoryBank:
    """Twelve buyers of 100 fen at B1, one at B2; purchases before the campaign and of other categories beside them."""
    customers = [
        {"customer_id": f"C{n}", "open_date": day(-90), "branch_id": "B1" if n < 12 else "B2"} for n in range(13)
    ]
    moves = [buy(n, f"C{n}", day(10 + n % 5)) for n in range(13)]
    moves += [buy(90, "C1", day(8)), buy(91, "C1", day(12), product_id="P2")]
    return MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": moves})


def made(bank: MemoryBank, engine: DuckDBEngine, home: Home, **given: Any) -> Pack:  # noqa: ANN401
    return pack(bank, engine, home, kind=given.pop("kind", "week"), as_of=given.pop("as_of", TODAY), **given)


def rows(found: tuple[Section, ...], name: str) -> tuple[tuple[str, ...], ...]:
    return next(section.rows for section in found if section.name == name)


def plan(home: Home) -> None:
    launch()
    planned = Planned()
    for n in range(20):
        planned.add(f"C{n}", TODAY - timedelta(days=n), "control" if n % 4 == 0 else "contact")
    ledger.write(home, "history", planned.table())


@pytest.mark.parametrize(("kind", "first"), [("week", date(2026, 9, 28)), ("month", date(2026, 10, 1))])
def test_a_span_begins_on_its_monday_or_first(kind: Any, first: date) -> None:  # noqa: ANN401
    assert first_day(kind, date(2026, 10, 1)) == first


def test_a_pack_counts_the_contacts_of_its_span_alone(bank: MemoryBank, engine: DuckDBEngine, home: Home) -> None:
    plan(home)
    (one,) = made(bank, engine, home).ran
    days = (TODAY - first_day("week", TODAY)).days + 1
    assert (one.strategy_id, one.state, one.planned, one.withheld) == ("deposit", "running", days, 1)
    (month,) = made(bank, engine, home, kind="month", as_of=day(29)).ran
    assert (month.planned, month.withheld) == (19, 4)


def test_what_is_locked_or_waits_is_said_and_no_effect_shown(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    plan(home)
    (row,) = rows(sections(made(bank, engine, home), reader()), "learned")
    assert row[:3] == ("deposit/v1", "contact", "–")
    assert len(row[4]) > 10


def test_an_effect_stands_with_its_interval_and_its_matured_customers(engine: DuckDBEngine, home: Home) -> None:
    launch()
    planned, moves = Planned(), []
    for n in range(400):
        arm = assign("salt-of-a-test", "deposit/v1", f"C{n}", ARMS).name
        planned.add(f"C{n}", day(0), arm)
        if arm == "contact" and n % 2:
            moves.append(buy(n, f"C{n}", day(3)))
    ledger.write(home, "history", planned.table())
    customers = [{"customer_id": f"C{n}", "open_date": day(-90), "branch_id": "B1"} for n in range(400)]
    some = MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": moves})
    (row,) = rows(sections(made(some, engine, home), reader()), "learned")
    numbers = [float(part) for part in re.findall(r"[+-][0-9.]+", row[2])]
    assert len(numbers) == 3
    assert numbers[1] < numbers[0] < numbers[2]
    assert abs(numbers[0] - 50) < 6
    assert row[3] == "400"
    whole = made(some, engine, home)
    (report,) = whole.learned
    for n, told in ((9, "–"), (10, row[2])):
        arms = tuple(replace(arm, n_matured=n if arm.arm == "control" else 300) for arm in report.arms)
        found = sections(replace(whole, learned=(replace(report, arms=arms),)), reader(whole=False))
        assert rows(found, "learned")[0][2] == told


def test_targets_stand_beside_what_branches_bought(bank: MemoryBank, engine: DuckDBEngine, home: Home) -> None:
    autumn, opening = campaigns_now(bank, load_calendar(home), as_of=TODAY)
    assert (autumn.running, autumn.ready_by, opening.running) == (True, date(2026, 8, 31), False)
    assert [(one.branch_id, one.target, one.bought, one.buyers) for one in autumn.branches] == [
        ("B1", 4_000, 1_200, 12), ("B2", None, 100, 1), ("B3", 1_000, 0, 0),
    ]  # fmt: skip
    found = sections(made(bank, engine, home), reader())
    assert [row[1:] for row in rows(found, "branches")] == [
        ("B1", "40", "12", "30 %"), ("B2", "–", "1", "–"), ("B3", "10", "0", "0 %"),
    ]  # fmt: skip


def test_i19_a_branch_of_few_buyers_is_hidden_from_who_does_not_see_everybody(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    plan(home)
    found = sections(made(bank, engine, home), reader(whole=False))
    assert [row[3:] for row in rows(found, "branches")] == [("12", "30 %"), ("–", "–"), ("0", "0 %")]
    assert rows(found, "ran")[0][3:6] == ("<10", "0", "<10")
    assert rows(found, "learned")[0][2:] == ("–", "–", "–")


@pytest.mark.parametrize(
    ("many", "few", "all_of_them"), [(0, "0", "0"), (1, "<10", "1"), (9, "<10", "9"), (10, "10", "10")]
)
def test_i19_counts_below_ten_are_told_to_who_sees_everybody_alone(many: int, few: str, all_of_them: str) -> None:
    assert (reader(whole=False).count(many), reader().count(many)) == (few, all_of_them)


def test_an_opening_season_that_passes_a_new_year_runs_on_both_sides(bank: MemoryBank, home: Home) -> None:
    calendar = load_calendar(home)
    for when, said in ((date(2026, 12, 31), True), (date(2027, 2, 28), True), (date(2027, 3, 1), False)):
        running = [one.campaign.id for one in campaigns_now(bank, calendar, as_of=when) if one.running]
        assert (running == ["opening"]) is said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("starts: 2026-09-10", "starts: 2026-11-10", "must not be before starts"),
        ("ends: 02-28", "ends: 2027-02-28", "must be written as starts is"),
        ("starts: 11-20", "starts: 11-31", "day is out of range"),
        ("categories: [gold]", "categories: [tulips]", "categories.0"),
        ("owner: mei", "owner: ''", "campaigns.0.owner"),
        ("answer_within_days: 3", "answer: 3", "answer"),
        ("  - id: autumn", "  - [", "not readable as YAML"),
    ],
)
def test_a_calendar_with_a_fault_is_refused_and_named(before: str, after: str, said: str, home: Home) -> None:
    assert before in OWN
    (home.root / "campaigns.yaml").write_text(OWN.replace(before, after), encoding="utf-8")
    with pytest.raises(DocumentError, match=f"campaigns.yaml: .*{said}"):
        load_calendar(home)


def test_the_shipped_calendar_has_an_opening_season_in_both_languages(home: Home) -> None:
    (home.root / "campaigns.yaml").unlink()
    opening = load_calendar(home).campaigns[0]
    assert (opening.name.zh, opening.in_year(2027)) == ("开门红", (date(2027, 1, 1), date(2027, 3, 31)))
    known = {one.id for one in shipped()}
    assert {name for one in load_calendar(home).campaigns for name in one.strategies} <= known


def test_whose_turn_it_is_stands_with_its_due_date_and_an_end_is_proposed(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    for document, launches in ((IDLE.model_copy(update={"stop": Stop(max_days=10)}), True), (shipped()[0], False)):
        row = life.submit(document, "li", NOW)
        if launches:
            life.approve(document.id, row.version, "zhao", NOW)
            life.launch(document.id, row.version, "zhao", NOW, on=day(0))
    child = Proposal(
        what=Bilingual(zh="试一试", en="try a child"), strategy_id="deposit", version=1, owner="mei",
        due_on=TODAY + timedelta(days=1),
    )  # fmt: skip
    found = sections(made(bank, engine, home, proposals=[child]), reader())
    assert rows(found, "proposed") == (
        ("try a child", "deposit/v1", "mei", day(31).isoformat()),
        ("conclude: its 10 days are over", "idle-salary/v1", IDLE.owner, day(33).isoformat()),
    )
    assert rows(found, "turns") == (
        ("strategy", "sign", f"{shipped()[0].id}/v1", day(0).isoformat(), day(3).isoformat()),
        (IDLE.owner, "conclude", "idle-salary/v1", TODAY.isoformat(), day(33).isoformat()),
    )


def test_a_turn_begins_with_the_step_before_it_and_not_after_the_day(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    life.submit(IDLE, "li", NOW)
    life.approve(IDLE.id, 1, "zhao", NOW + timedelta(days=4))
    life.submit(shipped()[0], "li", NOW + timedelta(days=40))
    found = rows(sections(made(bank, engine, home), reader()), "turns")
    assert [(row[1], *row[3:]) for row in found] == [
        ("launch", day(4).isoformat(), day(7).isoformat()), ("sign", TODAY.isoformat(), day(33).isoformat()),
    ]  # fmt: skip


def test_a_verdict_of_the_span_is_told_with_its_reason(bank: MemoryBank, engine: DuckDBEngine, home: Home) -> None:
    life.submit(IDLE, "li", NOW)
    life.approve(IDLE.id, 1, "zhao", NOW)
    life.launch(IDLE.id, 1, "zhao", NOW, on=day(0))
    life.conclude(IDLE.id, 1, "lost", "zhao", NOW, "no better | than\ncontrol")
    assert made(bank, engine, home).ran == ()
    StrategyVersion.objects.update(concluded_at=NOW + timedelta(days=29))
    text = markdown(made(bank, engine, home), reader())
    assert "lost: no better \\| than control" in text


def test_a_past_day_is_told_as_it_ended_and_the_newest_night_as_things_stand(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    at = [datetime(2026, 9, 1, 15, 59, tzinfo=UTC) + timedelta(days=n) for n in range(31)]
    life.submit(IDLE, "li", at[7])
    life.approve(IDLE.id, 1, "zhao", at[9])
    life.launch(IDLE.id, 1, "zhao", at[10], on=day(11))
    life.pause(IDLE.id, 1, "zhao", at[16])
    life.conclude(IDLE.id, 1, "lost", "zhao", at[21] + timedelta(minutes=2), "no better")
    home.set_current(as_of=day(23), run_id="r1")

    def told(n: int) -> tuple[list[str], list[tuple[str, ...]]]:
        found = sections(made(bank, engine, home, as_of=day(n)), reader())
        return [row[2] for row in rows(found, "ran")], [row[:2] for row in rows(found, "turns")]

    sign, launches, resumes = ("strategy", "sign"), (IDLE.owner, "launch"), (IDLE.owner, "resume or retire")
    assert {n: told(n) for n in (6, 7, 8, 9, 10, 15, 16, 20, 21, 22, 23)} == {
        6: ([], []), 7: ([], [sign]), 8: ([], [sign]), 9: ([], [launches]), 10: (["running"], []),
        15: (["running"], []), 16: (["paused"], [resumes]), 20: (["paused"], [resumes]),
        21: (["paused"], [resumes]), 22: (["concluded"], []), 23: (["concluded"], []),
    }  # fmt: skip
    life.retire(IDLE.id, 1, "zhao", at[30])
    assert [told(n)[0] for n in (22, 23)] == [["concluded"], []]


def test_an_end_that_had_come_is_proposed_for_that_day_alone(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    life.submit(IDLE.model_copy(update={"stop": Stop(max_days=10)}), "li", NOW)
    life.approve(IDLE.id, 1, "zhao", NOW)
    life.launch(IDLE.id, 1, "zhao", NOW, on=day(0))
    life.conclude(IDLE.id, 1, "lost", "zhao", NOW + timedelta(days=12), "no better")
    home.set_current(as_of=TODAY, run_id="r1")
    ends = {n: len(made(bank, engine, home, as_of=day(n)).proposals) for n in (8, 9, 11, 12)}
    assert ends == {8: 0, 9: 1, 11: 1, 12: 0}


def test_leads_of_a_past_day_are_what_had_been_planned_by_then(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    launch()
    planned = Planned()
    planned.add("C1", day(10), "contact", lead_id="L1")
    planned.add("C2", day(20), "contact", lead_id="L2")
    ledger.write(home, "history", planned.table())
    home.set_current(as_of=TODAY, run_id="r1")
    known = [
        lead(1, found=9, expires=25, state="planned"), lead(2, found=9, expires=25, state="planned"),
        lead(3, found=9, expires=12, state="expired"),
    ]  # fmt: skip
    Lead.objects.bulk_create(known)
    found = {}
    for n in (9, 10, 13, 20):
        told = made(bank, engine, home, kind="month", as_of=day(n))
        (line,), (today,) = told.leads, told.today
        found[n] = (line.found, line.answered, line.waiting, line.expired)
        assert today.found == (3 if n == 9 else 0)
    assert found == {9: (3, 0, 3, 0), 10: (3, 1, 2, 0), 13: (3, 1, 1, 1), 20: (3, 2, 0, 1)}


def test_a_past_watch_knows_what_ran_then(bank: MemoryBank, engine: DuckDBEngine, home: Home) -> None:
    life.submit(IDLE, "li", NOW)
    life.approve(IDLE.id, 1, "zhao", NOW)
    life.launch(IDLE.id, 1, "zhao", NOW, on=day(5))
    life.retire(IDLE.id, 1, "zhao", NOW + timedelta(days=12))
    home.set_current(as_of=TODAY, run_id="r1")
    Lead.objects.bulk_create([lead(1, found=2, expires=40)])
    unanswered = {
        n: made(bank, engine, home, kind="month", as_of=day(n)).today[0].unanswered for n in (4, 5, 11, 12, 30)
    }
    assert unanswered == {4: True, 5: False, 11: False, 12: True, 30: True}


def test_the_strategies_of_a_campaign_stand_with_what_they_planned_in_it(
    bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    named = OWN.replace("categories: [bond_fund]", "categories: [bond_fund]\n    strategies: [deposit, near-threshold]")
    named = named.replace("categories: [gold]", "categories: [gold]\n    strategies: [idle-salary]")
    (home.root / "campaigns.yaml").write_text(named, encoding="utf-8")
    launch()
    life.submit(IDLE, "li", NOW)
    planned = Planned()
    for n, on in enumerate((8, 9, 12, 30, 31)):
        planned.add(f"C{n}", day(on), "control" if on == 12 else "contact")
    planned.add("C9", day(20), "contact", strategy_version=2, disposition="released")
    planned.add("C8", day(20), "control", strategy_version=2)
    planned.add("C9", day(20), "contact", strategy_id=IDLE.id)
    later = StrategyVersion.objects.get(strategy_id="deposit")
    later.pk, later.version, later.state = None, 2, "draft"
    later.save()
    ledger.write(home, "history", planned.table())
    found = sections(made(bank, engine, home), reader())
    assert rows(found, "in_campaigns") == (
        ("Autumn", "Rollover (deposit)", "running", "5", "1", "2"),
        ("Autumn", "near-threshold", "not in this bank", "–", "–", "–"),
        ("Opening season", "Put idle salary to work (idle-salary)", "in_review", "–", "–", "–"),
    )
    assert rows(sections(made(bank, engine, home), reader(whole=False)), "in_campaigns")[0][3:] == ("<10", "<10", "<10")
    assert "本行没有该策略" in markdown(made(bank, engine, home), reader(language="zh"))


def lead(number: int, *, found: int, expires: int, state: str = "open", trigger: str = "salary_idle") -> Lead:
    return Lead(
        lead_id=f"L{number}", customer_id=f"C{number}", trigger=trigger, occurred_on=day(found), found_on=day(found),
        expires_on=day(expires), evidence={}, state=state,
    )  # fmt: skip


def test_the_watch_says_what_is_answered_waits_has_expired_and_is_stuck() -> None:
    life.submit(IDLE, "li", NOW)
    life.approve(IDLE.id, 1, "zhao", NOW)
    life.launch(IDLE.id, 1, "zhao", NOW, on=day(0))
    Lead.objects.bulk_create(
        [
            lead(1, found=30, expires=40),
            lead(2, found=30, expires=40, state="planned"),
            lead(3, found=20, expires=31),
            lead(4, found=26, expires=29, state="expired"),
            lead(5, found=20, expires=25, state="expired"),
            lead(6, found=30, expires=40, trigger="large_outflow"),
            lead(7, found=31, expires=40),
        ]
    )
    outflow, idle = watch(first=day(30), last=day(30))
    assert (idle.found, idle.answered, idle.waiting, idle.expired, idle.stuck, idle.unanswered) == (
        2,
        1,
        2,
        0,
        1,
        False,
    )
    assert (outflow.waiting, outflow.stuck, outflow.unanswered) == (1, 1, True)
    assert [one.expired for one in watch(first=day(27), last=day(30))] == [0, 1]


def test_a_lead_counts_in_a_span_from_the_day_it_was_found_to_the_day_after_its_last() -> None:
    life.submit(IDLE, "li", NOW)
    life.approve(IDLE.id, 1, "zhao", NOW)
    life.launch(IDLE.id, 1, "zhao", NOW, on=day(0))
    Lead.objects.bulk_create(
        [
            lead(1, found=30, expires=40),
            lead(2, found=27, expires=40, state="planned"),
            lead(3, found=26, expires=33),
            lead(4, found=28, expires=29),
            lead(5, found=20, expires=28, state="planned"),
            lead(6, found=29, expires=32),
            lead(7, found=25, expires=30, state="expired"),
            lead(8, found=25, expires=27, state="expired"),
            lead(9, found=25, expires=26, state="expired"),
        ]
    )
    (line,) = watch(first=day(27), last=day(30))
    assert (line.found, line.answered, line.waiting, line.expired, line.stuck) == (4, 1, 3, 2, 1)


@pytest.mark.parametrize(("language", "said"), [("en", "# Weekly review"), ("zh", "# 周复盘")])
def test_i14_the_same_inputs_make_the_same_bytes(
    language: str, said: str, bank: MemoryBank, engine: DuckDBEngine, home: Home
) -> None:
    plan(home)
    one, other = (markdown(made(bank, engine, home), reader(language=language)) for _ in range(2))
    assert one == other
    assert one.startswith(said)
    told = as_json(made(bank, engine, home), reader(language=language))
    assert [section["name"] for section in told["sections"]] == [
        "calendar", "branches", "in_campaigns", "ran", "learned", "proposed", "turns", "today", "leads",
    ]  # fmt: skip
