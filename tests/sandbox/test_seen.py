"""What a policy sees is what the tables show, and a day's events are its transactions."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.sandbox.conftest import cells
from tests.sandbox.makers import LAST, SALT, day, everything
from wealthloop.bank.contract import CHANNELS, LEVELS
from wealthloop.sandbox import DayEvents, World
from wealthloop.sandbox.draws import Ints


class Handed:
    """A world, the files of its past and of some days with contacts, and their events."""

    def __init__(self, folder: Path) -> None:
        self.world = World(seed=9, customers=800, salt=SALT)
        self.world.history(first=LAST - timedelta(days=9), last=LAST, running=(), out=folder / "00")
        self.events: list[DayEvents] = []
        for number in range(1, 9):
            self.world.begin(day(number))
            self.world.order(everything(self.world, number))
            self.events.append(self.world.end(folder / f"{number:02d}"))
        self._folder = folder

    def table(self, name: str, *, lived: bool = False) -> pa.Table:
        """A table as handed over so far; only of the days with contacts where ``lived``."""
        files = sorted(self._folder.glob(f"*/{name}.parquet"))
        return pa.concat_tables([pq.read_table(file) for file in files if not lived or file.parent.name > "00"])

    def index(self, table: pa.Table) -> Ints:
        return np.array([int(customer[1:]) - 1 for customer in cells(table, "customer_id")], dtype=np.int64)


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed(tmp_path_factory.mktemp("seen"))


def test_money_seen_is_the_newest_holdings(handed: Handed) -> None:
    seen, holdings = handed.world.seen(), handed.table("holdings")
    today = holdings.filter(pc.field("as_of") == day(8))
    fen = np.round(np.array(cells(today, "balance")) * 100)
    who = handed.index(today)
    is_demand = np.array(cells(today, "product_id")) == "P001"
    ends = [end is not None and day(8) < end <= day(38) for end in cells(today, "maturity_date")]
    principal = np.round(np.array(cells(today, "cost")) * 100)

    assert np.array_equal(seen.aum, np.bincount(who, weights=fen, minlength=800).astype(np.int64))
    assert np.array_equal(seen.demand[who[is_demand]], fen[is_demand].astype(np.int64))
    maturing = np.bincount(who[ends], weights=principal[ends], minlength=800)
    assert np.array_equal(seen.maturing_30d, maturing.astype(np.int64))
    assert maturing.any()


def test_consents_seen_are_the_newest_words_of_the_customers(handed: Handed) -> None:
    rows = handed.table("consents").sort_by([("at", "ascending")]).to_pylist()
    told: dict[str, dict[int, bool]] = {name: {} for name in ("personalisation", *CHANNELS)}
    for row in rows:
        customer, granted = int(row["customer_id"][1:]) - 1, row["state"] == "granted"
        names = CHANNELS if row["channel"] == "*" else (row["channel"],)
        for name in ("personalisation",) if row["purpose"] == "personalisation" else names:
            told[name][customer] = granted
    seen = handed.world.seen()

    assert any(row["state"] == "revoked" for row in rows)
    for number, channel in enumerate(CHANNELS):
        assert seen.consent[:, number].tolist() == [told[channel][i] for i in range(800)], channel
    assert seen.personalisation.tolist() == [told["personalisation"][i] for i in range(800)]


def test_suitability_books_and_blocks_seen_are_those_of_the_tables(handed: Handed) -> None:
    seen, world = handed.world.seen(), handed.world
    level, lowest = np.full(800, -1), np.zeros(800, dtype=np.bool_)
    for row in handed.table("suitability").sort_by([("assessed_at", "ascending")]).to_pylist():
        customer = int(row["customer_id"][1:]) - 1
        level[customer], lowest[customer] = LEVELS.index(row["level"]), row["lowest_class"]
    customers = handed.table("customers")
    identities = handed.table("channel_identities")
    bound = np.zeros((800, len(CHANNELS)), dtype=np.bool_)
    bound[handed.index(identities), [CHANNELS.index(channel) for channel in cells(identities, "channel")]] = True

    assert np.array_equal(seen.level, level)
    assert -1 in level
    assert np.array_equal(seen.lowest_class, lowest)
    assert lowest.any()
    assert seen.legal_block.tolist() == [block is not None for block in cells(customers, "legal_block")]
    assert [f"BR{branch + 1:02d}" for branch in seen.branch.tolist()] == cells(customers, "branch_id")
    assert seen.birth.tolist() == [(born - date(1970, 1, 1)).days for born in cells(customers, "birth_date")]
    assert np.array_equal(seen.bound, bound)
    books = handed.table("book_assignments")
    held = dict(zip(cells(books, "customer_id"), cells(books, "rm_id"), strict=True))
    ids = [None if rm < 0 else world.rm_ids[rm] for rm in seen.rm.tolist()]
    assert ids == [held.get(customer) for customer in world.customer_ids]


def test_events_are_the_transactions_of_their_days(handed: Handed) -> None:
    moved = handed.table("transactions", lived=True)
    events = handed.events
    bought = moved.filter(pc.field("kind") == "buy")
    lots = [f"L{lot:011d}" for one in events for lot in one.bought_lot.tolist()]

    assert sorted(lots) == sorted(cells(bought, "position_id"))
    assert sum(int(one.bought_amount.sum()) for one in events) == -_fen(bought)
    assert any(one.bought_by_contact.any() for one in events)
    for kind, sign, name in (("transfer_in", 1, "inflow_amount"), ("transfer_out", -1, "outflow_amount")):
        told = sum(int(getattr(one, name).sum()) for one in events)
        assert told == sign * _fen(moved.filter(pc.field("kind") == kind)) > 0, kind


def _fen(table: pa.Table) -> int:
    return sum(round(amount * 100) for amount in cells(table, "amount"))


def test_events_are_the_logins_complaints_opt_outs_and_contacts_of_the_tables(handed: Handed) -> None:
    events = handed.events
    logins = handed.table("app_events", lived=True).filter(pc.field("kind") == "login")
    contacts = handed.table("contacts", lived=True)
    revoked = handed.table("consents", lived=True).filter(pc.field("state") == "revoked")
    complaints = handed.table("complaints", lived=True)
    reached = np.isin(cells(contacts, "outcome"), ["reached", "opened"])

    assert sum(int(one.logins.sum()) for one in events) == logins.num_rows
    assert sum(len(one.opt_outs) for one in events) == revoked.num_rows > 0
    assert sum(len(one.complaints) for one in events) == complaints.num_rows
    assert sum(int(one.complaints_caused.sum()) for one in events) == cells(complaints, "topic").count("打扰")
    assert sum(len(one.made.customer) for one in events) == contacts.num_rows
    assert sum(int(one.made.reached.sum()) for one in events) == reached.sum()
    assert set(cells(contacts, "strategy_id")) == {"s0", "s1", "s2", None}


def test_a_position_is_held_until_it_is_redeemed_or_ends(handed: Handed) -> None:
    holdings = handed.table("holdings")
    today = holdings.filter((pc.field("as_of") == day(8)) & (pc.field("product_id") != "P001"))
    held = [int(position[1:]) for position in cells(today, "position_id")]
    before = holdings.filter((pc.field("as_of") == day(1)) & (pc.field("product_id") != "P001"))
    gone = [int(position[1:]) for position in cells(before, "position_id") if int(position[1:]) not in set(held)]

    assert handed.world.held(np.array(held)).all()
    assert gone
    assert not handed.world.held(np.array(gone)).any()


def test_limits_of_a_day_grow_with_the_customers_but_for_people() -> None:
    small, large = (World(seed=1, customers=size, salt=SALT) for size in (1000, 3000))
    limits = []
    for world in (small, large):
        world.history(first=LAST, last=LAST, running=(), out=None)
        limits.append(world.capacities())

    assert limits[0]["channel_volume"].keys() == {"ai_call", "app_push", "sms", "wechat", "wecom"}
    assert all(limits[1]["channel_volume"][name] == 3 * volume for name, volume in limits[0]["channel_volume"].items())
    assert limits[1]["budget"] == 3 * limits[0]["budget"] > 0
    assert len(limits[1]["rm_capacity"]) == len(large.rm_ids)
    assert set(limits[0]["contact_cost"]) == set(CHANNELS)
