"""The life of a strategy version on a page."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """One signature that a version needs; ``person`` is empty while it is missing."""

    name: str
    person: str
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step that the reader may take now."""

    name: str
    says: str
    needs_reason: bool
    is_next: bool
    """It is what the version waits for."""
    may_need_reason: bool = False
    """A reason is needed where the test is under-powered."""
    concludes: str = ""
    """The version, ``id/vN``, whose test it concludes as won with it; empty for most."""
    verdicts: tuple[tuple[str, str], ...] = ()
    """Code and word of each verdict, where the step gives one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeLine:
    """Where a version stands: signatures, whose turn, verdict, and what the reader may do."""

    signatures: tuple[SignatureLine, ...]
    turn: str
    """Whose turn, in a sentence; empty where it is nobody's."""
    due: str
    """Why its end has come; empty while it has not."""
    verdict: str
    verdict_note: str
    """Who concluded it and when."""
    reason: str
    steps: tuple[StepLine, ...]
