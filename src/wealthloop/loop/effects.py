"""What a contact of each strategy and channel is believed to add, and for whom: learnt from its own logged arms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, ledger
from wealthloop.loop.types import Night
from wealthloop.reports.criterion import judged_by
from wealthloop.reports.past import PastUnits, past_contacts
from wealthloop.reports.planned import rows_of
from wealthloop.scoring import ContactEffect, PastContacts, Prior, estimate_uplift, record_of, records
from wealthloop.scoring.effectmodels import (
    LEAST_UNITS,
    PROPENSITY,
    EffectRecord,
    EffectUnits,
    current_effect,
    effects_of,
    newest_effect,
    train_effect,
)
from wealthloop.scoring.matrix import matrix_of
from wealthloop.strategies.life import Running

_SEED: Final = 7
_LOOKED_AT: Final = 7
"""Days from one look for enough customers to learn effects from to the next."""
_ALWAYS: Final = (
    "age",
    "tenure_days",
    "aum",
    "aum_average",
    "balance_demand",
    "has_rm",
    "login_count_30d",
    "days_since_contact",
    "contact_count_90d",
    "contact_by_person_count_90d",
    "maturing_30d",
    "inflow_sum_30d",
)
"""What effects are learnt from beside what foretells a purchase."""


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
        criterion=judged_by(strategy.document, strategy.version),
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


def effect_id(strategy: Running) -> str:
    """Return the id of a strategy's model of effects."""
    return f"uplift/{strategy.strategy_id.replace('-', '_')}/conversion"


def refresh_effects(night: Night, strategies: Sequence[Running]) -> list[EffectRecord]:
    """Learn the effect models that are due: none yet, or one that has expired, and enough matured customers."""
    made = []
    for strategy in strategies:
        if not _is_due(night, strategy):
            continue
        units = _units(night, strategy)
        name = strategy.document.name
        new = None if units is None else train_effect(
            night.home, units, model_id=effect_id(strategy), owner=strategy.document.owner,
            zh=f"{name.zh}的触达对转化的增量效果", en=f"what a contact of '{name.en}' adds to the share that converts",
            as_of=night.as_of, seed=_SEED,
        )  # fmt: skip
        made += [] if new is None else [new]
    return made


def _is_due(night: Night, strategy: Running) -> bool:
    """Say whether a model of effects is to be learnt: once a week while there is none, or when the newest expires."""
    newest = newest_effect(night.home, effect_id(strategy))
    if newest is not None:
        return night.as_of >= newest.manifest.expires_on
    return (night.as_of - strategy.launched_on).days % _LOOKED_AT == 0


def effect_sizes(
    night: Night, strategy: Running, propensity: Mapping[str, float], customers: Collection[str]
) -> Mapping[str, float] | None:
    """Return what a model of effects says of each customer, 0 or above; None where none may be used.

    Args:
        night: the night.
        strategy: whose contacts.
        propensity: tonight's score of the strategy's model, where a customer has one.
        customers: the candidates.
    """
    record = current_effect(night.home, effect_id(strategy))
    if record is None or not record.usable or night.as_of >= record.manifest.expires_on or not customers:
        return None
    table = features.load(night.home, night.as_of)
    ours = table.filter(pc.is_in(table["customer_id"], value_set=pa.array(sorted(customers), pa.string())))
    ids = [str(customer) for customer in ours["customer_id"].to_pylist()]
    read = [name for name in record.manifest.predictors if name != PROPENSITY]
    scores = np.array([propensity.get(customer, np.nan) for customer in ids])
    found = np.maximum(effects_of(night.home, record, np.column_stack([matrix_of(ours, read), scores])), 0.0)
    return dict(zip(ids, found.tolist(), strict=True))


def mean_of(sizes: Mapping[str, float]) -> float | None:
    """Return the mean of some effects; None where it is not above 0, so that nobody's is a multiple of it."""
    mean = float(np.fromiter(sizes.values(), dtype=np.float64).mean())
    return mean if mean > 0 else None


def relative_effects(sizes: Mapping[str, float], mean: float) -> Mapping[str, float]:
    """Return each customer's effect as a multiple of the average one."""
    return {customer: size / mean for customer, size in sizes.items()}


def _units(night: Night, strategy: Running) -> EffectUnits | None:
    """Return a strategy's matured customers with what was known when they were planned; None without any, or too few.

    Customers of whom the plan's run has not written what it knew (imported history) are left out, whatever their arm.
    """
    planned = rows_of(ledger.read(night.home), strategy.strategy_id, strategy.version).num_rows
    if planned < LEAST_UNITS or not records(night.home, [strategy.document.model_id]):
        return None
    past = past_contacts(
        night.bank, night.engine, night.home, strategy_id=strategy.strategy_id, version=strategy.version,
        as_of=night.as_of,
    )  # fmt: skip
    names = _predictors(night, strategy)
    kept, x = ledger.read_known(night.home, past.first, names)
    if not kept.any():
        return None
    return EffectUnits(
        customer_id=tuple(np.array(past.customer_id, dtype=object)[kept]),
        x=np.column_stack([x, past.p_no_contact])[kept],
        predictors=(*names, PROPENSITY), treated=past.treated[kept], first_day=past.first_day[kept],
        converted=(past.outcome[kept] > 0).astype(np.float64), share=past.share,
    )  # fmt: skip


def _predictors(night: Night, strategy: Running) -> tuple[str, ...]:
    record = record_of(night.home, strategy.document.model_id)
    return tuple(dict.fromkeys((*record.manifest.predictors, *_ALWAYS)))
