"""Reasons: which facts raise or lower a customer's score, from the trees' exact contributions, in plain sentences."""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.errors import NotFound
from wealthloop.features import Feature, Unit, describe
from wealthloop.kit import Home, compact
from wealthloop.scoring.matrix import matrix_of, members_of
from wealthloop.scoring.registry import ModelRecord, booster_of, contributions_of, record_of, version_of
from wealthloop.scoring.types import Floats, Reason

_WINDOW: Final = re.compile(r"_\d+d$")
_LEAST: Final = 1e-6


def reasons_for(home: Home, model_id: str, features: pa.Table, *, top: int = 3) -> dict[str, tuple[Reason, ...]]:
    """Return the main reasons of customers' scores, strongest first.

    One reason stands for a feature over several windows (7, 30, 90 days): the window that weighs most.

    Args:
        home: the home whose current model is explained.
        model_id: which model.
        features: the rows of ``features.build`` of the customers asked for.
        top: at most how many reasons a customer.

    Returns:
        By customer id; nothing for customers outside the model's population or where the model has no scores.

    Raises:
        NotFound: no such model.
    """
    record = record_of(home, model_id)
    if not record.has_scores:
        return {}
    members = features.filter(pa.array(members_of(features, record.manifest.spec.population)))
    names, x, weights = _weighed(home, record, members)
    return {
        str(customer): tuple(
            _reason(names[place], x[row, place], weights[row, place], home.settings.currency)
            for place in _strongest(weights[row], names, top)
        )
        for row, customer in enumerate(members["customer_id"].to_pylist())
    }


def _weighed(home: Home, record: ModelRecord, members: pa.Table) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return the features that a model reads, their values, and what each adds to the log-odds.

    A slice stands on a wider model: its own trees' contributions are added to that model's.
    """
    learnt = record.manifest.learnt
    parent = learnt.parent if learnt else None
    both = [record] if parent is None else [record, version_of(home, parent.model_id, parent.version)]
    names = tuple(dict.fromkeys(name for one in both for name in one.manifest.predictors))
    weights = np.zeros((members.num_rows, len(names)))
    for one in both:
        if one.manifest.learnt is not None and one.manifest.learnt.model_digest:
            ours = [names.index(name) for name in one.manifest.predictors]
            own = contributions_of(booster_of(home, one), matrix_of(members, one.manifest.predictors))
            weights[:, ours] += own[:, :-1]
    return names, matrix_of(members, names), weights


def reasons(home: Home, model_id: str, features: pa.Table, customer_id: str, *, top: int = 3) -> tuple[Reason, ...]:
    """Return the main reasons of one customer's score (see ``reasons_for``); empty where there is no score.

    Raises:
        NotFound: no such model, or the customer has no row.
    """
    row = features.filter(pc.equal(features["customer_id"], pa.scalar(customer_id)))
    if row.num_rows == 0:
        raise NotFound("customer: no row in these features")
    return reasons_for(home, model_id, row, top=top).get(customer_id, ())


def _strongest(weights: Floats, names: tuple[str, ...], top: int) -> list[int]:
    chosen: dict[str, int] = {}
    for place in np.argsort(-np.abs(weights), kind="stable"):
        if len(chosen) == top or abs(weights[place]) < _LEAST:
            break
        chosen.setdefault(_WINDOW.sub("", names[place]), int(place))
    return list(chosen.values())


def _reason(name: str, value: float, contribution: float, currency: str) -> Reason:
    feature = describe(name)
    zh, en = _in_words(feature, value, currency)
    zh_effect, en_effect = ("提高", "raises") if contribution > 0 else ("降低", "lowers")
    return Reason(
        feature=name,
        value=None if np.isnan(value) else float(value),
        contribution=float(contribution),
        zh=f"{feature.zh}:{zh},{zh_effect}可能性",
        en=f"{feature.en}: {en}, which {en_effect} the likelihood",
    )


def _in_words(feature: Feature, value: float, currency: str) -> tuple[str, str]:
    """Return a value as people write it, in Chinese and English."""
    if np.isnan(value):
        return "未知", "not known"
    whole = round(value)
    words: dict[Unit, tuple[str, str]] = {
        Unit.FEN: (f"{compact(whole, 'zh-hans')}元", f"{currency} {compact(whole, 'en')}"),
        Unit.COUNT: (f"{whole}", f"{whole}"),
        Unit.DAYS: (f"{whole} 天", f"{whole} days"),
        Unit.YEARS: (f"{whole} 岁", f"{whole} years"),
        Unit.SHARE: (f"{value:.0%}", f"{value:.0%}"),
        Unit.FLAG: ("是", "yes") if value > 0 else ("否", "no"),
        Unit.LEVEL: (f"C{whole}", f"C{whole}"),
        Unit.PER_DAY: (f"每天 {compact(whole, 'zh-hans')}元", f"{currency} {compact(whole, 'en')} a day"),
        Unit.DAY_OF_MONTH: (f"{value:.1f} 日", f"day {value:.1f}"),
        Unit.HOUR: (f"{value:.1f} 时", f"{value:.1f} o'clock"),
        Unit.RATIO: (f"{value:.2f} 倍", f"{value:.2f} times"),
    }
    return words[feature.unit]
