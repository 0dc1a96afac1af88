"""The registry, and the fake provider's promises."""

from pathlib import Path

import pytest

from tests.delivery.makers import NOW, Provider
from wealthloop.bank.contract import CHANNELS
from wealthloop.delivery.connectors import FakeConnector, Faults, Guarantee, Message, by_channel, shipped
from wealthloop.errors import InvalidInput, NotAllowed, OutcomeUnknown, Refused
from wealthloop.kit import Home


def message(key: str = "k1", channel: str = "sms") -> Message:
    return Message(key=key, channel=channel, customer_id="C1", staff_id="", content={}, at=NOW)


def test_the_shipped_connectors_serve_every_channel_of_the_contract(home: Home) -> None:
    served = by_channel(home, shipped(home))
    assert set(served) == set(CHANNELS)
    assert served["rm"].name == "card"
    assert {served[channel].name for channel in CHANNELS if channel != "rm"} == {"fake"}


@pytest.mark.parametrize("kind", ["simulated", "demonstration"])
def test_a_home_of_no_real_bank_can_have_no_real_connector(home: Home, kind: str) -> None:
    with pytest.raises(NotAllowed, match=f"a {kind} home may not"):
        by_channel(home.with_kind(kind), [Provider(real=True)])  # type: ignore[arg-type]


def test_a_real_bank_can(home: Home) -> None:
    assert by_channel(home.with_kind("bank"), [Provider(real=True)])["sms"].real


def test_a_channel_is_served_by_one_connector_and_known(home: Home) -> None:
    with pytest.raises(InvalidInput, match="channel sms: provider and other both serve it"):
        by_channel(home, [Provider(), Provider(name="other")])
    with pytest.raises(InvalidInput, match="channel == pigeon"):
        by_channel(home, [Provider(channels=frozenset({"pigeon"}))])


def test_the_fake_accepts_an_idempotent_key_once(tmp_path: Path) -> None:
    fake = FakeConnector(tmp_path / "fake.sqlite3")
    assert fake.send(message()) == fake.send(message()) == fake.query("k1")
    assert len(fake.accepted()) == 1


@pytest.mark.parametrize("guarantee", [Guarantee.QUERYABLE, Guarantee.NEITHER])
def test_the_fake_accepts_twice_where_it_promises_less(tmp_path: Path, guarantee: Guarantee) -> None:
    fake = FakeConnector(tmp_path / "fake.sqlite3", guarantee=guarantee)
    assert fake.send(message()) != fake.send(message())
    assert len(fake.accepted()) == 2


def test_the_fakes_book_outlives_its_process(tmp_path: Path) -> None:
    accepted = FakeConnector(tmp_path / "fake.sqlite3").send(message())
    assert FakeConnector(tmp_path / "fake.sqlite3").query("k1") == accepted
    assert FakeConnector(tmp_path / "fake.sqlite3").query("k2") is None


def test_the_fakes_references_are_the_same_in_every_book(tmp_path: Path) -> None:
    first, second = (FakeConnector(tmp_path / name).send(message()) for name in ("a", "b"))
    assert first == second


def test_the_fake_fails_the_first_call_as_it_is_told(tmp_path: Path) -> None:
    refusing = FakeConnector(tmp_path / "r", faults=Faults(refused=1.0))
    with pytest.raises(Refused):
        refusing.send(message())
    before = FakeConnector(tmp_path / "b", faults=Faults(lost_before=1.0))
    after = FakeConnector(tmp_path / "a", faults=Faults(lost_after=1.0))
    for fake, arrived in ((before, 0), (after, 1)):
        with pytest.raises(OutcomeUnknown):
            fake.send(message())
        assert len(fake.accepted()) == arrived
        fake.send(message())
        assert len(fake.accepted()) == 1


def test_the_fake_fails_the_drawn_share_of_keys(tmp_path: Path) -> None:
    fake = FakeConnector(tmp_path / "f", faults=Faults(refused=0.5))
    refused = 0
    for i in range(60):
        try:
            fake.send(message(f"k{i}"))
        except Refused:
            refused += 1
    assert refused == 60 - len(fake.accepted())
    assert 18 <= refused <= 42
