"""Whom strategies are for: the rules of their audiences over a night's profiles, features, scores and tags."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from wealthloop import features, insight, scoring
from wealthloop.bank.converted import Cells, Mask, compute, true_of
from wealthloop.leads.repository import LeadView
from wealthloop.loop.feeds import feeds_of_night, usable
from wealthloop.loop.types import Night
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import SCHEDULED, Audience, FeatureRule, ScoreRule, TagRule

OWNER: Final = "strategy_id"
"""The evidence that names the strategy to which a scheduled lead belongs."""
_HORIZON: Final = {"now": "available_now", "7d": "available_7d", "30d": "available_30d"}

Source: TypeAlias = Literal["features", "scores", "tags"]
Look: TypeAlias = Callable[[Source, str], pa.Table]
"""Gives ``customer_id`` and one column of a source; without that column where the night does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audiences:
    """What the audiences of a night are asked of some customers; a column is read when a rule first names it."""

    profiles: pa.Table
    """The customers' profiles."""
    look: Look
    _read: dict[tuple[Source, str], Cells] = field(default_factory=dict, init=False, repr=False, compare=False)
    _found: dict[Audience, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, audience: Audience) -> frozenset[str]:
        """Return the ids of the customers for whom every rule of an audience holds.

        What is not known of a customer holds for no rule, ``without_tags`` included; neither does a feature, tag or
        score that the night has not, nor the score of a model that may not choose.
        """
        if audience not in self._found:
            holds = np.ones(self.profiles.num_rows, dtype=np.bool_)
            for rule in self._rules(audience):
                holds &= rule
            ids = self.profiles["customer_id"].filter(pa.array(holds)).to_pylist()
            self._found[audience] = frozenset(str(customer) for customer in ids)
        return self._found[audience]

    def _rules(self, audience: Audience) -> Iterator[Mask]:
        yield _is_in(self.profiles["tier"], audience.tiers)
        yield _is_in(self.profiles["lifecycle"], audience.lifecycles)
        if audience.min_available:
            funds = self.profiles[_HORIZON[audience.horizon]]
            yield true_of(compute.greater_equal(funds, audience.min_available))
        for feature in audience.features:
            yield _within(self._column("features", feature.feature), feature)
        for score in audience.scores:
            yield _within(self._column("scores", score.model_id), score)
        for tag in audience.tags:
            yield _is_in(self._column("tags", tag.tag), tag.states)
        for tag in audience.without_tags:
            yield _is_outside(self._column("tags", tag.tag), tag)

    def _column(self, source: Source, name: str) -> Cells:
        """Return a column in the order of the profiles, null where nothing is known."""
        if (source, name) not in self._read:
            table = self.look(source, name)
            if name not in table.column_names:
                self._read[source, name] = pa.nulls(self.profiles.num_rows)
            else:
                ids = table["customer_id"].combine_chunks()
                places = compute.index_in(self.profiles["customer_id"], value_set=ids)
                self._read[source, name] = compute.take(table[name], places)
        return self._read[source, name]


def audiences_of(night: Night, profiles: pa.Table) -> Audiences:
    """Return the audiences of a night among the customers of some profiles."""
    feeds: dict[str, Any] = {}

    def look(source: Source, name: str) -> pa.Table:
        columns = ("customer_id", name)
        if source == "features":
            return features.load(night.home, night.as_of, columns=columns)
        if source == "tags":
            return insight.load_tags(night.home, night.as_of, columns=columns)
        if not feeds:
            feeds.update(feeds_of_night(night))
        return usable(night, scoring.load(night.home, night.as_of, columns=columns), name, feeds)

    return Audiences(profiles=profiles, look=look)


def members(strategies: Sequence[Running], audiences: Audiences) -> list[frozenset[str]]:
    """Return the customers whom each strategy is for, in the strategies' order."""
    return [audiences.of(one.document.audience) for one in strategies]


def answers(strategy: Running, lead: LeadView) -> bool:
    """Say whether a lead is one for a strategy: of a trigger of its, or of its own schedule."""
    if lead.trigger == SCHEDULED:
        return strategy.document.schedule is not None and lead.evidence[OWNER] == strategy.strategy_id
    return lead.trigger in strategy.document.triggers


def _is_in(cells: Cells, names: Sequence[str]) -> Mask:
    return true_of(compute.is_in(compute.cast(cells, pa.string()), value_set=pa.array(names, pa.string())))


def _is_outside(cells: Cells, rule: TagRule) -> Mask:
    return true_of(compute.is_valid(cells)) & ~_is_in(cells, rule.states)


def _within(cells: Cells, rule: FeatureRule | ScoreRule) -> Mask:
    """Say which cells lie between a rule's ends, of which it has one at least; null and NaN lie nowhere."""
    numbers = compute.cast(cells, pa.float64())
    holds = np.ones(len(numbers), dtype=np.bool_)
    if rule.at_least is not None:
        holds &= true_of(compute.greater_equal(numbers, rule.at_least))
    if rule.at_most is not None:
        holds &= true_of(compute.less_equal(numbers, rule.at_most))
    return holds
