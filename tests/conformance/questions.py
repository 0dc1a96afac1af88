"""Everything that the product asks of an engine, asked of one engine over one bank."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conformance.bank import AS_OF, STRATEGY
from tests.conformance.recorded import Answer, Recorder
from tests.reports.worlds import criterion
from tests.scoring.factory.making import drawn, floor_of, odds
from tests.scoring.factory.making import rows as made_up_rows
from tests.scoring.factory.making import spec as made_up_spec
from wealthloop import features, insight
from wealthloop.allocation.general import allocate, certify
from wealthloop.allocation.general.made import make_problem
from wealthloop.bank import TABLES, BankTables
from wealthloop.bank.manifest import current_manifests, part_path
from wealthloop.bank.settle import compare, doubles
from wealthloop.cli import demo_bank
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.insight.wallet import moves
from wealthloop.kit import Home
from wealthloop.reports import bank as bank_reports
from wealthloop.reports import computable
from wealthloop.reports.checks import reached_by_bank
from wealthloop.reports.design import fixed_before
from wealthloop.reports.planned import Units
from wealthloop.reports.tiers import tier_moves
from wealthloop.scoring import SPECS
from wealthloop.scoring.catalogue import regions_of
from wealthloop.scoring.factory.remote import make_on
from wealthloop.scoring.labels import labels_of
from wealthloop.scoring.matrix import with_regions
from wealthloop.scoring.snapshots import reach_of, snapshots_of
from wealthloop.scoring.types import Does, FallsTo, RisesTo
from wealthloop.web.context import Site
from wealthloop.web.names import masked_names

SCAN: Final = "scan of {table}"
_MONTH: Final = timedelta(days=30)


def ask(home: Home, engine: Engine) -> Recorder:
    """Ask everything; the record has an answer for every expression of the product."""
    recorder = Recorder(engine)
    bank = BankTables(home, recorder)
    for question in _QUESTIONS:
        question(home, bank, recorder)
    return recorder


def _scans(_: Home, bank: BankTables, engine: Recorder) -> None:
    """Every table as known on a day; those with corrections also on an earlier day and as known now."""
    for name in TABLES:
        if bank.has(name):
            engine.to_arrow(bank.scan(name, as_of=AS_OF), name=SCAN.format(table=name))
    for as_of in (AS_OF - timedelta(days=1), None):
        engine.to_arrow(bank.scan("holdings", as_of=as_of), name=SCAN.format(table="holdings"))
    engine.to_arrow(bank.scan("plans", as_of=AS_OF - 2 * _MONTH), name=SCAN.format(table="plans"))


def _settling(home: Home, _: BankTables, engine: Recorder) -> None:
    manifest = current_manifests(home)["holdings"]
    parts = [part_path(home, "holdings", part) for part in manifest.parts]
    compare(engine, parts[-1], parts[:-1], TABLES["holdings"], corrections=True)
    twice = home.root / "twice.parquet"
    rows = pq.read_table(parts[0]).slice(0, 500)
    pq.write_table(rows, twice)
    with pq.ParquetWriter(twice, rows.schema) as writer:
        writer.write_table(rows)
        writer.write_table(rows.slice(100, 50))
    doubles(engine, twice, TABLES["holdings"])


def _features(home: Home, bank: BankTables, engine: Recorder) -> None:
    """Build once through the record, and once as the engine itself builds: DuckDB reads the bank's parts directly."""
    features.build(bank, engine, as_of=AS_OF)
    alone = features.build(BankTables(home, engine.inside), engine.inside, as_of=AS_OF)
    engine.answers[BUILD].append(Answer(table=alone, ordered=True))


BUILD: Final = "features.build"
"""The whole table of features: every feature of the catalogue is a column of it."""


def _labels(_: Home, bank: BankTables, engine: Recorder) -> None:
    reach = reach_of(bank, engine, as_of=AS_OF)
    kinds = {type(spec.target): spec for spec in SPECS}
    snapshots = {spec: snapshots_of(spec, reach, as_of=AS_OF)[0] for spec in kinds.values()}
    stood = {day: features.build(bank, engine, as_of=day) for day in {one.day for one in snapshots.values()}}
    for spec, snapshot in snapshots.items():
        labels = labels_of(bank, engine, spec.target, snapshot=snapshot, features=stood[snapshot.day])
        assert 0 < labels.sum() < labels.size, f"{type(spec.target).__name__}: the bank must show both"
    snapshot = next(iter(snapshots.values()))
    for target in _OTHER_TARGETS:
        labels = labels_of(bank, engine, target, snapshot=snapshot, features=stood[snapshot.day])
        assert 0 < labels.sum() < labels.size, f"{target}: the bank must show both"
    regions_of(bank, engine, as_of=AS_OF)
    with_regions(bank, engine, stood[snapshot.day], as_of=AS_OF)


_OTHER_TARGETS: Final = (
    RisesTo(share=1.01),
    FallsTo(share=0.5, of=("demand",)),
    Does(table="app_events", kinds=("login",)),
    Does(table="transactions", kinds=("transfer_in", "salary"), least=1_000, never=True),
)


def _reports(_: Home, bank: BankTables, engine: Recorder) -> None:
    since = AS_OF - _MONTH
    bank_reports.daily_aum(bank, engine, since=since, as_of=AS_OF)
    bank_reports.daily_mau(bank, engine, since=since, as_of=AS_OF)
    bank_reports.daily_buyers(bank, engine, categories=("bond_fund", "cash_management"), since=since, as_of=AS_OF)
    tier_moves(bank, engine, as_of=AS_OF)
    fixed_before(bank, engine, criterion(), first_day=AS_OF)
    reached_by_bank(bank, engine, _units(bank), strategy_id=STRATEGY, window_days=30, as_of=AS_OF)


def _pages(home: Home, bank: BankTables, engine: Recorder) -> None:
    plain = DuckDBEngine()
    tables = BankTables(home, plain)
    built = features.build(tables, plain, as_of=AS_OF)
    profiles = insight.profiles(tables, plain, as_of=AS_OF, features=built)
    for customer in sorted(
        {_customers(bank, table)[0] for table in ("holdings", "contacts", "plans", "external_tags")}
    ):
        insight.panorama(bank, engine, customer, as_of=AS_OF, table=profiles)
    place = Site(home=home, engine=engine, bank=bank, as_of=AS_OF, version="")
    masked_names(place, _customers(bank, "holdings")[:20])


def _computable(_: Home, bank: BankTables, engine: Recorder) -> None:
    computable.spans(bank, engine, as_of=AS_OF)
    computable.unfilled_columns(bank, engine, as_of=AS_OF)


def _wallet(_: Home, bank: BankTables, engine: Recorder) -> None:
    customers = _customers(bank, "holdings")
    asked = pa.table({"customer_id": customers, "since": [AS_OF - _MONTH] * len(customers)})
    moves.held_then(bank, engine, asked, as_of=AS_OF)
    moves.moved_elsewhere(bank, engine, asked, as_of=AS_OF)


def _demo(home: Home, _: BankTables, engine: Recorder) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(demo_bank, "DuckDBEngine", lambda: engine)
        made = object.__new__(demo_bank.DemoBank)
        patched.setattr(made, "_home", home, raising=False)
        assert made._staff()


def _customers(bank: BankTables, table: str) -> list[str]:
    rows = bank.read(table, ["customer_id"], as_of=AS_OF)
    return sorted({str(name) for name in rows["customer_id"].to_pylist()})


def _units(bank: BankTables) -> Units:
    names = _customers(bank, "contacts")
    days = np.full(len(names), np.datetime64(AS_OF - _MONTH), dtype="datetime64[D]")
    return Units(customer_id=tuple(names), arm=("contact",) * len(names), first_day=days)


def _models(home: Home, _: BankTables, engine: Recorder) -> None:
    """Three models at a floor, made where the engine works."""
    x = made_up_rows(4_000, 4)
    labels = [drawn(x, odds(x) + place / 2, place) for place in range(3)]
    specs = [made_up_spec(f"response/made_{place}/30d") for place in range(3)]
    placed = [(one, place, 0) for place, one in enumerate(specs)]
    floor = floor_of(x, labels, [np.ones(len(x), dtype=np.bool_)], placed)
    made = list(make_on(engine, 7, folder=home.root / "floor")(floor, specs))
    assert [one.failed for one in made if one.learned is None] == []


def _allocations(home: Home, _: BankTables, engine: Recorder) -> None:
    """A small problem whose candidates stay with the engine: sampled, reduced, proved, and certified with its plan."""
    problem = home.root / "problem"
    make_problem(problem, "plain", 40)
    (problem / "limits.toml").write_text("per_customer = 1\ngap_target = 0.5\n", "utf-8")
    plan, prices = problem / "plan.parquet", problem / "prices.parquet"
    found = allocate(problem, plan, prices=prices, engine=engine, sample=20)
    checked = certify(engine, problem, prices, plan=plan)
    assert (checked.bound, checked.objective, checked.violations) == (found.bound, found.objective, 0)
    assert (found.steps[0], found.violations) == ("sample", 0)


_QUESTIONS: Final[tuple[Callable[[Home, BankTables, Recorder], None], ...]] = (
    _scans, _settling, _features, _labels, _reports, _pages, _wallet, _computable, _demo, _models, _allocations,
)  # fmt: skip
