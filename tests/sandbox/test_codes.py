"""What simulated people say of cards: the customer's true state, with noise, from streams of its own."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from tests.sandbox.conftest import LAST, Bank
from tests.sandbox.makers import spec_from
from wealthloop.delivery.codes import ASKED, CODES, held
from wealthloop.delivery.transitions import Outcome
from wealthloop.kit import stable_id
from wealthloop.sandbox import CardSeen, CardWork, World

NEXT = LAST + timedelta(days=1)
SILENT, CLEAR, NOISY = (
    f"[desk]\ncode_share = {share}\ncode_noise = {noise}\n" for share, noise in ((0, 0), (1, 0), (1, 1))
)

MANY = "[people]\nsleeping_dog_share = 0.5\n"


def bank(folder: Path, differs: str) -> Bank:
    world = World(seed=7, customers=600, salt="a salt for tests", spec=spec_from(folder, differs))
    tables = folder / stable_id(differs)
    return Bank(world, tables, world.history(first=LAST - timedelta(days=10), last=LAST, running=(), out=tables))


def talked(one: Bank) -> list[CardWork]:
    books = one.table("book_assignments").to_pylist()
    cards = [
        CardSeen(
            card_id=row["customer_id"], customer_id=row["customer_id"], staff_id=row["rm_id"], strategy_id="s",
            product_id="P017", state="new", position=place,
        )
        for place, row in enumerate(books)
    ]  # fmt: skip
    return one.world.work_cards(NEXT, cards)


def test_what_is_said_changes_nothing_else_in_a_world(tmp_path: Path) -> None:
    banks = [bank(tmp_path, differs) for differs in (SILENT, CLEAR)]
    silent, clear = (talked(one) for one in banks)
    told = [
        [(one.card_id, one.at) for one in found if one.outcome in ("claimed", "reached")] for found in (silent, clear)
    ]
    assert told[0] == told[1]
    first, second = (one.world.advance(NEXT, out=None) for one in banks)
    assert np.array_equal(first.bought_amount, second.bought_amount)
    assert np.array_equal(first.opt_outs, second.opt_outs)


def test_who_is_put_off_by_contacts_is_said_to_be_angry_and_noise_hides_it(tmp_path: Path) -> None:
    clear = bank(tmp_path, CLEAR + MANY)
    put_off = clear.world.truth_tables()["customers"]["sleeping_dog"].to_numpy()
    dogs = {clear.world.customer_ids[place] for place in np.flatnonzero(put_off).tolist()}
    found = talked(clear)
    reached = {one.card_id for one in found if one.outcome == "reached"}
    wrong = {one.card_id for one in found if one.outcome == "wrong_customer"}
    angry = {one.card_id for one in found if one.code == "customer_angry"}
    assert len(angry) >= 3
    assert angry == dogs & reached - wrong
    noisy = talked(bank(tmp_path, NOISY + MANY))
    assert {one.card_id for one in noisy if one.code == "customer_angry"} != angry


def test_every_code_is_one_of_the_platforms_table_and_fits_its_outcome(tmp_path: Path) -> None:
    said = [one for differs in (SILENT, CLEAR, NOISY) for one in talked(bank(tmp_path, differs))]
    for one in said:
        outcome = Outcome(one.outcome)
        assert bool(one.code) or not ASKED[outcome].required
        if one.code:
            assert held(outcome, one.code, said=(), ended_on=None, today=NEXT) is None
            assert one.not_before is None or CODES[one.code].dated
    assert len({one.code for one in said}) >= 6
