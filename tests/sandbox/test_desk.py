from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args

import pyarrow.parquet as pq
import pytest

from tests.sandbox.conftest import LAST, Bank, made
from wealthloop.errors import InvalidInput
from wealthloop.sandbox import CardOutcome, CardSeen, CardWork, World

NEXT = LAST + timedelta(days=1)


def _cards(bank: Bank, *, state: Literal["new", "claimed", "follow_up"] = "new", due: int = 0) -> list[CardSeen]:
    books = bank.table("book_assignments").to_pylist()
    return [
        CardSeen(
            card_id=f"K{i}", customer_id=row["customer_id"], staff_id=row["rm_id"], strategy_id="s", product_id="P017",
            state=state, position=i, follow_up_on=NEXT + timedelta(days=due) if state == "follow_up" else None,
        )
        for i, row in enumerate(books)
    ]  # fmt: skip


@pytest.fixture
def fresh(tmp_path: Path) -> Bank:
    return made(tmp_path / "past", running=(), first=LAST - timedelta(days=10))


def test_people_work_a_part_of_their_cards_up_to_their_capacity(fresh: Bank) -> None:
    works = fresh.world.work_cards(NEXT, _cards(fresh))
    claims = Counter(work.staff_id for work in works if work.outcome == "claimed")

    assert claims
    assert all(5 <= count <= 15 for count in claims.values())
    assert {work.outcome for work in works} <= set(get_args(CardOutcome))


def test_work_on_a_card_is_told_in_its_order(fresh: Bank) -> None:
    by_card: dict[str, list[CardWork]] = {}
    for work in fresh.world.work_cards(NEXT, _cards(fresh)):
        by_card.setdefault(work.card_id, []).append(work)

    for works in by_card.values():
        outcomes = [work.outcome for work in works]
        assert outcomes[0] == "claimed"
        assert outcomes[1] in {"reached", "not_reached"}
        assert (len(outcomes) > 2) == (outcomes[1] == "reached")
        assert [work.at for work in works] == sorted(work.at for work in works)
        assert all(work.at.tzinfo is not None for work in works)
        for work in works:
            assert (work.follow_up_on is not None) == (work.outcome in {"appointment", "follow_up"})


def test_only_reached_customers_feel_a_pull(fresh: Bank) -> None:
    works = fresh.world.work_cards(NEXT, _cards(fresh))
    reached = {work.card_id for work in works if work.outcome == "reached"}
    scene = fresh.world._played
    assert scene is not None
    pulled = {scene.ids[i] for i in (scene.state.pull != 0).nonzero()[0]}

    assert pulled
    assert pulled <= {card.customer_id for card in _cards(fresh) if card.card_id in reached}


def test_calls_stand_in_the_banks_contact_record(fresh: Bank, tmp_path: Path) -> None:
    works = fresh.world.work_cards(NEXT, _cards(fresh))
    fresh.world.advance(NEXT, out=tmp_path / "next")
    contacts = pq.read_table(tmp_path / "next" / "contacts.parquet").to_pylist()

    assert len(contacts) == len({work.card_id for work in works})
    assert {row["outcome"] for row in contacts} == {"reached", "not_reached"}


def test_a_follow_up_waits_for_its_day(fresh: Bank) -> None:
    assert fresh.world.work_cards(NEXT, _cards(fresh, state="follow_up", due=2)) == []


def test_a_follow_up_that_is_due_is_called_again_without_a_claim(fresh: Bank) -> None:
    works = fresh.world.work_cards(NEXT, _cards(fresh, state="follow_up"))

    assert works
    assert "claimed" not in {work.outcome for work in works}


def test_a_customer_who_is_never_reached_is_left_after_three_calls(fresh: Bank, tmp_path: Path) -> None:
    calls: Counter[str] = Counter()
    for i in range(12):
        day = NEXT + timedelta(days=i)
        works = fresh.world.work_cards(day, _cards(fresh, state="claimed"))
        calls.update(work.card_id for work in works if work.outcome == "not_reached")
        fresh.world.advance(day, out=tmp_path / str(i))

    assert max(calls.values()) == 3


def test_a_day_is_worked_once(fresh: Bank) -> None:
    fresh.world.work_cards(NEXT, [])

    with pytest.raises(InvalidInput, match="must not be worked twice"):
        fresh.world.work_cards(NEXT, [])


def test_no_cards_change_nothing(tmp_path: Path) -> None:
    files = []
    for name in ("worked", "idle"):
        world = World(seed=3, customers=200, salt="a salt for tests")
        world.history(first=LAST, last=LAST, running=(), out=tmp_path / name)
        if name == "worked":
            assert world.work_cards(NEXT, []) == []
        world.advance(NEXT, out=tmp_path / name / "next")
        files.append((tmp_path / name / "next" / "transactions.parquet").read_bytes())

    assert files[0] == files[1]
