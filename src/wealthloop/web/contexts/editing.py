"""The page on which a strategy's document is edited."""

from dataclasses import dataclass

from wealthloop.strategies.parts import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class PartField:
    """One part of the document as YAML; ``faults`` are (path, what is wrong)."""

    name: str
    says: str
    text: str
    rows: int
    faults: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One difference from the version that is edited, values as they stand in a document."""

    path: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage:
    """The parts of a document, and what checking them has found."""

    strategy_id: str
    version: int
    name: Words
    parts: tuple[PartField, ...]
    faults: tuple[tuple[str, str], ...]
    """Of no single part."""
    changes: tuple[ChangeLine, ...]
    seen: str
    """Digest of the content that was checked and differs; empty: nothing can be handed in."""
    newest: int
    """The strategy's newest version when the page was made."""
    told: str
