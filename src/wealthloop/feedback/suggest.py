"""What codes suggest for the next version of a document: edits with their evidence; a person decides on each."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any, Final, Literal, TypeAlias

from scipy.stats import binomtest

from wealthloop.delivery.content import Bilingual
from wealthloop.feedback.said import Reached, Said, reached_of, said
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.parts import OwnCap
from wealthloop.strategies.repository import held_in, version_row

LEAST_CARDS: Final = 20
"""Reached cards below which nothing is suggested."""
_LONGEST_WAIT: Final = 30
"""Days that a step of a channel plan may wait."""
_SPARED: Final = OwnCap(channels=("rm", "remote_agent"), count=1, days=90)

Kind = Literal[
    "drop_category", "prefer_alternative", "drop_trigger", "wait_longer", "call_less", "write_anew", "look_at"
]

Of: TypeAlias = Literal["category", "trigger", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One place of a document and what should stand there."""

    path: tuple[str | int, ...]
    value: Any
    """JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What might be changed, why, and how the document would read."""

    kind: Kind
    subject: str
    """The category or trigger that it is about; empty for the whole strategy."""
    words: Bilingual
    codes: tuple[str, ...]
    """The codes that speak for it."""
    cards: int
    """Reached cards."""
    blamed: int
    """Of these, cards of which one of the codes was said."""
    share: float
    low: float
    high: float
    """95 % interval of the share (Wilson)."""
    edits: tuple[Edit, ...]
    """Empty where only a person can write what should stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Something that codes blame, how common it must surely be, and what is done about it."""

    codes: tuple[str, ...]
    by: Of
    least: float
    """The lower end of the interval must reach it."""
    propose: Callable[[Strategy, str, Sequence[Said]], "_Proposal | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    kind: Kind
    zh: str
    en: str
    edits: tuple[Edit, ...] = ()


def suggestions(
    strategy_id: str, version: int, *, before: datetime, category_of: Mapping[str, str]
) -> list[Suggestion]:
    """Return what the feedback on a version suggests for the next one, the surest fault first.

    Args:
        strategy_id: the strategy.
        version: the version whose cards are read.
        before: feedback up to this instant.
        category_of: each product's category.

    Raises:
        NotFound: no such version.
    """
    document, _ = held_in(version_row(strategy_id, version))
    sayings = said(before=before, strategy_id=strategy_id, version=version)
    reached = reached_of(strategy_id, version, before=before)
    found = [
        one
        for fault in _FAULTS
        for subject, cards in sorted(_by(fault.by, reached, category_of).items())
        if (one := _suggested(fault, subject, cards, sayings, document)) is not None
    ]
    return sorted(found, key=lambda one: (-one.low, one.kind, one.subject))


def drafted(document: Strategy, chosen: Sequence[Suggestion]) -> Strategy:
    """Return the document with the edits of some suggestions made, for a person to go on with."""
    content = document.model_dump(mode="json")
    for edit in (edit for one in chosen for edit in one.edits):
        place: Any = content
        for step in edit.path[:-1]:
            place = place[step]
        place[edit.path[-1]] = edit.value
    return Strategy.model_validate(content)


def _by(by: Of, reached: Sequence[Reached], category_of: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the cards by what a fault is about."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for card in reached:
        subjects = {"category": category_of.get(card.product_id), "trigger": card.trigger, "": ""}
        subject = subjects[by]
        if subject is not None:
            found[subject].add(card.card_id)
    return found


def _suggested(
    fault: _Fault, subject: str, cards: set[str], sayings: Sequence[Said], document: Strategy
) -> Suggestion | None:
    if len(cards) < LEAST_CARDS:
        return None
    blaming = [one for one in sayings if one.card_id in cards and one.code in fault.codes]
    blamed = len({one.card_id for one in blaming})
    ends = binomtest(blamed, len(cards)).proportion_ci(method="wilson")
    proposal = fault.propose(document, subject, blaming) if float(ends.low) >= fault.least else None
    if proposal is None:
        return None
    return Suggestion(
        kind=proposal.kind, subject=subject, words=Bilingual(zh=proposal.zh, en=proposal.en),
        codes=tuple(code for code in fault.codes if any(one.code == code for one in blaming)),
        cards=len(cards), blamed=blamed, share=blamed / len(cards), low=float(ends.low), high=float(ends.high),
        edits=proposal.edits,
    )  # fmt: skip


def _wrong_category(document: Strategy, category: str, blaming: Sequence[Said]) -> _Proposal | None:  # noqa: ARG001
    offer = document.offer
    kept = [one for one in offer.categories if one != category]
    alternatives = [one for one in offer.alternatives if one != category]
    if category not in offer.all_categories:
        return None
    edits: tuple[Edit, ...]
    if category in offer.alternatives:
        edits = (Edit(path=("offer", "alternatives"), value=alternatives),)
    elif kept:
        edits = (Edit(path=("offer", "categories"), value=kept),)
    elif alternatives:
        first, rest = alternatives[:1], alternatives[1:]
        edits = (Edit(path=("offer", "categories"), value=first), Edit(path=("offer", "alternatives"), value=rest))
        zh, en = f"改以 {first[0]} 为首选，不再提供 {category}", f"offer {first[0]} first and {category} no more"
        return _Proposal(kind="prefer_alternative", zh=zh, en=en, edits=edits)
    else:
        return _Proposal(
            kind="look_at",
            zh=f"{category} 常被称不合适，且无备选",
            en=f"{category} is often wrong and has no alternative",
        )
    return _Proposal(kind="drop_category", zh=f"不再提供 {category}", en=f"offer {category} no more", edits=edits)


def _wrong_moment(document: Strategy, trigger: str, blaming: Sequence[Said]) -> _Proposal | None:
    """Let the person's step wait longer where it has a step before it; else answer the trigger no more."""
    place = next((i for i, step in enumerate(document.channels) if step.channel in ("rm", "remote_agent")), 0)
    asked = [(one.not_before - one.sent_on).days for one in blaming if one.not_before is not None]
    if place and asked:
        wait = min(_LONGEST_WAIT, document.channels[place].wait_days + ceil(median(asked)))
        if wait > document.channels[place].wait_days:
            edit = Edit(path=("channels", place, "wait_days"), value=wait)
            return _Proposal(
                kind="wait_longer", zh=f"人员联系改为等待 {wait} 天", en=f"let people wait {wait} days", edits=(edit,)
            )
    if trigger not in document.triggers or len(document.occasions) == 1:
        return _Proposal(kind="look_at", zh="联系时机常被称不对", en="the moment is often wrong")
    edits = (
        Edit(path=("triggers",), value=[one for one in document.triggers if one != trigger]),
        *(
            Edit(path=("card", name, "why_now"), value={k: v for k, v in script.why_now.items() if k != trigger})
            for name, script in (("zh", document.card.zh), ("en", document.card.en))
        ),
    )
    return _Proposal(kind="drop_trigger", zh=f"不再响应 {trigger}", en=f"answer {trigger} no more", edits=edits)


def _stale_trigger(document: Strategy, trigger: str, blaming: Sequence[Said]) -> _Proposal:  # noqa: ARG001
    return _Proposal(
        kind="look_at", zh=f"{trigger} 的客户常已办理：线索到得太晚或对象过宽",
        en=f"customers of {trigger} have often done it already: leads come too late, or to too many",
    )  # fmt: skip


def _too_often(document: Strategy, subject: str, blaming: Sequence[Said]) -> _Proposal | None:  # noqa: ARG001
    if _SPARED in document.caps:
        return None
    caps = [cap.model_dump(mode="json") for cap in (*document.caps, _SPARED)]
    return _Proposal(
        kind="call_less", zh="人员 90 天内至多联系一次", en="at most one call by a person in 90 days",
        edits=(Edit(path=("caps",), value=caps),),
    )  # fmt: skip


def _bad_words(document: Strategy, subject: str, blaming: Sequence[Said]) -> _Proposal:  # noqa: ARG001
    return _Proposal(kind="write_anew", zh="重写话术", en="write the talk track anew")


_FAULTS: Final = (
    _Fault(
        codes=("wrong_product", "too_risky", "return_too_low", "term_too_long"), by="category", least=0.25,
        propose=_wrong_category,
    ),
    _Fault(codes=("wrong_timing", "money_bound"), by="trigger", least=0.25, propose=_wrong_moment),
    _Fault(codes=("already_here", "already_elsewhere"), by="trigger", least=0.25, propose=_stale_trigger),
    _Fault(codes=("wrong_words",), by="", least=0.10, propose=_bad_words),
    _Fault(codes=("customer_angry",), by="", least=0.02, propose=_too_often),
)  # fmt: skip
