from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.sandbox.conftest import ARMS, FIRST, LAST, Bank, cells, made, strategy
from wealthloop.errors import InvalidInput
from wealthloop.experiments import assign, experiment_id
from wealthloop.sandbox import Contact, World

NEXT = LAST + timedelta(days=1)


def _contacts(day: date, customers: list[str], *, channel: str = "rm") -> list[Contact]:
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    return [
        Contact(contact_id=f"K{day}-{c}", customer_id=c, channel=channel, at=at, strategy_id="s", product_id="P017")
        for c in customers
    ]


def _played(folder: Path, *, contacted: list[str], days: int, customers: int = 300) -> dict[str, pa.Table]:
    """Play some days after a short history, with one RM contact of each of some customers on the first."""
    world = World(seed=11, customers=customers, salt="a salt for tests")
    world.history(first=LAST - timedelta(days=20), last=LAST, running=(), out=folder / "past")
    for i in range(days):
        day = NEXT + timedelta(days=i)
        world.advance(day, contacts=_contacts(day, contacted) if i == 0 else (), out=folder / f"{i:03d}")
    names = ("transactions", "app_events", "holdings")
    return {n: pa.concat_tables([pq.read_table(p) for p in sorted(folder.glob(f"[0-9]*/{n}.parquet"))]) for n in names}


def test_worlds_with_and_without_contacts_differ_only_for_contacted_customers(tmp_path: Path) -> None:
    contacted = [f"C{i:06d}" for i in range(1, 301, 2)]
    left = _played(tmp_path / "none", contacted=[], days=20)
    right = _played(tmp_path / "some", contacted=contacted, days=20)

    for name in ("transactions", "app_events", "holdings"):
        untouched = [t.filter(~pc.field("customer_id").isin(contacted)) for t in (left[name], right[name])]
        assert untouched[0].equals(untouched[1]), name
    assert not left["transactions"].equals(right["transactions"])


def test_customers_buy_without_contact_and_an_rms_contact_makes_more_of_them_buy(tmp_path: Path) -> None:
    everyone = [f"C{i:06d}" for i in range(1, 1201)]
    left = _played(tmp_path / "none", contacted=[], days=30, customers=1200)
    right = _played(tmp_path / "all", contacted=everyone, days=30, customers=1200)
    share = {name: _buyers(world) / 1200 for name, world in (("none", left), ("all", right))}

    assert 0.02 < share["none"] < 0.10
    assert 0.01 < share["all"] - share["none"] < 0.12


def _buyers(world: dict[str, pa.Table]) -> int:
    moved = world["transactions"]
    return len(moved.filter(pc.field("kind") == "buy")["customer_id"].unique())


def test_a_push_does_far_less_than_a_call(tmp_path: Path) -> None:
    gains = {}
    for channel in ("rm", "app_push"):
        world = World(seed=11, customers=3000, salt="a salt for tests")
        world.history(first=LAST, last=LAST, running=(), out=tmp_path / channel)
        world.advance(NEXT, contacts=_contacts(NEXT, [f"C{i:06d}" for i in range(1, 3001)], channel=channel),
                      out=tmp_path / channel / "next")  # fmt: skip
        assert world._played is not None
        gains[channel] = float(world._played.state.pull.clip(min=0).sum())

    assert 0 < gains["app_push"] < 0.2 * gains["rm"]


def test_an_advanced_day_writes_only_its_own_rows(bank: Bank, tmp_path: Path) -> None:
    world = made(tmp_path / "past", customers=200, running=(), first=LAST - timedelta(days=10)).world
    world.advance(NEXT, contacts=_contacts(NEXT, ["C000001"], channel="sms"), out=tmp_path / "next")
    moved = pq.read_table(tmp_path / "next" / "transactions.parquet")
    contacts = pq.read_table(tmp_path / "next" / "contacts.parquet").to_pylist()

    assert {at.date() for at in cells(moved, "at")} == {NEXT}
    assert pq.read_table(tmp_path / "next" / "holdings.parquet")["as_of"].unique().to_pylist() == [NEXT]
    assert moved.schema.equals(bank.table("transactions").schema)
    assert [(c["contact_id"], c["channel"], c["at"].hour) for c in contacts] == [(f"K{NEXT}-C000001", "sms", 11)]
    assert not (tmp_path / "next" / "customers.parquet").exists()


def test_a_world_goes_day_by_day(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="goes day by day"):
        bank.world.advance(NEXT + timedelta(days=1), out=tmp_path)
    with pytest.raises(InvalidInput, match=r"call World\.history first"):
        World(seed=1, customers=100, salt="a salt for tests").advance(NEXT, out=tmp_path)


def test_arms_of_the_past_are_the_hash_of_salt_and_customer(bank: Bank) -> None:
    assert len(bank.planned) > 20
    for decision in bank.planned:
        arm = assign("a salt for tests", experiment_id(decision.strategy_id, 1), decision.customer_id, ARMS)
        assert (decision.arm, decision.treated) == (arm.name, not arm.control)


def test_i10_only_treatment_has_a_row_in_the_contact_record(bank: Bank) -> None:
    contacts = bank.table("contacts")
    made_contacts = set(cells(contacts, "contact_id"))

    assert made_contacts == {d.contact_id for d in bank.planned if d.treated}
    assert all(d.contact_id is None for d in bank.planned if not d.treated)


def test_nobody_is_planned_twice_by_a_strategy_in_90_days_and_no_day_exceeds_the_capacity(bank: Bank) -> None:
    pairs = [(d.strategy_id, d.customer_id) for d in bank.planned]
    days: dict[tuple[str, date], int] = {}
    for decision in bank.planned:
        key = (decision.strategy_id, decision.day)
        days[key] = days.get(key, 0) + 1

    assert len(set(pairs)) == len(pairs)
    assert max(days.values()) <= 12
    assert min(d.day for d in bank.planned) >= date(2026, 8, 23)


def test_an_rm_strategy_plans_only_customers_in_a_book(bank: Bank) -> None:
    books = bank.table("book_assignments")
    rm_of = dict(zip(cells(books, "customer_id"), cells(books, "rm_id"), strict=True))
    by_rm = [d for d in bank.planned if d.channel == "rm"]

    assert by_rm
    assert all(d.staff_id == rm_of[d.customer_id] for d in by_rm)


def test_the_salt_moves_only_the_arms(bank: Bank, tmp_path: Path) -> None:
    world = World(seed=7, customers=600, salt="another salt of tests")
    planned = world.history(first=FIRST, last=date(2026, 8, 23), running=[strategy("keep", triggers=("large_inflow",),
                            channel="app_push")], out=tmp_path)  # fmt: skip
    first_day = [d.customer_id for d in bank.planned if d.strategy_id == "keep" and d.day == date(2026, 8, 23)]

    assert [d.customer_id for d in planned] == first_day


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (strategy("x", triggers=("full_moon",), channel="sms"), "trigger == full_moon"),
        (strategy("x", triggers=("near_tier",), channel="pigeon"), "channel == pigeon"),
        (strategy("x", triggers=("near_tier",), channel="sms", product_id="P999"), "product_id == P999"),
    ],
)
def test_a_strategy_that_the_world_cannot_play_is_refused(tmp_path: Path, wrong: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        made(tmp_path, customers=100, running=[wrong])  # type: ignore[list-item]


def test_a_world_needs_some_customers() -> None:
    with pytest.raises(InvalidInput, match="customers == 3"):
        World(seed=1, customers=3, salt="a salt for tests")


def test_a_benefit_raises_interest_and_another_wording_changes_it() -> None:
    interested, warmth = {}, {}
    for name, benefit, variant in (("plain", None, "0"), ("benefit", "B001", "0"), ("wording", None, "b")):
        world = World(seed=11, customers=3000, salt="a salt for tests")
        world.history(first=LAST, last=LAST, running=(), out=None)
        contacts = _contacts(NEXT, [f"C{i:06d}" for i in range(1, 3001)], channel="wecom")
        changed = [replace(contact, benefit_id=benefit, variant=variant) for contact in contacts]
        events = world.advance(NEXT, contacts=changed, out=None)
        interested[name], warmth[name] = int(events.made.interested.sum()), set(events.made.warmth.tolist())
        assert world.events is events

    assert interested["benefit"] > interested["plain"]
    assert warmth["plain"] == {1.0}
    assert len(warmth["wording"]) == 1
    assert warmth["wording"] != warmth["plain"]


@pytest.mark.parametrize(
    ("change", "said"), [({"benefit_id": "B999"}, "benefit_id == B999"), ({"channel": "pigeon"}, "channel == pigeon")]
)
def test_a_contact_that_the_world_cannot_make_is_refused(change: dict[str, str], said: str) -> None:
    world = World(seed=11, customers=100, salt="a salt for tests")
    world.history(first=LAST, last=LAST, running=(), out=None)
    contact = replace(_contacts(NEXT, ["C000001"])[0], **change)  # type: ignore[arg-type]

    with pytest.raises(InvalidInput, match=said):
        world.advance(NEXT, contacts=[contact], out=None)


def test_the_world_file_gives_seed_and_size_where_nobody_does() -> None:
    world = World(salt="a salt for tests")

    assert (world.size, world.spec.size.seed) == (5000, 1)
