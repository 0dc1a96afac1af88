"""Which past days are learnt from: no window overlaps another, none reaches the day of training."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.scoring.bank import AS_OF, MemoryBank, SmallWorld, noon
from wealthloop.engines import DuckDBEngine
from wealthloop.scoring import SPECS, Family, ModelSpec
from wealthloop.scoring.snapshots import Reach, reach_of, snapshots_of

LONG = Reach(
    app_events=None,
    transactions=(AS_OF - timedelta(days=200), AS_OF),
    holdings=tuple(AS_OF - timedelta(days=n) for n in range(200, -1, -1)),
)
BY_FAMILY = {spec.family: spec for spec in SPECS}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.model_id)
def test_windows_lie_between_snapshot_and_training_without_overlap(spec: ModelSpec) -> None:
    snapshots = snapshots_of(spec, LONG, as_of=AS_OF)
    assert [(AS_OF - snapshot.day).days for snapshot in snapshots] == [31, 61, 91]
    for newer, older in pairwise(snapshots):
        assert older.last <= newer.day
    assert all(snapshot.known <= AS_OF and snapshot.last < AS_OF for snapshot in snapshots)


def test_a_short_history_gives_fewer_snapshots() -> None:
    short = Reach(app_events=None, transactions=(AS_OF - timedelta(days=95), AS_OF), holdings=LONG.holdings)
    assert len(snapshots_of(BY_FAMILY[Family.RESPONSE], short, as_of=AS_OF)) == 2
    assert len(snapshots_of(BY_FAMILY[Family.CHURN], short, as_of=AS_OF)) == 3


def test_data_that_has_ended_labels_nobody() -> None:
    ended = Reach(app_events=None, transactions=(AS_OF - timedelta(days=200), AS_OF - timedelta(days=20)), holdings=())
    days = [snapshot.day for snapshot in snapshots_of(BY_FAMILY[Family.RESPONSE], ended, as_of=AS_OF)]
    assert days == [AS_OF - timedelta(days=61), AS_OF - timedelta(days=91)]
    assert snapshots_of(BY_FAMILY[Family.CHURN], ended, as_of=AS_OF) == ()


def test_month_end_holdings_are_enough_and_one_day_is_not() -> None:
    month_ends = Reach(
        app_events=None, transactions=None, holdings=(date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31))
    )
    assert [s.day for s in snapshots_of(BY_FAMILY[Family.UPGRADE], month_ends, as_of=AS_OF)] == [
        AS_OF - timedelta(days=31),
        AS_OF - timedelta(days=61),
    ]
    once = Reach(app_events=None, transactions=None, holdings=(AS_OF,))
    assert snapshots_of(BY_FAMILY[Family.UPGRADE], once, as_of=AS_OF) == ()


def test_i15_reach_does_not_see_rows_known_later(engine: DuckDBEngine, world: SmallWorld) -> None:
    later = AS_OF + timedelta(days=3)
    extra = {"transaction_id": "L", "customer_id": "C00000", "at": noon(later), "kind": "buy", "amount": -1}
    bank = MemoryBank({**world.rows, "transactions": [*world.rows["transactions"], extra]}, engine)
    reach = reach_of(bank, engine, as_of=AS_OF)
    assert reach.transactions is not None
    assert reach.transactions[1] <= AS_OF
    assert reach.holdings[-1] <= AS_OF


def test_an_empty_bank_reaches_nowhere(engine: DuckDBEngine) -> None:
    reach = reach_of(MemoryBank({}, engine), engine, as_of=AS_OF)
    assert reach == Reach(app_events=None, transactions=None, holdings=())
