"""What a strategy version is judged by, read from its document in the state plane."""

from dataclasses import dataclass
from typing import Literal

from wealthloop.delivery.content import Bilingual
from wealthloop.errors import NotFound
from wealthloop.experiments import Arm
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.parts import Guardrail, Metric, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """The success criterion and arms of a strategy version.

    ``amount``: bought products of the categories for how much within the window, fen a customer; every other metric a
    fraction of customers (see ``strategies.parts.Success``). ``minimum_worthwhile_effect`` is in the metric's unit.
    """

    strategy_id: str
    version: int
    name: Bilingual
    metric: Metric
    categories: tuple[str, ...]
    window_days: int
    minimum_worthwhile_effect: float
    alpha: float
    power: float
    arms: tuple[Arm, ...]
    unit: Unit = "customer"
    """What draws an arm."""
    analysis: Literal["always_valid", "fixed"] = "always_valid"
    """Clusters are read once, whatever the document says."""
    max_units: int | None = None
    guardrails: tuple[Guardrail, ...] = ()


def criterion_of(strategy_id: str, version: int) -> Criterion:
    """Return the success criterion of a strategy version.

    Raises:
        NotFound: the state plane does not hold the version.
    """
    found = StrategyVersion.objects.filter(strategy_id=strategy_id, version=version).first()
    if found is None:
        raise NotFound(f"strategy {strategy_id} version {version}: not in this home")
    return judged_by(Strategy.model_validate(found.document), version)


def judged_by(document: Strategy, version: int) -> Criterion:
    """Return the success criterion of a document as a version of its strategy."""
    success = document.success
    return Criterion(
        strategy_id=document.id,
        version=version,
        name=Bilingual(zh=document.name.zh, en=document.name.en),
        metric=success.metric,
        categories=tuple(success.categories),
        window_days=success.window_days,
        minimum_worthwhile_effect=success.minimum_worthwhile_effect,
        alpha=success.alpha,
        power=success.power,
        arms=document.experiment_arms,
        unit=document.unit,
        analysis="fixed" if document.unit != "customer" else success.analysis,
        max_units=document.stop.max_units,
        guardrails=document.guardrails,
    )
