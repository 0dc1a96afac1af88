"""The opening day: what every customer holds before the first day is played."""

from typing import Final

import numpy as np

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.sandbox.books import Books, books_of, skills
from wealthloop.sandbox.catalogue import PRIVATE_FLOOR_FEN, Catalogue, Market, catalogue_of
from wealthloop.sandbox.draws import Draws, Floats, Ints, Mask
from wealthloop.sandbox.leanings import Leanings, leanings_of
from wealthloop.sandbox.population import Truth, born
from wealthloop.sandbox.positions import LOTS, Positions, opened, together
from wealthloop.sandbox.records import records_of
from wealthloop.sandbox.spec import WorldSpec
from wealthloop.sandbox.state import NEVER, Scene, State
from wealthloop.sandbox.today import Today

_LADDER: Final = (1.0, 0.5, 0.3)
"""Chance of a first, second and third term deposit over the share that holds any; assumed."""
_STEP_FEN: Final = 10_000


def open_scene(spec: WorldSpec, *, seed: int, customers: int, opening: int) -> Scene:
    """Return a world on the evening of its opening day (days since 1970)."""
    draws = Draws(seed=seed, customers=customers)
    catalogue = catalogue_of(spec)
    truth, leanings = born(spec, catalogue, draws, opening=opening), leanings_of(spec)
    books = books_of(spec, truth, draws, opening=opening)
    ids = [f"C{index + 1:06d}" for index in range(customers)]
    bound = _bound(spec, draws, in_book=books.rm >= 0)
    return Scene(
        spec=spec,
        catalogue=catalogue,
        truth=truth,
        books=books,
        leanings=leanings,
        draws=draws,
        market=Market(spec, catalogue, draws),
        state=_state(spec, catalogue, leanings, truth, books, draws, opening=opening),
        records=records_of(ids, catalogue.ids),
        today=Today(),
        ids=ids,
        opening=opening,
        bound=bound,
    )


def holders(spec: WorldSpec, leanings: Leanings, truth: Truth, draws: Draws, *, category: str, rung: int) -> Floats:
    """Return each customer's weight of a category at the opening, 0 where not held; shape (n_customers,)."""
    column = CATEGORIES.index(category)
    need = (truth.inclined[:, column] * leanings.stage[truth.stage, column]).astype(np.float64)
    tenfolds = np.log10(np.maximum(truth.opening_aum, 1) / 1e6)
    usual = spec.appetite.held.get(category, 0.0) * _LADDER[rung]
    chance = usual * np.clip(0.45 + 0.75 * tenfolds, 0.05, 3.0) * np.clip(need, 0.0, 2.5)
    held = draws.uniform(f"held/{category}/{rung}") < np.clip(chance, 0.0, 0.95)
    return np.where(held, (0.3 + draws.uniform(f"weight/{category}/{rung}")) * (0.5 + need), 0.0)


def _bound(spec: WorldSpec, draws: Draws, *, in_book: Mask) -> dict[str, Mask]:
    people = spec.people
    phone = draws.uniform("mobile") < people.mobile_share
    bound = dict.fromkeys(CHANNELS, phone)
    bound["rm"] = phone & in_book
    bound["app_push"] = draws.uniform("app") < people.app_share
    bound["wechat"] = draws.uniform("wechat") < people.wechat_share
    bound["wecom"] = in_book & (draws.uniform("wecom") < people.wecom_share)
    return bound


def _state(
    spec: WorldSpec, catalogue: Catalogue, leanings: Leanings, truth: Truth, books: Books, draws: Draws, *, opening: int
) -> State:
    size = len(truth.birth)
    lots, demand = _portfolio(spec, catalogue, leanings, truth, draws, opening=opening)
    counts = np.bincount(lots.customer, minlength=size)
    quiet = (np.log1p(-draws.uniform("login/last")) / -truth.login_rate).astype(np.int64) + 1
    zeros, never = np.zeros(size, dtype=np.int64), np.full(size, NEVER)
    return State(
        day=opening, demand=demand, off_bank=truth.off_bank.copy(), lots=counts + 1, positions=lots,
        aum=truth.opening_aum.copy(), fresh=zeros.copy(), fresh_on=never.copy(), inflow_on=never.copy(),
        outflow_on=never.copy(), login_on=opening - quiet, woke_on=never.copy(), salary=zeros.copy(),
        salary_on=never.copy(), interest=np.zeros(size), pull=np.zeros(size), pull_from=never.copy(),
        pull_product=np.full(size, -1), fatigue=np.zeros(size), assessed_on=_assessed(spec, draws, opening),
        consent=_consent(spec, draws), lowest=truth.lowest.copy(), stage=truth.stage.copy(), own_need=np.zeros(size),
        regime=-1, generation=np.zeros(books.rms, dtype=np.int64), seat_since=np.full(books.rms, NEVER),
        skill=skills(spec, draws, seats=books.rms, generation=0), load=np.full(books.seats, spec.desk.diligence),
    )  # fmt: skip


def _consent(spec: WorldSpec, draws: Draws) -> Mask:
    granted = draws.uniform("marketing") < spec.law.marketing_granted
    consent = np.repeat(granted[:, None], len(CHANNELS), axis=1)
    consent[draws.uniform("sms_denied") < spec.law.sms_denied, CHANNELS.index("sms")] = False
    return consent


def _assessed(spec: WorldSpec, draws: Draws, opening: int) -> Ints:
    age = (draws.uniform("assessed/age") * spec.law.oldest_days).astype(np.int64)
    return np.where(draws.uniform("assessed") < spec.law.assessed, opening - age, NEVER)


def _portfolio(
    spec: WorldSpec, catalogue: Catalogue, leanings: Leanings, truth: Truth, draws: Draws, *, opening: int
) -> tuple[Positions, Ints]:
    """Split each customer's wealth over the categories held; what is too small for a product stays on demand."""
    kinds = [(c, r) for c in spec.appetite.held for r in range(len(_LADDER) if c == "time_deposit" else 1)]
    whole = 0.25 + 0.5 * draws.uniform("liquid")
    for category, rung in kinds:  # weights are drawn again below: to keep them all takes most of a large world's memory
        whole += holders(spec, leanings, truth, draws, category=category, rung=rung)
    found, demand = [], truth.opening_aum.copy()
    running = np.ones(len(demand), dtype=np.int64)
    for category, rung in kinds:
        share = holders(spec, leanings, truth, draws, category=category, rung=rung) / whole
        amount = (truth.opening_aum * share).astype(np.int64) // _STEP_FEN * _STEP_FEN
        bought = _lots(spec, catalogue, truth, draws, f"{category}/{rung}", amount, running, opening=opening)
        running[bought.customer] += 1
        demand[bought.customer] -= bought.balances(catalogue, np.ones(len(catalogue.ids)))
        found.append(bought)
    return together(found), demand


def _lots(
    spec: WorldSpec, catalogue: Catalogue, truth: Truth, draws: Draws, kind: str, amount: Ints, running: Ints, *,
    opening: int,
) -> Positions:  # fmt: skip
    """Return the opening positions of one category; terms end at even distances after the opening."""
    category = CATEGORIES.index(kind.split("/", maxsplit=1)[0])
    who = np.flatnonzero(amount > 0)
    product = catalogue.pick(
        catalogue.category == category,
        category=np.full(len(who), category),
        level=truth.level[who],
        rich=truth.opening_aum[who] >= PRIVATE_FLOOR_FEN,
        drawn=draws.uniform(f"pick/{kind}")[who],
    )
    keeps = (product >= 0) & (amount[who] >= catalogue.minimum[product])
    who, product = who[keeps], product[keeps]
    age, term = draws.uniform(f"age/{kind}")[who], catalogue.term[product]
    held = np.where(term > 0, age * term, 30 + 870 * age).astype(np.int64)
    return opened(
        catalogue,
        np.ones(len(catalogue.ids)),
        number=who * LOTS + running[who],
        customer=who,
        product=product,
        amount=amount[who],
        start=opening - held,
        renew=draws.uniform(f"renew/{kind}")[who] < spec.appetite.auto_renew,
    )
