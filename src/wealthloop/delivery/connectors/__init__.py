"""One file a channel provider, behind one protocol; only the outbox imports this package."""

from wealthloop.delivery.connectors.base import Acceptance, Connector, Guarantee, Message, ProviderReceipt
from wealthloop.delivery.connectors.card import CardConnector
from wealthloop.delivery.connectors.fake import FakeConnector, Faults
from wealthloop.delivery.connectors.registry import by_channel, shipped

__all__ = [
    "Acceptance",
    "CardConnector",
    "Connector",
    "FakeConnector",
    "Faults",
    "Guarantee",
    "Message",
    "ProviderReceipt",
    "by_channel",
    "shipped",
]
