"""Arrays that go into a world and come out of it: what a policy wants, what happened, what the bank can see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.sandbox.draws import Floats, Ints, Mask

Texts: TypeAlias = NDArray[Any]
"""Texts or None, an array of objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What a policy wants done today; arrays have shape (n_actions,)."""

    customer: Ints
    """Index."""
    channel: Ints
    """Index into CHANNELS."""
    product: Ints
    """Index into the world's products, -1 for none."""
    rank: Floats
    """Order on a desk, lowest first; read for rm and remote_agent only."""
    strategy: Texts | tuple[str | None, ...]
    """Strategy ids."""
    variant: Ints | None = None
    """Wording of each message, 0 for the standard one; None: the standard one for all."""
    incentive: Ints | None = None
    """What the benefit given with each contact costs, fen; None: no benefits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Contacts that really happened, in order; arrays have shape (n_contacts,)."""

    customer: Ints
    channel: Ints
    product: Ints
    warmth: Floats
    """Multiple of interest by what is offered: a follow-up, wording and benefit; 1 for a plain first contact."""
    quality: Floats
    """Multiple of interest by who makes it: skill and tiredness; 1 for a machine."""
    strategy: Texts
    reached: Mask
    interested: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvents:
    """What happened on a day; money in fen, positive."""

    bought_customer: Ints
    bought_product: Ints
    bought_amount: Ints
    bought_lot: Ints
    """Position numbers, for ``World.held``."""
    bought_by_contact: Mask
    """Whether a contact's pull made the purchase."""
    inflow_customer: Ints
    inflow_amount: Ints
    """Money from outside the bank (transfer_in), what purchases brought along included; salaries not."""
    outflow_customer: Ints
    outflow_amount: Ints
    """Money that left the bank (transfer_out)."""
    logins: Mask
    """Who logged in, shape (n_customers,)."""
    opt_outs: Ints
    """Customers who revoked the consent to a channel or to all."""
    complaints: Ints
    complaints_caused: Mask
    """Whether a contact caused the complaint; same shape as ``complaints``."""
    made: Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the bank's tables show as of now; arrays have shape (n_customers,) unless said otherwise."""

    consent: Mask
    """Marketing is granted, by channel, shape (n_customers, n_channels)."""
    personalisation: Mask
    bound: Mask
    """An address of the channel is known, shape (n_customers, n_channels)."""
    level: Ints
    """Risk level as assessed, 0 for C1 to 4 for C5; -1 where never assessed."""
    lowest_class: Mask
    assessed_on: Ints
    """Days since 1970; far in the past where never assessed."""
    aum: Ints
    """Fen, point balance."""
    demand: Ints
    """Fen."""
    maturing_30d: Ints
    """Principal of terms that end within 30 days, fen."""
    rm: Ints
    """Index into ``World.rm_ids``, -1 in the public pool."""
    branch: Ints
    legal_block: Mask
    birth: Ints
    """Days since 1970."""
    triggers: Mapping[str, Mask]
    """Who is in an event today, by the bank's own rules."""


def texts(values: Texts | tuple[str | None, ...]) -> Texts:
    """Return texts as an array of objects."""
    found: Texts = np.empty(len(values), dtype=np.object_)
    found[:] = values
    return found
