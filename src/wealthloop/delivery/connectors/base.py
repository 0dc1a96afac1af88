"""What a connector is, and what it promises about a call whose answer never came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class Guarantee(StrEnum):
    """What can be done about a call whose outcome is not known."""

    IDEMPOTENT_KEY = "idempotent_key"
    """The same call may be made again: the provider accepts a key once."""
    QUERYABLE = "queryable"
    """The provider can be asked whether it accepted a key."""
    NEITHER = "neither"
    """Nothing: the outcome stays unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one customer; ``key`` is the intent's id."""

    key: str
    channel: str
    customer_id: str
    staff_id: str
    content: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The provider has taken the message over; at most 64 characters of reference."""

    provider_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReceipt:
    """What the provider says later; ``number`` is its own, for the acknowledgement."""

    number: int
    provider_ref: str
    kind: str
    at: datetime


class Connector(Protocol):
    """Sends messages of some channels through one provider."""

    @property
    def name(self) -> str:
        """The provider's name."""
        ...

    @property
    def channels(self) -> frozenset[str]:
        """The channels that it serves."""
        ...

    @property
    def guarantee(self) -> Guarantee:
        """What it promises about a call without an answer."""
        ...

    @property
    def real(self) -> bool:
        """Whether its messages reach real people."""
        ...

    @property
    def in_state(self) -> bool:
        """Whether an acceptance is a row of the state plane, written with the mark in one transaction."""
        ...

    @property
    def settles(self) -> timedelta:
        """How long after a call a query may still miss it."""
        ...

    def send(self, message: Message) -> Acceptance:
        """Hand a message over.

        Raises:
            Refused: the provider answered no, nothing was sent.
            OutcomeUnknown: no answer came.
        """
        ...

    def query(self, key: str) -> Acceptance | None:
        """Return the acceptance of a key, or None if there is none; only asked where ``queryable``."""
        ...

    def receipts(self, now: datetime) -> Sequence[ProviderReceipt]:
        """Return the receipts up to ``now`` that were not acknowledged, in order of their numbers."""
        ...

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Tell the provider that these receipts have been kept."""
        ...
