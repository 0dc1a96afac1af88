"""A data file of a source."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A data file of a source."""

    name: str
    """The path within the source, with forward slashes."""
    path: Path

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet, else text."""
        return self.path.suffix.lower() == ".parquet"
