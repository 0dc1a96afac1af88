"""The review of a week or a month on a page."""

from dataclasses import dataclass

from wealthloop.reports.packtext import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmPage:
    """A pack in the reader's words; none before the first night."""

    kind: str
    heading: str
    sections: tuple[Section, ...]
