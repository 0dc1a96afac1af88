"""The wallet of comparable customers: a high conditional quantile of realised on-bank wealth.

Perlich, Rosset, Lawrence and Zadrozny, "High-quantile modeling for customer wallet estimation and other applications",
KDD 2007: what the best-served tenth of comparable customers keeps here (the 90th percentile) is what a customer of
that kind could keep here. What describes a customer's kind says nothing of the wealth kept here; who is of the same
fold is left out of what one is compared with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import lightgbm as lgb
import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import newest
from wealthloop.insight.columns import Column, Floats, Ids, Integers, looked_up
from wealthloop.kit import buckets
from wealthloop.scoring.matrix import column_of, matrix_of

FEATURES: Final = (
    "age", "tenure_days", "suitability_level", "salary_sum_30d", "salary_sum_90d", "spend_sum_30d", "spend_sum_90d",
    "inflow_sum_90d", "inflow_max_90d", "outflow_sum_90d", "transaction_count_90d", "login_count_90d",
)  # fmt: skip
WORDS: Final = ("occupation", "region")
"""Columns of customers that are read as categories."""
_CREDIT: Final = "credit_limit"
QUANTILE: Final = 0.9
LEAST: Final = 200
"""Customers with a known balance under which no night compares them; assumed."""
_FOLDS: Final = 3
_ROUNDS: Final = 80
_LEARNER: Final = {
    "objective": "quantile", "alpha": QUANTILE, "learning_rate": 0.1, "num_leaves": 15, "min_data_in_leaf": 60,
    "lambda_l2": 1.0, "feature_fraction": 0.7, "max_bin": 63, "deterministic": True, "force_row_wise": True,
    "num_threads": 1, "verbosity": -1,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Models of the on-bank wealth of comparable customers, one for each fold of customers, learnt from the others."""

    boosters: tuple[lgb.Booster, ...]
    codes: Mapping[str, tuple[str, ...]]
    """The words of each category, in the order of their codes."""
    salt: str
    """From which the folds are drawn."""


def fit_peers(bank: BankTables, features: pa.Table, *, as_of: date, seed: int) -> Peers:
    """Learn what comparable customers keep here.

    Args:
        bank: its tables.
        features: of ``as_of``; customers whose ``aum_average`` is not known teach nothing.
        as_of: the day at whose end everything is known.
        seed: of folds and trees; the same input and seed give the same models.

    Raises:
        InvalidInput: a feature that describes customers is not there.
    """
    ids = features["customer_id"].combine_chunks()
    described = _described(bank, ids, as_of)
    codes = {name: _words(described[name]) for name in WORDS}
    x, y, salt = _matrix(features, described, codes), column_of(features, "aum_average"), f"wallet/{seed}"
    fold, known = _folds(ids, salt), np.isfinite(y)
    boosters = tuple(_fit(x[known & (fold != k)], y[known & (fold != k)], seed) for k in range(_FOLDS))
    return Peers(boosters=boosters, codes=codes, salt=salt)


def peers_wallet(peers: Peers, bank: BankTables, features: pa.Table, *, as_of: date) -> Floats:
    """Return what the best-served comparable customers keep here, fen, shape (n_customers,).

    Raises:
        InvalidInput: a feature that describes customers is not there.
    """
    ids = features["customer_id"].combine_chunks()
    x, fold = _matrix(features, _described(bank, ids, as_of), peers.codes), _folds(ids, peers.salt)
    found = np.zeros(len(ids))
    for k, booster in enumerate(peers.boosters):
        if (fold == k).any():
            found[fold == k] = np.expm1(np.asarray(booster.predict(x[fold == k], num_threads=1)))
    return np.maximum(found, 0.0)


def _fit(x: Floats, y: Floats, seed: int) -> lgb.Booster:
    names = [*FEATURES, *WORDS, _CREDIT]
    data = lgb.Dataset(
        x, np.log1p(np.maximum(y, 0)), feature_name=names, categorical_feature=list(WORDS),
        params={"verbosity": -1, "max_bin": _LEARNER["max_bin"]},
    )  # fmt: skip
    return lgb.train({**_LEARNER, "seed": seed}, data, num_boost_round=_ROUNDS)


def _folds(ids: Ids, salt: str) -> Integers:
    return np.asarray(buckets(salt, map(str, ids.to_pylist())) * _FOLDS).astype(np.int64)


def _described(bank: BankTables, ids: Ids, as_of: date) -> dict[str, Column]:
    """Return the words and the credit limit (fen) of customers, null where not known."""
    customers = bank.read("customers", ("customer_id", *WORDS), as_of=as_of)
    lines = bank.read("credit", ("customer_id", _CREDIT, "as_of", "known_at"), as_of=as_of)
    latest = newest(lines, ["customer_id"], ["as_of", "known_at"]).select(["customer_id", _CREDIT])
    return {**looked_up(ids, customers), **looked_up(ids, latest)}


def _matrix(features: pa.Table, described: dict[str, Column], codes: Mapping[str, tuple[str, ...]]) -> Floats:
    """Return what describes customers, shape (n_customers, n_columns); NaN where not known or never seen."""
    coded = [_coded(described[name], codes[name]) for name in WORDS]
    return np.column_stack([matrix_of(features, FEATURES), *coded, _numbers(described[_CREDIT])])


def _words(cells: Column) -> tuple[str, ...]:
    return tuple(sorted({str(word) for word in cells.drop_null().to_pylist()}))


def _coded(words: Column, codes: tuple[str, ...]) -> Floats:
    return _numbers(pc.index_in(words, value_set=pa.array(codes, pa.string())))


def _numbers(cells: "pa.Array[Any]") -> Floats:
    return np.array(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
