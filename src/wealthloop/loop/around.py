"""Everything that a night's leads are judged with, loaded once."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import insight, scoring
from wealthloop.feedback.heard import Cell, Heard, heard
from wealthloop.feedback.said import scores, told
from wealthloop.loop.audience import audiences_of
from wealthloop.loop.capacity import load_capacity
from wealthloop.loop.catalogues import catalogues
from wealthloop.loop.feeds import feeds_of_night
from wealthloop.loop.held import held_tonight
from wealthloop.loop.limits import limits_of
from wealthloop.loop.options import Surroundings
from wealthloop.loop.preference import load_preference
from wealthloop.loop.types import Night
from wealthloop.loop.worth import Worth
from wealthloop.policies.facts import load_facts, load_products
from wealthloop.policies.pack import pack_of
from wealthloop.policies.screen import Screening
from wealthloop.policies.types import ProductFacts
from wealthloop.strategies.life import Running
from wealthloop.strategies.valuebook import load_value_book


def surroundings(night: Night, customers: Iterable[str], strategies: Sequence[Running] = ()) -> Surroundings:
    """Load facts, profiles, products and rules for some customers, and whom some strategies leave alone."""
    wanted = sorted(set(customers))
    products = load_products(night.bank, night.engine, as_of=night.as_of)
    facts = load_facts(
        night.bank, night.engine, wanted, as_of=night.as_of, now=night.begins, zone=night.home.zone,
        told=told(wanted, now=night.begins, category_of=categories(products)),
    )  # fmt: skip
    profiles, pack = profiles_of(night, wanted), pack_of(night.home)
    rows = {row["customer_id"]: row for row in profiles.to_pylist()}
    return Surroundings(
        facts=facts,
        profiles=rows,
        products=tuple(products[name] for name in sorted(products)),
        min_amounts=_min_amounts(night),
        pack=pack,
        held=held_tonight(night.home, strategies, night.as_of),
        screening=Screening(facts, now=night.begins, pack=pack),
        audiences=audiences_of(night, profiles),
        catalogues=catalogues(night.bank, as_of=night.as_of, at=night.begins, zone=night.home.zone),
        limits=limits_of(night, rows),
    )


def worth_of(night: Night, around: Surroundings) -> Worth:
    """Load what values are worked out with."""
    known = scoring.load(night.home, night.as_of)
    return Worth(
        book=load_value_book(night.home),
        scores=known,
        feeds=feeds_of_night(night),
        records={record.model_id: record for record in scoring.records(night.home, known.column_names[1:])},
        profiles=around.profiles,
        min_amounts=around.min_amounts,
        benefit_costs={name: row["unit_cost"] or 0 for name, row in around.catalogues.benefits.items()},
        preference=load_preference(night.home),
        budgeted=load_capacity(night.home).budget is not None,
        heard=heard_by(night),
    )


def heard_by(night: Night) -> dict[Cell, Heard]:
    """Return what codes that were given before the night's contacts make of each strategy's categories and triggers."""
    products = load_products(night.bank, night.engine, as_of=night.as_of)
    return heard(scores(before=night.begins), categories(products))


def categories(products: Mapping[str, ProductFacts]) -> dict[str, str]:
    """Return each product's category."""
    return {name: product.category for name, product in products.items()}


def _min_amounts(night: Night) -> dict[str, int]:
    """Return the smallest purchase of each product, fen; products that name none are left out."""
    rows = night.bank.read("products", ("product_id", "min_amount"), as_of=night.as_of).to_pylist()
    return {row["product_id"]: row["min_amount"] for row in rows if row["min_amount"] is not None}


def profiles_of(night: Night, wanted: Sequence[str]) -> pa.Table:
    """Return the night's profiles of some customers."""
    table = insight.load(night.home, night.as_of)
    return table.filter(pc.is_in(table["customer_id"], value_set=pa.array(wanted, pa.string())))
