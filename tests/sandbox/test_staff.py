"""RMs leave, books pass on, and the tables that say so pass the contract."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.sandbox.makers import LAST, SALT, actions, day, everything, spec_from, world_from, world_of
from wealthloop.bank import BankTables, ingest
from wealthloop.bank.report import IngestReport
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.sandbox import CardSeen, World
from wealthloop.sandbox.staff import quality_of

LEAVING = "[staff]\nleave_yearly = 0.999\n"


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Home]:
    """A bank that RMs leave in droves: its past in one load, then ten days with contacts, each its own load."""
    folder = tmp_path_factory.mktemp("handed")
    home = Home.create(folder / "home", kind="simulated", bank_name="江南银行", salt=SALT)
    world = World(seed=5, customers=900, salt=SALT, spec=spec_from(folder, LEAVING))
    world.history(first=LAST - timedelta(days=39), last=LAST, running=(), out=folder / "past")
    _loaded(home, folder / "past", 0)
    for number in range(1, 11):
        world.begin(day(number))
        world.order(everything(world, number))
        world.end(folder / str(number))
        _loaded(home, folder / str(number), number)
    return world, home


def _loaded(home: Home, folder: Path, number: int) -> None:
    report = ingest(home, folder, mapping=None, as_of=day(number), accept=True)
    assert isinstance(report, IngestReport)
    for name, counts in report.tables.items():
        assert counts.quarantined == 0, (name, counts.reasons)
        assert counts.rows_in == counts.accepted


def test_every_customer_of_a_book_has_one_rm_today_and_it_is_the_successor(handed: tuple[World, Home]) -> None:
    world, home = handed
    engine, today = DuckDBEngine(), day(10)
    rows = engine.to_arrow(BankTables(home, engine).scan("book_assignments", as_of=today), name="books").to_pylist()
    held = {row["customer_id"]: row["rm_id"] for row in rows if row["to"] is None or row["to"] > today}
    rm = world.seen().rm

    assert len([row for row in rows if row["to"] is None]) == len(held)
    assert held == {world.customer_ids[i]: world.rm_ids[rm[i]] for i in np.flatnonzero(rm >= 0).tolist()}
    assert any("-" in name for name in held.values())
    assert any(row["to"] is not None for row in rows)


def test_a_book_is_handed_over_without_a_gap(handed: tuple[World, Home]) -> None:
    _, home = handed
    engine = DuckDBEngine()
    rows = engine.to_arrow(BankTables(home, engine).scan("book_assignments"), name="books").to_pylist()
    spans: dict[str, list[tuple[object, object]]] = {}
    for row in sorted(rows, key=lambda r: (r["customer_id"], r["from"])):
        spans.setdefault(row["customer_id"], []).append((row["from"], row["to"]))

    assert max(len(found) for found in spans.values()) >= 2
    for found in spans.values():
        assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]
        assert found[-1][1] is None


def test_successors_stand_in_the_staff_table_and_hold_the_wecom_links(handed: tuple[World, Home]) -> None:
    world, home = handed
    engine = DuckDBEngine()
    bank = BankTables(home, engine)
    staff = set(engine.to_arrow(bank.scan("staff"), name="staff")["staff_id"].to_pylist())
    links = engine.to_arrow(bank.scan("channel_identities"), name="links").to_pylist()
    open_links = [row for row in links if row["channel"] == "wecom" and row["unbound_at"] is None]

    assert set(world.rm_ids) <= staff
    assert {row["wecom_staff_id"] for row in open_links} <= set(world.rm_ids)
    assert len({row["customer_id"] for row in open_links}) == len(open_links)


def test_verified_wallets_are_a_small_sample_of_customers_who_agreed(handed: tuple[World, Home]) -> None:
    world, home = handed
    engine = DuckDBEngine()
    tags = engine.to_arrow(BankTables(home, engine).scan("external_tags"), name="tags").to_pylist()
    who = world._played.indices([row["customer_id"] for row in tags]) if world._played else np.zeros(0, dtype=np.int64)

    assert 0.005 < len(set(who.tolist())) / world.size < 0.04
    assert world.seen().personalisation[who].all()
    assert {(row["tag"], row["source"]) for row in tags} == {("verified_wallet_yuan", "rm_verified")}
    assert all(int(row["value"]) > 0 and row["consent_ref"].endswith(row["customer_id"]) for row in tags)


def test_a_card_of_someone_who_has_left_is_not_worked() -> None:
    world = world_of()
    customer = int(np.flatnonzero(world.seen().rm == 0)[0])
    card = CardSeen(
        card_id="K", customer_id=world.customer_ids[customer], staff_id="RM001-9", strategy_id="s", product_id=None,
        state="claimed", position=0,
    )  # fmt: skip

    assert world.work_cards(day(1), [card]) == []


def test_what_calls_are_worth_falls_over_the_day_and_with_a_full_desk(tmp_path: Path) -> None:
    world = world_from(tmp_path, "[staff]\nskill_sigma = 0.0\nabsent_share = 0.0\n")
    scene = world._played
    assert scene is not None
    seat = np.zeros(15, dtype=np.int64)
    fresh = quality_of(scene, seat, np.arange(15))
    scene.state.load[0] = 1.0
    tired = quality_of(scene, seat, np.arange(15))

    assert fresh.mean() == pytest.approx(1.0)
    assert (np.diff(fresh) < 0).all()
    assert (tired < fresh).all()


def test_rms_differ_in_skill_and_successors_bring_their_own(tmp_path: Path) -> None:
    world = world_from(tmp_path, LEAVING, days=1)
    assert world._played is not None
    before, ids = world._played.state.skill.copy(), world.rm_ids
    for number in range(1, 120):
        world.begin(day(number))
        world.end()
    scene = world._played
    assert scene is not None
    moved = [old != new for old, new in zip(ids, world.rm_ids, strict=True)]

    assert len(set(before.tolist())) == len(before)
    assert any(moved)
    assert ((scene.state.skill != before) == np.array(moved)).all()


def test_people_act_more_often_on_cards_of_better_quality(tmp_path: Path) -> None:
    differs = (
        "[staff]\nabsent_share = 0.0\nact_floor = 0.1\nact_rank = 0.8\nact_sense = 0.0\n[books]\nrm_capacity = 999\n"
    )
    differs += "[desk]\ndiligence = 1.0\n"
    world = world_from(tmp_path, differs, customers=3000)
    everybody = np.arange(world.size)
    world.begin(day(1))
    world.order(actions(everybody, "rm"))
    called = np.zeros(world.size)
    called[world.made().customer] = 1.0
    in_book = np.flatnonzero(world.seen().rm >= 0)
    halves = np.array_split(in_book, 2)

    assert called[halves[0]].mean() > called[halves[1]].mean() + 0.2
