"""Customers whom no relationship manager holds: who has a lead, who was contacted, whom only a person may serve."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.leads.repository import LeadView
from wealthloop.loop.types import Night
from wealthloop.rehearsal.considered import considered
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import before_night
from wealthloop.strategies.life import Running, running

_PEOPLE: Final = frozenset({"rm", "remote_agent"})
_SOMEBODY: Final = "somebody"
"""Stands for a relationship manager, so that the rules are asked of that channel too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheld:
    """Customers without a relationship manager."""

    customers: int
    with_lead: int
    """Of them, those with a lead that stood in these nights."""
    contacted: int
    """Of those with a lead, whoever was contacted."""
    through: Mapping[str, int]
    """Contacted, by channel."""
    only_person: int
    """Got nothing, and by the rules and the strategies' channels a person alone may serve them."""
    only_manager: int
    """Of these, whom even a remote seat may not serve: a relationship manager might, and they have none."""
    nobody: int
    """Got nothing, and no channel of a running strategy may serve them."""

    @property
    def other(self) -> int:
        """Got nothing though a machine may serve them: their turn has not come, or others were worth more."""
        return self.with_lead - self.contacted - self.only_person - self.nobody


def channels_open(
    home: Home, bank: BankTables, engine: Engine, leads: Sequence[LeadView], *, as_of: date
) -> dict[str, frozenset[str]]:
    """Return by customer of some leads the channels that rules and strategies allow, as if each had a manager.

    As the night of a day was before it planned; nothing is written. A customer without an allowed channel is left out.
    """
    strategies = running(as_of)
    with night_at(home, bank, engine, as_of=as_of) as night:
        return _open(night, leads, strategies)


def _open(night: Night, leads: Sequence[LeadView], strategies: Sequence[Running]) -> dict[str, frozenset[str]]:
    around = before_night(night, (lead.customer_id for lead in leads), strategies)
    profiles = {name: {**row, "staff_id": row["staff_id"] or _SOMEBODY} for name, row in around.profiles.items()}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for several in considered(night, leads, strategies, replace(around, profiles=profiles)):
        found[several[0].lead.customer_id].update(one.channel for one in several if one.allowed is not None)
    return {customer: frozenset(channels) for customer, channels in found.items() if channels}


def unheld(
    customers: int, with_lead: Collection[str], contacted: Collection[str], through: Mapping[str, int],
    channels: Mapping[str, frozenset[str]],
) -> Unheld:  # fmt: skip
    """Count customers without a manager.

    Args:
        customers: how many there are.
        with_lead: those with a lead.
        contacted: those who were contacted.
        through: contacted, by channel.
        channels: what may serve those who got nothing; who is not named may be served by nobody.
    """
    missed = set(with_lead) - set(contacted)
    by_people = [channels[one] for one in missed if one in channels and channels[one] <= _PEOPLE]
    return Unheld(
        customers=customers, with_lead=len(with_lead), contacted=len(set(with_lead) & set(contacted)), through=through,
        only_person=len(by_people), only_manager=sum("remote_agent" not in one for one in by_people),
        nobody=sum(one not in channels for one in missed),
    )  # fmt: skip
