"""A policy's worth from a table: near the truth, and what cannot be known is refused."""

import numpy as np
import pyarrow as pa
import pytest

from tests.scoring.tabular.test_effects import trial
from wealthloop.errors import InvalidInput
from wealthloop.scoring.tabular.policies import evaluate


def table() -> tuple[pa.Table, np.ndarray, np.ndarray]:
    made, effect = trial(6, rows=6_000)
    wish = np.where(np.array(made["age"].to_pylist()) > 55, "call", "control")
    return made.append_column("wish", pa.array(wish)), effect, wish


def test_the_value_is_near_the_truth_and_above_the_lottery() -> None:
    made, effect, wish = table()
    truth = 0.3 + float((effect * (wish == "call")).mean())
    found = evaluate(made, treatment="arm", outcome="won", policy="wish")
    for one in (found.value.ipw, found.value.dr):
        assert one.low <= truth <= one.high
    assert found.arms == ("call", "control", "mail")
    assert found.value.dr.high - found.value.dr.low <= found.value.ipw.high - found.value.ipw.low
    more = truth - (0.3 + float(effect.mean()) / 3)
    assert found.more.low <= more <= found.more.high


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"policy": "nothing"}, "there is none"),
        ({"policy": "city"}, "was never drawn"),
        ({"treatment": "age"}, "at least two arms"),
    ],
)
def test_what_cannot_be_known_is_refused(change: dict[str, str], told: str) -> None:
    names = {"treatment": "arm", "outcome": "won", "policy": "wish", **change}
    with pytest.raises(InvalidInput, match=told):
        evaluate(table()[0], **names)
