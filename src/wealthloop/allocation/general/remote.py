"""A problem whose candidates stay where an engine keeps them: the driver fetches only those that matter.

The work on candidates is ``batches.kept``, sent to wherever the engine works; the same function runs in this process
(DuckDB) and on a cluster (Spark), and a customer's candidates are always together, so both answer alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from wealthloop.allocation.general.batches import (
    REFUSED,
    Book,
    Family,
    Pick,
    best_response,
    in_sample,
    kept,
    near_best,
)
from wealthloop.allocation.general.candidates import coded, in_batches
from wealthloop.allocation.general.capacities import Limit, Limits, for_each_key, read_capacities, read_limits
from wealthloop.allocation.general.folder import Named, named_of, resources_of
from wealthloop.allocation.general.hard import Whole, bound_of
from wealthloop.allocation.general.layout import Floats
from wealthloop.allocation.general.parts import FILE, NAMED, checked_parts, columns_of
from wealthloop.errors import InvalidInput

if TYPE_CHECKING:
    from wealthloop.engines import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A problem on an engine."""

    engine: "Engine"
    rows: Any
    """The candidates, an expression of the engine."""
    limits: Limits
    capacities: Sequence[Limit]
    """As the file has them."""
    for_each_key: Sequence[Limit]
    """Key by key, for all candidates that there are."""
    book: Book
    whole: Whole
    unused: tuple[str, ...]
    """Limits that no candidate draws on."""

    def named(self, table: pa.Table) -> Named:
        """Return the problem with some of its candidates; its rows are the same whatever they are."""
        return _named(self.limits, self.for_each_key, table)


def open_remote(engine: "Engine", folder: Path) -> Remote:
    """Return a problem whose candidates an engine keeps: counted, with the keys that are in use.

    Raises:
        InvalidInput: a file is missing or makes no sense, or a customer is blank.
        EngineError: the engine refused.
    """
    limits, capacities = read_limits(folder), read_capacities(folder)
    resources, keyed = resources_of(capacities)
    paths = checked_parts(folder, resources, keyed)
    table = engine.read_parquet(paths).select(*columns_of(resources, keyed))
    rows = table.mutate(**{name: table[name].cast("string") for name in dict.fromkeys([*NAMED, *keyed])})
    counts = _counts(engine, rows, resources)
    used = {("", resource): [""] * (counts[_MOST.format(resource)] > 0) for resource in resources} | _keys(
        engine, rows, capacities
    )
    every = for_each_key(capacities, used)
    named = _named(limits, every, rows.schema().to_pyarrow().empty_table())
    return Remote(
        engine=engine, rows=rows, limits=limits, capacities=capacities, for_each_key=every,
        book=_book(named, resources, keyed),
        whole=Whole(candidates=counts["candidates"], customers=counts["customers"], largest=counts["largest"]),
        unused=tuple(
            f"{resource} {key}".strip()
            for resource, column, key in zip(named.resources, named.key_columns, named.keys, strict=True)
            if key not in used[column, resource]
        ),
    )  # fmt: skip


def everything(remote: Remote) -> Named:
    """Return the problem with all candidates, as if it had been read here."""
    return _named(remote.limits, remote.capacities, sample_of(remote, 1.0))


def bound_at(remote: Remote, prices: Floats) -> float:
    """Return the upper bound that prices prove by weak duality over all candidates, safe of rounding."""
    return bound_of(remote.named(best(remote, prices)).instance, prices, whole=remote.whole)


def sample_of(remote: Remote, share: float) -> pa.Table:
    """Return all candidates of a share of the customers (``batches.in_sample``)."""
    return _mapped(remote, partial(in_sample, share=share), "candidates of a sample")


def near(remote: Remote, prices: Sequence[Floats], reach: float, *, demanded: bool) -> pa.Table:
    """Return the candidates that are near their slot's best at any of some prices (``batches.near_best``)."""
    pick = partial(near_best, prices=tuple(prices), reach=reach, demanded=demanded)
    return _mapped(remote, pick, "candidates near the best")


def best(remote: Remote, prices: Floats) -> pa.Table:
    """Return what customers take at prices (``batches.best_response``)."""
    return _mapped(remote, partial(best_response, prices=prices), "best responses")


def planned(remote: Remote, plan: pa.Table) -> pa.Table:
    """Return the candidates that a plan names; what it names twice once, what is none not at all."""
    asked = remote.engine.from_arrow(plan.select(list(NAMED)))
    rows = remote.rows.semi_join(asked, list(NAMED))
    return remote.engine.to_arrow(rows, name="candidates of a plan").sort_by(_BY_NAME)


_BY_NAME: Final = [(name, "ascending") for name in NAMED]


def _mapped(remote: Remote, pick: Pick, name: str) -> pa.Table:
    """Return what is picked of all candidates, in the order of customer, action and channel.

    Raises:
        InvalidInput: a row is wrong; of several the first by its text.
    """
    fields = [pa.field(one.name, one.type) for one in remote.rows.schema().to_pyarrow()]
    schema = pa.schema([*fields, pa.field(REFUSED, pa.string())])
    work = partial(kept, book=remote.book, pick=pick)
    found = remote.engine.map_batches(remote.rows, work, schema=schema, by="customer", name=name)
    wrong = found[REFUSED].drop_null().to_pylist()
    if wrong:
        raise InvalidInput(min(map(str, wrong)))
    return found.drop_columns([REFUSED]).sort_by(_BY_NAME)


def _named(limits: Limits, rows: Sequence[Limit], table: pa.Table) -> Named:
    return named_of(limits, rows, coded(in_batches(table), table.num_rows, *resources_of(rows)))


def _counts(engine: "Engine", rows: Any, resources: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401
    """Return how many candidates and customers there are, the largest value, and the most used of each resource."""
    asked = rows.aggregate(
        candidates=rows.count(), customers=rows["customer"].nunique(), blank=rows["customer"].isnull().sum(),
        largest=rows["value"].cast("float64").abs().max(),
        **{_MOST.format(name): rows[name].cast("float64").max() for name in resources},
    )  # fmt: skip
    (row,) = engine.to_arrow(asked, name="counts of candidates").to_pylist()
    found = {name: cell or 0 for name, cell in row.items()}
    if found["blank"]:
        raise InvalidInput(f"{FILE} in {found['blank']} rows, column customer == None, must not be blank")
    return found


_MOST: Final = "most of {}"


def _keys(engine: "Engine", rows: Any, limits: Sequence[Limit]) -> dict[tuple[str, str], list[str]]:  # noqa: ANN401
    """Return the keys of which something is used, by key column and resource, in alphabetical order."""
    out = {}
    for column, resource in dict.fromkeys((one.key_column, one.resource) for one in limits if one.key_column):
        using = rows.filter(rows[resource] > 0)
        found = engine.to_arrow(using.select(key=using[column]).distinct(), name=f"keys of {column}")
        out[column, resource] = sorted(str(key) for key in found["key"].drop_null().to_pylist() if key)
    return out


def _book(named: Named, resources: Sequence[str], keyed: dict[str, list[str]]) -> Book:
    """Return what workers are told: families in the order of their rows."""
    places = groupby(range(len(named.keys)), key=lambda row: (named.resources[row], named.key_columns[row]))
    families = []
    for (resource, column), group in places:
        rows = list(group)
        keys = tuple(named.keys[row] for row in rows)
        families.append(Family(resource=resource, key_column=column, keys=keys, first=rows[0]))
    instance = named.instance
    return Book(
        resources=tuple(resources), keyed=keyed, families=tuple(families), dense=instance.rows.dense,
        demanded=np.asarray(instance.rows.minimum > 0), per_customer=instance.most,
    )  # fmt: skip
