"""What grows of the strategies: proposals, the family tree, the unserved, the stars."""

from dataclasses import dataclass

from wealthloop.strategies.parts import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisker:
    """An effect with its interval on the scale of the page, 0 to 100, and in words."""

    low: float
    point: float
    high: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """One proposal that waits for a decision."""

    proposal_id: str
    kind: str
    strategy_id: str
    name: Words | None
    about: str
    facts: tuple[tuple[str, str], ...]
    """What it rests on: name and figure."""
    proposed_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLine:
    """One strategy in the tree."""

    strategy_id: str
    depth: int
    name: Words
    credit: str | None
    state: str
    verdict: str
    expected: str
    confirmed: Whisker | None
    shown: Whisker | None
    test: str
    """Its place in the stream of tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnservedLine:
    """A group of customers whom nothing serves."""

    tier: str
    lifecycle: str
    life_stage: str
    unserved: int
    share: float
    aum: int
    low_scores: str
    """In words: small counts are not told (I19)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarLine:
    """A manager whose play may be worth a strategy."""

    staff_id: str
    strategy_id: str
    trigger: str
    worked: int
    won: int
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPage:
    """Everything that grows."""

    proposals: tuple[ProposalLine, ...]
    nodes: tuple[NodeLine, ...]
    zero: float
    """Where no effect lies on the scale, 0 to 100."""
    unserved: tuple[UnservedLine, ...]
    stars: tuple[StarLine, ...]
    confirmed: int
    level: float
    """The risk that the stream allows the next test."""
    may_decide: bool
    told: str
