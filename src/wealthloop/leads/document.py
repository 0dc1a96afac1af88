"""The document of an event rule: its words, its condition, how long a find lives, who scores it."""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Annotated, Final, Self, TypeAlias

from pydantic import Field, model_validator

from wealthloop.leads.conditions import Condition, StateCondition, StepCondition
from wealthloop.leads.parts import Comparison, Part, refuse_columns
from wealthloop.leads.sources import JOINED, known_source, sources_of
from wealthloop.scoring import SPECS

Sentence: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Source: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
"""Where a value comes from: what the condition gives, a column of its row, ``customer.`` and a column."""

_MODELS: Final = frozenset(spec.model_id for spec in SPECS)


class Words(Part):
    """A short text in both languages."""

    zh: Sentence
    en: Sentence


class Rule(Part):
    """A moment in a customer's life with the bank that is worth a conversation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z_]{2,31}$")]
    title: Words
    sentence: Words
    """What happened, with the evidence's keys in braces."""
    priority: Annotated[int, Field(ge=1, le=100)]
    """The higher the sooner a person should know; leads are listed by it."""
    lives_days: Annotated[int, Field(ge=1, le=120)]
    """Days from the day of the event to the day on which the lead expires, where no date of the event ends it."""
    expires: Source | None = None
    """The date on which the lead expires, among the condition's sources."""
    cool_down_days: Annotated[int, Field(ge=0, le=366)] = 0
    """Days of event time: an occurrence counts only where none was in so many days before it. Of a state: the length
    of the period in which each customer has one turn, on days spread by hash."""
    needs: tuple[str, ...] = ()
    """The declared models that score customers for this moment."""
    customer: tuple[Comparison, ...] = ()
    """What must hold for the customer's profile and features besides."""
    when: Condition = Field(discriminator="kind")
    key: tuple[Source, ...] = Field(min_length=1)
    """Sources that name the occurrence: found again on a later night it has the same."""
    evidence: dict[Key, Source | int] = Field(min_length=1)
    """What the lead carries: key and where its value comes from, or a number that the rule itself sets. The unit is in
    the key: ``_fen``, ``_on`` (ISO day), ``_pct``."""
    may_lack: tuple[Key, ...] = ()
    """Keys that are left out where their value is not known; for the want of any other there is no event."""

    @property
    def zh(self) -> str:
        """The title in Chinese."""
        return self.title.zh

    @property
    def en(self) -> str:
        """The title in English."""
        return self.title.en

    @property
    def sources(self) -> Mapping[str, str]:
        """The evidence that is looked up, by key."""
        return {key: source for key, source in self.evidence.items() if isinstance(source, str)}

    @property
    def certain(self) -> frozenset[str]:
        """The keys of the evidence that every event has."""
        return frozenset(self.evidence) - frozenset(self.may_lack)

    @property
    def tables(self) -> frozenset[str]:
        """The bank's tables from which events and their evidence are read."""
        named = (*self.sources.values(), *self.key)
        joined = {JOINED[source.split(".")[0]].table for source in named if source.split(".")[0] in JOINED}
        return self.when.tables | joined

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse_columns(self.customer, None, path="customer")
        faults = [*self._unknown_models(), *self._unknown_sources(), *self._unknown_words(), *self._wrong_period()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unknown_models(self) -> Iterator[str]:
        for place, model in enumerate(self.needs):
            if model not in _MODELS:
                yield f"needs.{place}: {model} is not declared, must be one of {', '.join(sorted(_MODELS))}"

    def _unknown_sources(self) -> Iterator[str]:
        named = [(f"key.{place}", source) for place, source in enumerate(self.key)]
        named += [(f"evidence.{key}", source) for key, source in self.sources.items()]
        named += [("expires", self.expires)] if self.expires else []
        for path, source in named:
            table, more = self.when.source_table, self.when.more_sources
            if not known_source(source, kind=self.when.kind, table=table, more=more):
                said = ", ".join(sources_of(self.when.kind, more))
                yield f"{path}: {source} is not known of a {self.when.kind}, it has {said} and columns"

    def _unknown_words(self) -> Iterator[str]:
        for language, text in (("zh", self.sentence.zh), ("en", self.sentence.en)):
            named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            for name in sorted(named - self.certain):
                yield f"sentence.{language}: {{{name}}} is no key of the evidence that every event has"

    def _wrong_period(self) -> Iterator[str]:
        if isinstance(self.when, StepCondition) and self.cool_down_days:
            yield "cool_down_days: a step is known by its value, put the value into the key instead"
        if isinstance(self.when, StateCondition) and self.when.table is not None and self.cool_down_days:
            yield "cool_down_days: a state of rows is known by its key, put the month into it instead"
