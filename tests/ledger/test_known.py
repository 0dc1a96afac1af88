"""What was known at the plan is read back by decision, whatever is known since."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wealthloop import ledger
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", salt="a-test-salt")


def rows(*pairs: tuple[str, str]) -> pa.Table:
    return pa.table({"run_id": [run for run, _ in pairs], "person_key": [person for _, person in pairs]})


def test_each_decision_finds_what_its_own_run_knew(home: Home) -> None:
    ledger.write_known(home, "a", pa.table({"person_key": ["q", "p"], "aum": [2.0, 1.0], "age": [30.0, None]}))
    ledger.write_known(home, "b", pa.table({"person_key": ["p"], "aum": [5.0]}))
    found, values = ledger.read_known(
        home, rows(("b", "p"), ("a", "p"), ("a", "nobody"), ("a", "q"), ("none", "p")), ["age", "aum"]
    )
    assert found.tolist() == [True, True, False, True, False]
    assert values[:, 1].tolist()[:2] == [5.0, 1.0]
    assert values[3].tolist() == [30.0, 2.0]
    assert np.isnan(values[[0, 1], 0]).all()
    assert np.isnan(values[[2, 4]]).all()


def test_a_run_that_is_decided_anew_writes_anew_and_a_discarded_one_leaves_nothing(home: Home) -> None:
    for aum in (1.0, 7.0):
        ledger.write_known(home, "a", pa.table({"person_key": ["p"], "aum": [aum]}))
    assert ledger.read_known(home, rows(("a", "p")), ["aum"])[1].tolist() == [[7.0]]
    ledger.discard(home, "a")
    assert not ledger.read_known(home, rows(("a", "p")), ["aum"])[0].any()


def test_a_person_stands_once(home: Home) -> None:
    with pytest.raises(InvalidInput, match="twice"):
        ledger.write_known(home, "a", pa.table({"person_key": ["p", "p"], "aum": [1.0, 2.0]}))
    with pytest.raises(InvalidInput, match="person_key"):
        ledger.write_known(home, "a", pa.table({"customer_id": ["p"]}))
