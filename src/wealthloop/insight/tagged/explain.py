"""Why a customer's tags are what they are, in both languages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from wealthloop.insight.facts import FactWords, fact_words
from wealthloop.insight.machines import Comparison, Definition, holds
from wealthloop.insight.provenance import Around, sourced
from wealthloop.insight.tagged.definitions import DEFINITIONS
from wealthloop.insight.tagged.table import fact_column, versions_of
from wealthloop.insight.tagged.types import Check, Explained, Move, Waiting
from wealthloop.insight.types import Words
from wealthloop.insight.written import filled

Facts = dict[str, float | str | None]

_OTHER_VERSION: Final = Words(
    zh="由另一版定义得出，其文本不在手边", en="made with another version of the definition, whose text is not at hand"
)
_CAME: Final = Words(zh="没有一条转移成立，停在起点", en="no transition held: where everybody starts")


def explained(
    table: pa.Table,
    around: Around,
    *,
    moves: Sequence[Mapping[str, Any]] = (),
    definitions: Mapping[str, Definition] = DEFINITIONS,
) -> tuple[Explained, ...]:
    """Explain every tag of a customer.

    Args:
        table: one row of ``tag_table``.
        around: what the provenance of values has in common.
        moves: the customer's transitions (``moves_of``), newest first.
        definitions: by tag; what was made with another version is named so and not explained further.
    """
    row = table.to_pylist()[0]
    made = versions_of(table)
    return tuple(
        _explained(definitions[tag], row, made[tag], around, [one for one in moves if one["tag"] == tag])
        for tag in definitions
        if tag in made
    )


def _explained(
    definition: Definition,
    row: Mapping[str, Any],
    made: tuple[int, str],
    around: Around,
    moves: Sequence[Mapping[str, Any]],
) -> Explained:
    tag, ours = definition.tag, made == (definition.version, definition.digest)
    words = {name: fact_words(source) for name, source in definition.facts.items()}
    facts: Facts = {name: row.get(fact_column(tag, name)) for name in definition.facts}
    value, by = row[tag], row[f"{tag}.by"] if ours else -1
    return Explained(
        tag=tag,
        title=Words(zh=definition.title.zh, en=definition.title.en),
        value=value,
        words=_state(definition, value),
        since=row[f"{tag}.since"],
        version=made[0],
        digest=made[1],
        why=_why(definition, by, facts, words) if ours else _OTHER_VERSION,
        checks=tuple(_check(definition, one, facts) for one in definition.transitions[by].when) if by >= 0 else (),
        facts=tuple(
            sourced(
                name, facts[name], words=Words(zh=told.zh, en=told.en), unit=told.unit, made_by=told.made_by,
                sources=told.sources, around=around,
            )
            for name, told in words.items()
        ),
        waiting=_waiting(definition, row, facts, words) if ours else None,
        moves=tuple(_move(definition, one, words) for one in moves),
    )  # fmt: skip


def _state(definition: Definition, name: str) -> Words:
    if name not in definition.places:
        return Words(zh=name, en=name)
    state = definition.state(name)
    return Words(zh=state.zh, en=state.en)


def _why(definition: Definition, by: int, facts: Facts, words: Mapping[str, FactWords]) -> Words:
    if by < 0:
        return _CAME
    units = {name: told.unit for name, told in words.items()}
    return filled(definition.transitions[by].why, definition, facts, units)


def _check(definition: Definition, one: Comparison, facts: Facts) -> Check:
    value = facts[one.fact]
    bound = definition.number(one.bound)
    text = bool(one.is_in) or isinstance(value, str)
    fact = pa.array([value], pa.string()) if text else np.array([np.nan if value is None else value], np.float64)
    threshold: float | str | bool | None = bound if one.bound is not None else one.known
    return Check(
        fact=one.fact,
        value=_finite(value),
        operator=one.operator,
        threshold=", ".join(one.is_in) if one.is_in else threshold,
        threshold_name=one.bound if isinstance(one.bound, str) else None,
        holds=bool(holds(one, {one.fact: fact}, bound, 1)[0]),
    )


def _waiting(
    definition: Definition, row: Mapping[str, Any], facts: Facts, words: Mapping[str, FactWords]
) -> Waiting | None:
    run, state = row[f"{definition.tag}.waiting"], row[definition.tag]
    out = [one for one in definition.transitions if one.patience > 1 and state in one.start]
    if not run or not out or definition.waiting is None:
        return None
    patience = out[0].patience
    text = definition.waiting
    told = text.model_copy(
        update={
            "zh": text.zh.replace("{run}", str(run)).replace("{patience}", str(patience)),
            "en": text.en.replace("{run}", str(run)).replace("{patience}", str(patience)),
        }
    )
    units = {name: one.unit for name, one in words.items()}
    return Waiting(run=run, patience=patience, words=filled(told, definition, facts, units))


def _move(definition: Definition, row: Mapping[str, Any], words: Mapping[str, FactWords]) -> Move:
    facts: Facts = json.loads(row["facts"])
    ours = (row["version"], row["digest"]) == (definition.version, definition.digest)
    known = {name: facts.get(name) for name in definition.facts}
    return Move(
        on=row["on"],
        tag=row["tag"],
        before=row["from"],
        after=row["to"],
        version=row["version"],
        digest=row["digest"],
        redefined=row["redefined"],
        why=_why(definition, row["by"], known, words) if ours else _OTHER_VERSION,
        facts=facts,
    )


def _finite(value: float | str | None) -> float | str | None:
    return value if not isinstance(value, float) or np.isfinite(value) else None
