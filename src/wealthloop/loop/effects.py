"""What a contact of each strategy and channel is believed to add: its own past, shrunk to its document's prior."""

from dataclasses import dataclass

import numpy as np

from wealthloop.loop.types import Night
from wealthloop.reports.past import PastUnits, past_contacts
from wealthloop.scoring import ContactEffect, PastContacts, Prior, estimate_uplift
from wealthloop.strategies.life import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyEffects:
    """The average effects of one strategy."""

    by_channel: dict[str, ContactEffect]
    base_rate: float | None
    """Share of control customers that converted; None before any control customer's window has closed."""


def strategy_effects(night: Night, strategy: Running) -> StrategyEffects:
    """Estimate a strategy's average effect on each channel of its plan, as of the night."""
    past = past_contacts(
        night.bank,
        night.engine,
        night.home,
        strategy_id=strategy.strategy_id,
        version=strategy.version,
        as_of=night.as_of,
    )
    converted = (past.outcome > 0).astype(np.float64)
    control = converted[~past.treated]
    return StrategyEffects(
        by_channel={
            step.channel: _on_channel(past, converted, strategy, step.channel) for step in strategy.document.channels
        },
        base_rate=float(control.mean()) if control.size else None,
    )


def _on_channel(past: PastUnits, converted: np.ndarray, strategy: Running, channel: str) -> ContactEffect:
    prior = strategy.document.effect_prior[channel]
    here = np.array([one == channel for one in past.channel], dtype=np.bool_)
    contacts = PastContacts(treated=past.treated[here], outcome=converted[here], p_no_contact=past.p_no_contact[here])
    return estimate_uplift(contacts, Prior(mean=prior.mean, sd=prior.sd))
