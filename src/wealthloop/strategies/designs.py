"""Standing experiments as they run: each quarter's designs, written down before the first night that obeys them.

A design never changes while it runs, whatever becomes of ``experiments.toml``: arms are a pure hash of the home's salt,
the design's id and the unit (I9). What is taken out of the settings ends on the day before.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from wealthloop.experiments import Arm, assign
from wealthloop.kit import Home, bucket, write_atomic
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.standing import RULES, Experiments, Holdout, load_experiments

Kind: TypeAlias = Literal["universal", "business_as_usual", "group", "rule", "by_hand"]
PLATFORM: Final = "platform"


class StandingDesign(BaseModel):
    """One standing experiment in one quarter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    name: str
    """Of its group or rule; the kind where there is only one."""
    period: str
    begins: date
    """The first day of contacts that obey it."""
    ends: date
    """The last one."""
    share: float
    """Of the arm that the platform is compared with."""
    unit: Literal["customer", "rm", "branch"] = "customer"
    exempt_tiers: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    """Whose contacts are held back; empty: everybody's."""
    categories: tuple[str, ...]
    """Whose purchase counts: what the strategies of its first day count as success."""
    place: tuple[float, float] = (0.0, 1.0)
    """The customers that take part, between two ends of the layer's hash; a rule's market has a place of its own."""

    @property
    def design_id(self) -> str:
        """The id under which units draw their arms."""
        return f"{self.name}/{self.period}"

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """The platform, and what it is compared with: of a rule both have half of those who take part."""
        share = 0.5 if self.kind == "rule" else self.share
        return (
            Arm(name=PLATFORM, share=1.0 - share, control=False),
            Arm(name=self.name, share=share, control=True),
        )

    @property
    def withholds(self) -> bool:
        """Whether its control arm is not contacted."""
        return self.kind != "rule"

    def arm_of(self, salt: str, unit: str) -> Arm | None:
        """Return a unit's arm; None for a customer who takes no part."""
        low, high = self.place
        if (low, high) != (0.0, 1.0) and not low <= bucket(f"{salt}/markets/{self.period}", unit) < high:
            return None
        return assign(salt, f"standing/{self.design_id}", unit, self.arms)

    def concerns(self, strategy_id: str, tier: str | None) -> bool:
        """Say whether a strategy's contact with a customer of a tier falls under it."""
        return tier not in self.exempt_tiers and (not self.strategies or strategy_id in self.strategies)


def designs(home: Home) -> list[StandingDesign]:
    """Return every design that has begun, by the first day and id."""
    kept = [StandingDesign.model_validate_json(path.read_bytes()) for path in sorted(_folder(home).glob("*.json"))]
    return sorted(kept, key=lambda one: (one.begins, one.design_id))


def designs_on(home: Home, day: date) -> list[StandingDesign]:
    """Return the designs that contacts of a day obey."""
    return [one for one in designs(home) if one.begins <= day <= one.ends]


def begin_designs(home: Home, day: date) -> list[StandingDesign]:
    """Write down what begins with the contacts of a day, end what the settings no longer name, return what holds.

    Repeating it for the same day changes nothing.
    """
    wanted = {one.design_id: one for one in _wanted(load_experiments(home), day, _categories())}
    known = {one.design_id: one for one in designs(home)}
    for design_id, one in wanted.items():
        if design_id not in known:
            _keep(home, one)
    for design_id, one in known.items():
        if one.begins <= day <= one.ends and design_id not in wanted:
            _keep(home, one.model_copy(update={"ends": day - timedelta(days=1)}))
    return designs_on(home, day)


def period_of(day: date) -> tuple[str, date]:
    """Return a day's quarter and the quarter's last day.

    Example:
        >>> period_of(date(2026, 11, 20))
        ('2026Q4', datetime.date(2026, 12, 31))
    """
    quarter = (day.month - 1) // 3 + 1
    after = date(day.year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return f"{day.year}Q{quarter}", after - timedelta(days=1)


def _wanted(settings: Experiments, day: date, categories: tuple[str, ...]) -> Iterator[StandingDesign]:
    period, last = period_of(day)

    def design(kind: Kind, name: str, share: float, **more: object) -> StandingDesign:
        known = {"period": period, "begins": day, "ends": last, "categories": categories}
        return StandingDesign.model_validate({"kind": kind, "name": name, "share": share, **known, **more})

    holdouts: Sequence[tuple[Kind, Holdout]] = (
        ("universal", settings.universal),
        ("business_as_usual", settings.business_as_usual),
    )
    for kind, part in holdouts:
        if part.share > 0:
            yield design(kind, kind, part.share, exempt_tiers=part.exempt_tiers)
    for group in settings.group:
        if group.share > 0:
            more = {"strategies": group.strategies, "exempt_tiers": group.exempt_tiers}
            yield design("group", f"group_{group.name}", group.share, **more)
    for rule in settings.rule:
        low = RULES.index(rule.name) / len(RULES)
        place = (low, low + 2 * rule.share)
        yield design("rule", rule.name, rule.share, exempt_tiers=("private",), place=place)
    if settings.by_hand is not None:
        yield design("by_hand", "by_hand", settings.by_hand.share, unit=settings.by_hand.unit)


def _categories() -> tuple[str, ...]:
    """Return the categories that a launched strategy counts as success."""
    documents = StrategyVersion.objects.exclude(launched_on=None).values_list("document", flat=True)
    return tuple(sorted({category for one in documents for category in one["success"]["categories"]}))


def _folder(home: Home) -> Path:
    return home.root / "experiments"


def _keep(home: Home, one: StandingDesign) -> None:
    write_atomic(_folder(home) / f"{one.name}-{one.period}.json", one.model_dump_json(indent=1).encode())
