"""Which connector serves which channel of a home."""

from collections.abc import Mapping, Sequence

from wealthloop.bank.contract import CHANNELS
from wealthloop.delivery.connectors.base import Connector
from wealthloop.delivery.connectors.card import CardConnector
from wealthloop.delivery.connectors.fake import FakeConnector
from wealthloop.errors import InvalidInput, NotAllowed
from wealthloop.kit import Home


def shipped(home: Home) -> tuple[Connector, ...]:
    """Return the connectors that come with Wealthloop: cards for RMs, the fake for every machine channel."""
    return CardConnector(home.zone), FakeConnector(home.root / "fake_provider.sqlite3")


def by_channel(home: Home, connectors: Sequence[Connector]) -> Mapping[str, Connector]:
    """Return the connector of each channel.

    Raises:
        NotAllowed: a connector reaches real people and the home is simulated or a demonstration.
        InvalidInput: a channel is unknown, or two connectors serve it.
    """
    found: dict[str, Connector] = {}
    for connector in connectors:
        if connector.real and not home.allows_real_connectors:
            raise NotAllowed(f"connector {connector.name} reaches real people, a {home.settings.kind} home may not")
        for channel in sorted(connector.channels):
            if channel not in CHANNELS:
                raise InvalidInput(f"channel == {channel} of connector {connector.name}, must be one of {CHANNELS}")
            if channel in found:
                raise InvalidInput(f"channel {channel}: {found[channel].name} and {connector.name} both serve it")
            found[channel] = connector
    return found
