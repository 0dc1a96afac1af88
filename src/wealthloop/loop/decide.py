"""The night's decisions: from open leads to ledger rows."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, ledger
from wealthloop.access.keys import customers_of, person_keys
from wealthloop.kit import stable_id
from wealthloop.leads.repository import open_leads
from wealthloop.ledger import DECISIONS, Average, Disposition
from wealthloop.loop.around import surroundings, worth_of
from wealthloop.loop.budget import priced
from wealthloop.loop.capacity import capacities, load_capacity
from wealthloop.loop.enrol import Drawing, drawing
from wealthloop.loop.explore import explore
from wealthloop.loop.floors import floor_counts, floor_table, floors_of
from wealthloop.loop.holdout import Reach, held_by
from wealthloop.loop.markets import plan_markets
from wealthloop.loop.options import Option, Surroundings, other_products, possible_contacts
from wealthloop.loop.plan import Lottery, Planned, plan_night
from wealthloop.loop.preference import preference_counts
from wealthloop.loop.prices import price_table, start_of
from wealthloop.loop.rules import Known
from wealthloop.loop.types import Counts, Night
from wealthloop.loop.worth import Chances, Worth, chances_of, valued
from wealthloop.reports.planned import rows_of
from wealthloop.scoring.matrix import PREDICTORS
from wealthloop.strategies.designs import StandingDesign, begin_designs
from wealthloop.strategies.life import Running, running
from wealthloop.strategies.standing import load_experiments


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The ledger rows of a night, and what was counted on the way to them."""

    table: pa.Table
    known: pa.Table
    """Features of those it plans for, by person key."""
    prices: pa.Table
    """Every resource with its capacity, use and shadow price (``ledger.PRICES``)."""
    floors: pa.Table
    """How the branches and strategies that have a floor stand (``ledger.FLOORS``)."""
    averages: Mapping[str, Average]
    """What the candidates of each strategy were on average."""
    counts: Counts


def decide(night: Night) -> Decided:
    """Decide whom to contact, with what, through which channel; a lead that is over by then is left."""
    strategies = running(night.as_of)
    answered = {occasion for one in strategies for occasion in one.document.occasions}
    leads = [lead for lead in open_leads(night.as_of, triggers=answered) if lead.expires_on >= night.first_day]
    around = surroundings(night, (lead.customer_id for lead in leads), strategies)
    worth = worth_of(night, around)
    units = drawing(night, strategies, around.profiles)
    possible = [
        one
        for one in possible_contacts(night, leads, strategies, around)
        if units.unit_of(one.strategy, one.customer_id) is not None
    ]
    chances = chances_of(night, possible, strategies, worth)
    options = valued(possible, chances, worth)
    salt = night.home.settings.salt
    standing = begin_designs(night.home, night.first_day)
    room = {**capacities(night, strategies), **around.limits.room}
    plan = plan_markets(
        options,
        room,
        standing,
        profiles=around.profiles,
        salt=salt,
        known=Known(seed=f"{salt}/{night.run_id}", book=worth.book),
        lottery=_lottery(night, options, around, chances, worth),
        plan=partial(
            plan_night,
            salt=salt,
            members=members_of(night, strategies),
            start=start_of(night),
            holding=partial(held_of, standing=standing, around=around, salt=salt),
            unit_of=lambda one: units.unit_of(one.strategy, one.customer_id) or "",
            weigh_preference=True,
        ),
        floors=floors_of(load_capacity(night.home).floors, strategies, around.profiles),
    )
    keys = person_keys(one.option.customer_id for one in plan.planned)
    rows = [row_of(one, night, keys[one.option.customer_id], units, worth.book.digest) for one in plan.planned]
    table = pa.Table.from_pylist(rows, schema=DECISIONS)
    worth_at = {
        "value_fen": plan.worth, "objective_fen": plan.objective, "bound_fen": plan.upper_bound,
        **preference_counts(plan.preference_cost), **priced(plan.prices),
        **floor_counts(plan.floors, plan.floor_cost), **plan.exploration.counts,
    }  # fmt: skip
    return Decided(
        table=table,
        prices=price_table(plan, room),
        floors=floor_table(plan.floors),
        known=known_of(features.load(night.home, night.as_of), keys),
        averages={name: chances[name].average for name in sorted({one.strategy_id for one in possible})},
        counts={"leads": len(leads), "options": len(options), **counted(table), **worth_at},
    )


def counted(decisions: pa.Table) -> Counts:
    """Count a night's decisions: planned, and of these withheld, released and refilled."""
    dispositions = Counter(decisions["disposition"].to_pylist())
    return {
        "planned": decisions.num_rows,
        "withheld": dispositions[Disposition.WITHHELD],
        "released": dispositions[Disposition.RELEASED],
        "refilled": decisions["refill"].to_pylist().count(True),
    }


def _lottery(
    night: Night, options: Sequence[Option], around: Surroundings, chances: Mapping[str, Chances], worth: Worth
) -> Lottery:
    """Return the lottery of the night: the other channels of a lead, and the other categories of a contact."""
    by_lead: defaultdict[tuple[str, str], list[Option]] = defaultdict(list)
    for one in options:
        by_lead[one.strategy_id, one.possible.lead.lead_id].append(one)

    def others(one: Option) -> list[Option]:
        categories = valued(other_products(one.possible, around), chances, worth)
        return [*by_lead[one.strategy_id, one.possible.lead.lead_id], *categories]

    rules = load_experiments(night.home).exploration
    return partial(explore, others=others, rules=rules, seed=f"{night.home.settings.salt}/explore/{night.run_id}")


def known_of(table: pa.Table, keys: Mapping[str, str]) -> pa.Table:
    """Return what features say of customers, under their person keys."""
    known = table.select(["customer_id", *PREDICTORS])
    ours = known.filter(pc.is_in(known["customer_id"], value_set=pa.array(sorted(keys), pa.string())))
    named = pa.array([keys[str(customer)] for customer in ours["customer_id"].to_pylist()], pa.string())
    return ours.drop_columns(["customer_id"]).add_column(0, "person_key", named)


def held_of(one: Option, standing: Sequence[StandingDesign], around: Surroundings, salt: str) -> str | None:
    """Return the standing experiment that withholds an option."""
    return held_by(Reach.of(one.possible, around.profiles[one.customer_id]), standing, salt=salt)


def members_of(night: Night, strategies: tuple[Running, ...]) -> dict[str, set[str]]:
    """Return the customers who are units of each strategy's experiment already."""
    decisions = ledger.read(night.home)
    keys = {
        one.strategy_id: set(rows_of(decisions, one.strategy_id, one.version)["person_key"].unique().to_pylist())
        for one in strategies
    }
    customers = customers_of({str(key) for several in keys.values() for key in several})
    return {name: {customers[key] for key in several if key in customers} for name, several in keys.items()}


def row_of(one: Planned, night: Night, person_key: str, units: Drawing, value_book: str) -> dict[str, object]:
    """Return the ledger's row of a planned contact, of the run whose id the night carries."""
    option, possible = one.option, one.option.possible
    return {
        "decision_id": stable_id("decision", night.run_id, option.customer_id, option.action_id),
        "run_id": night.run_id,
        "as_of": night.as_of,
        "person_key": person_key,
        "strategy_id": option.strategy_id,
        "strategy_version": option.strategy.version,
        "arm": one.arm.name,
        "arm_share": one.arm.share,
        "treated": not one.withheld,
        "disposition": Disposition.WITHHELD if one.withheld else Disposition.RELEASED,
        "lead_id": possible.lead.lead_id,
        "trigger": possible.lead.trigger,
        "product_id": possible.product.product_id if possible.product else None,
        "channel": possible.channel,
        "staff_id": possible.staff_id,
        "refill": one.refill,
        "propensity": one.propensity,
        "p_contact": option.p_contact,
        "p_no_contact": option.p_no_contact,
        "uplift": option.uplift,
        "uplift_low": option.uplift_low,
        "uplift_high": option.uplift_high,
        "amount": option.amount,
        "sale_value": option.sale_value,
        "value": option.net_value,
        "cost": option.cost,
        "price": one.price,
        "rules": ",".join(hit.rule_id for hit in possible.verdict.hits),
        "model_version": option.model_version,
        "value_book_version": value_book,
        "lottery": one.lottery,
        "unit": units.cluster_of(option.strategy, option.customer_id),
        "held_by": one.held_by,
        "market": one.market,
        "heard": option.heard,
        "preference": option.preference,
    }
