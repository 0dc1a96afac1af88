"""What stands on a strategy card or in a message, as typed values; sentences come in both languages."""

from datetime import date, time

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(_Value):
    """A sentence for people."""

    zh: str
    en: str


class Sourced(_Value):
    """A sentence and where it comes from (``trigger:deposit_maturing``, ``model:...``, ``strategy:...``)."""

    text: Bilingual
    source: str


class Offer(_Value):
    """A product as it may be named to the customer."""

    product_id: str
    name: str
    category: str
    rating: str | None


class Estimate(_Value):
    """An estimated amount in fen with its interval."""

    mean: int
    low: int
    high: int


class VerdictLine(_Value):
    """One thing that is or is not allowed, by which rule."""

    allowed: bool
    subject: Bilingual
    rule_id: str
    reason: Bilingual


class Benefit(_Value):
    """A benefit that goes with the offer; cost in fen."""

    name: str
    unit_cost: int
    stock: int | None


class Activity(_Value):
    """An activity to which the customer is invited; day and time of day are the bank's."""

    name: str
    kind: str | None
    on: date
    begins: time
    place: str | None
    """The branch where it is held; None: not at a branch."""


class CardContent(_Value):
    """A strategy card. Money is in fen; None means not known, and ``missing`` says why."""

    masked_name: str
    tier: str
    lifecycle: str
    life_stage: str
    risk_level: str | None
    risk_valid_until: date | None
    trigger: str
    strategy_id: str
    strategy_name: Bilingual
    why_now: tuple[Sourced, ...]
    offer: Offer | None
    alternatives: tuple[Offer, ...]
    action: Bilingual
    value: Estimate | None
    p_contact: float | None
    p_no_contact: float | None
    available_now: int | None
    available_7d: int | None
    available_30d: int | None
    overdraft_room: int | None
    verdicts: tuple[VerdictLine, ...]
    talk_track: Bilingual
    do_not_say: Bilingual
    benefit: Benefit | None
    activity: Activity | None = None
    expires_on: date
    contactable: bool
    demonstration: bool
    missing: tuple[Bilingual, ...]


class MessageContent(_Value):
    """What leaves through a machine channel, with everything that the channel's law asks for."""

    channel: str
    strategy_id: str
    trigger: str
    text: Bilingual
    """The very words, sender and opt-out included."""
    sender: str
    expires_on: date

    @property
    def texts(self) -> tuple[str, str]:
        """The words in each language, for the policies to read."""
        return self.text.zh, self.text.en
