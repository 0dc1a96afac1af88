"""What a policy would have been worth, from any table of logged arms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wealthloop.errors import InvalidInput
from wealthloop.scoring.policyvalue import Logged, PolicyValue, averaged, difference, policy_value
from wealthloop.scoring.qini import Measured
from wealthloop.scoring.tabular.causal import responses
from wealthloop.scoring.tabular.compare import hashed
from wealthloop.scoring.tabular.effects import outcomes_of
from wealthloop.scoring.tabular.encode import fit_encoding, needed, numbers, texts
from wealthloop.scoring.types import Floats

_SEED = 7
_LEAST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A policy beside what was done."""

    rows: int
    arms: tuple[str, ...]
    logged: Measured
    """The average outcome of what was done."""
    value: PolicyValue
    more: Measured
    """The policy's value less that of the logged lottery, doubly robust."""


def evaluate(
    table: pa.Table, *, treatment: str, outcome: str, policy: str, probability: str = "", drop: Sequence[str] = ()
) -> Evaluated:
    """Estimate a policy's value.

    Args:
        table: the rows of a trial.
        treatment: the column of the logged arm.
        outcome: a column of two values, or of numbers.
        policy: the column of the arm that the policy would choose.
        probability: the column of the logged arm's probability; empty: each arm's share of the rows.
        drop: columns from which outcomes are not learnt.

    Raises:
        InvalidInput: a column is missing, the policy names an arm that was never drawn, or an arm has too few rows.
    """
    needed(table, treatment, outcome, policy, probability, *drop)
    arms, logged_arm = _codes(table, treatment)
    wished = np.array([arms.index(arm) if arm in arms else -1 for arm in texts(table, policy)], dtype=np.int64)
    if (wished < 0).any():
        row = int(np.flatnonzero(wished < 0)[0])
        raise InvalidInput(
            f"column {policy}, row {row + 1}: {texts(table, policy)[row]} was never drawn, so its value is not known"
        )
    shares = np.bincount(logged_arm, minlength=len(arms)) / len(logged_arm)
    drawn = numbers(table[probability]) if probability else shares[logged_arm]
    y, _ = outcomes_of(table[outcome], outcome)
    left_out = {treatment, outcome, policy, probability, *drop}
    encoding, x, _ = fit_encoding(table, [name for name in table.column_names if name not in left_out])
    expected = _expected(x, logged_arm, y, encoding.categorical, len(arms))
    log = Logged(arm=logged_arm, probability=drawn, outcome=y, expected=expected)
    chosen = np.eye(len(arms))[wished]
    return Evaluated(
        rows=len(y), arms=arms, logged=averaged(y),
        value=policy_value(log, chosen), more=difference(log, chosen, np.tile(shares, (len(y), 1))),
    )  # fmt: skip


def _codes(table: pa.Table, name: str) -> tuple[tuple[str, ...], np.ndarray]:
    words = texts(table, name)
    arms = tuple(sorted(set(words)))
    codes = np.array([arms.index(word) for word in words], dtype=np.int64)
    few = [arm for place, arm in enumerate(arms) if (codes == place).sum() < _LEAST]
    if few or len(arms) < 2:
        raise InvalidInput(f"column {name}: at least two arms of {_LEAST} rows are needed, {few or arms} is not enough")
    return arms, codes


def _expected(x: Floats, arm: np.ndarray, y: Floats, categorical: Sequence[int], n_arms: int) -> Floats:
    """Return what models that have not seen a row expect of each arm, shape (n, n_arms)."""
    found = np.zeros((len(y), n_arms))
    for train, test in hashed(x, y):
        for place in range(n_arms):
            ours = train[arm[train] == place]
            if x.shape[1] and len(ours) > 1:
                found[test, place] = responses(x[ours], y[ours], categorical, _SEED)(x[test])
            elif len(ours):
                found[test, place] = y[ours].mean()
    return found
