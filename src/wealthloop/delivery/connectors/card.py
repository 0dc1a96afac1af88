"""The RM channel: a strategy card on a desk. The acceptance is the card's row itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wealthloop.delivery.connectors.base import Acceptance, Guarantee, Message, ProviderReceipt
from wealthloop.delivery.content import CardContent
from wealthloop.delivery.models import Card
from wealthloop.delivery.sequence import next_sequence
from wealthloop.errors import Refused
from wealthloop.kit import day_of


class CardConnector:
    """Lays cards on desks; called inside the transaction that marks the intent sent."""

    name = "card"
    channels = frozenset({"rm"})
    guarantee = Guarantee.IDEMPOTENT_KEY
    real = False
    in_state = True
    settles = timedelta(0)

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def send(self, message: Message) -> Acceptance:
        """Make the card, once a key.

        Raises:
            Refused: the message names nobody at whose desk the card would lie.
        """
        if not message.staff_id:
            raise Refused("no_staff")
        content = CardContent.model_validate(dict(message.content))
        Card.objects.get_or_create(
            intent_id=message.key,
            defaults={
                "sequence": next_sequence(),
                "customer_id": message.customer_id,
                "staff_id": message.staff_id,
                "content": dict(message.content),
                "created_at": message.at,
                "sent_on": day_of(message.at, self._zone),
                "expires_on": content.expires_on,
                "rank": content.value.mean if content.value else 0,
            },
        )
        return _acceptance(message.key)

    def query(self, key: str) -> Acceptance | None:
        """Return the acceptance of a key whose card lies on a desk."""
        return _acceptance(key) if Card.objects.filter(pk=key).exists() else None

    def receipts(self, now: datetime) -> Sequence[ProviderReceipt]:  # noqa: ARG002 - the protocol's argument
        """Return nothing: what becomes of a card stands in its events."""
        return []

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Do nothing: there are no receipts."""


def _acceptance(key: str) -> Acceptance:
    return Acceptance(provider_ref=f"card-{key}")
