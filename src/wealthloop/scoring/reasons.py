"""Reasons: which facts raise or lower a customer's score, from the trees' exact contributions, in plain sentences."""

import re
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.errors import NotFound
from wealthloop.features import Feature, Unit, describe
from wealthloop.kit import Home, compact
from wealthloop.scoring.matrix import matrix_of, members_of
from wealthloop.scoring.registry import booster_of, contributions_of, record_of, version_of
from wealthloop.scoring.types import Condition, Floats, Reason

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
    found = explainer(home, model_id)
    return {} if found is None else found.reasons_of(features, top=top)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """A model's trees, loaded once for many questions; see ``explainer``."""

    population: tuple[Condition, ...]
    names: tuple[str, ...]
    """The features that the model reads."""
    trees: tuple[tuple[tuple[str, ...], lgb.Booster], ...]
    """What each part of the model reads, with its trees: a slice's own are added to the wider model's."""
    currency: str

    def reasons_of(self, features: pa.Table, *, top: int = 3) -> dict[str, tuple[Reason, ...]]:
        """Return the main reasons of customers' scores (see ``reasons_for``)."""
        members = features.filter(pa.array(members_of(features, self.population)))
        x, weights = matrix_of(members, self.names), self._weights(members)
        return {
            str(customer): tuple(
                _reason(self.names[place], x[row, place], weights[row, place], self.currency)
                for place in _strongest(weights[row], self.names, top)
            )
            for row, customer in enumerate(members["customer_id"].to_pylist())
        }

    def _weights(self, members: pa.Table) -> Floats:
        """Return what each feature adds to the log-odds."""
        weights = np.zeros((members.num_rows, len(self.names)))
        for read, booster in self.trees:
            ours = [self.names.index(name) for name in read]
            weights[:, ours] += contributions_of(booster, matrix_of(members, read))[:, :-1]
        return weights


def explainer(home: Home, model_id: str) -> Explainer | None:
    """Load the current version of a model for explaining; None where it has no scores.

    A slice stands on a wider model: that one's trees are loaded beside its own.

    Raises:
        NotFound: no such model.
    """
    record = record_of(home, model_id)
    if not record.has_scores:
        return None
    learnt = record.manifest.learnt
    parent = learnt.parent if learnt else None
    both = [record] if parent is None else [record, version_of(home, parent.model_id, parent.version)]
    return Explainer(
        population=record.manifest.spec.population,
        names=tuple(dict.fromkeys(name for one in both for name in one.manifest.predictors)),
        trees=tuple(
            (tuple(one.manifest.predictors), booster_of(home, one))
            for one in both
            if one.manifest.learnt is not None and one.manifest.learnt.model_digest
        ),
        currency=home.settings.currency,
    )


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
        zh=f"{feature.zh}：{zh}，{zh_effect}可能性",
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
