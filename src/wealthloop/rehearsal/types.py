"""What a rehearsal says: sizes, overlap, load, power and plans; frozen values, money in fen, shares fractions."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from wealthloop.experiments import LEAST_CLUSTERS
from wealthloop.strategies.parts import Metric, Unit

LEVEL: Final = 0.9
"""How often a forecast's interval should hold what happens."""
Z: Final = 1.6448536269514722
"""Half the width of such an interval, in standard deviations."""
WEEK: Final = 7

Basis = Literal["audience", "first_week", "later_week", "alike", "everybody", "prior", "measured", "power"]
"""Where a number is from: the count of an audience, the dry run of a week, what customers like these did by
themselves, the purchases of all customers, the document's prior, past contacts of the version, the power analysis."""
LoadKind = Literal["rm", "seat", "volume", "strategy", "budget", "spend", "stock", "places", "branch"]
"""A desk, the remote agents, a channel, a strategy's daily maximum, the day's budget, a strategy's own budget, pieces
of a benefit, places at an activity, a branch's limit. Households are too small to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSize:
    """An arm, and how many customers draw it: of the audience, of those with a lead, of those whom the rules allow."""

    arm: str
    share: float
    control: bool
    audience: int
    with_lead: int
    allowed: int
    clusters: int | None = None
    """Clusters with a customer of the audience; None where customers draw their own arms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many customers are left after each condition; ``by_channel`` counts those allowed through a channel."""

    customers: int
    audience: int
    with_lead: int
    allowed: int
    by_channel: dict[str, int]
    arms: tuple[ArmSize, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What is shared with a running strategy: customers of both audiences, and contacts of a week.

    ``contacts``: its contacts of a week without the document; ``displaced``: how many fewer with it (below 0: more);
    ``same_customers``: of them, how many go to customers whom the document would contact that week too.
    """

    strategy_id: str
    version: int
    customers: int
    share: float
    """Of the document's audience."""
    share_of_theirs: float
    contacts: int
    displaced: int
    same_customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a resource is asked for and has, in nights of the rehearsal; units are contacts, of budgets fen.

    ``wanted`` is what every customer's best contact would take if there were enough of everything.
    """

    kind: LoadKind
    who: str
    """The relationship manager, the channel, the strategy, or what else the limit is of."""
    wanted: int
    ours: int
    """The part of ``wanted`` that the document asks for."""
    sent: int
    """What the plan gives of it to contacts that are not withheld."""
    capacity: int

    @property
    def over(self) -> int:
        """By how much it is asked for more than it has."""
        return max(0, self.wanted - self.capacity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPlan:
    """Contacts that are planned through a channel: those of treatment are sent, those of control withheld."""

    channel: str
    planned: int
    sent: int
    withheld: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """The plan of some nights with the document beside the running strategies, and without it."""

    as_of: date
    nights: int
    leads: int
    """Leads that the document answers."""
    channels: tuple[ChannelPlan, ...]
    value: int
    """Expected incremental value of the document's planned contacts."""
    value_with: int
    value_without: int
    displaced: int
    """Contacts of other strategies that are planned without the document and not with it."""

    @property
    def planned(self) -> int:
        """Contacts that are planned for the document."""
        return sum(one.planned for one in self.channels)

    @property
    def added_value(self) -> int:
        """What the whole plan is worth more with the document."""
        return self.value_with - self.value_without


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """What customers whom the document would have planned on a past day did by themselves.

    ``mean``, ``sd`` and the 95 % interval of the mean are of the criterion's metric among the ``customers`` whom nobody
    contacted in its window; ``contacted`` were left out because somebody did.
    """

    day: date
    audience: int
    customers: int
    contacted: int
    mean: float
    sd: float
    low: float
    high: float
    scored: bool
    """Whether the document's model had been trained by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alikeness:
    """What it costs that clusters draw the arms.

    ``clusters`` counts those of the audience in whichever of both arms has fewer; ``rho`` is the correlation of the
    metric within one, from history, or 1 as a bound where that cannot tell; ``design_effect`` says by what factor the
    customers at hand tell less than customers who draw their own arms.
    """

    unit: Unit
    clusters: int
    rho: float
    estimated: bool
    design_effect: float

    @property
    def too_few(self) -> bool:
        """Whether the effect will never be read: an arm has too few clusters."""
        return self.clusters < LEAST_CLUSTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Whether a treatment arm can show what it shall show; ``n`` counts customers of the arm and of control."""

    arm: str
    minimum_worthwhile_effect: float
    needed_n: int
    first_week: float
    """Customers who enter in the first week, when whoever has a lead already is there."""
    later_week: float
    """Customers who enter in a week after that."""
    at_hand_n: int
    """Customers who have entered and matured when the test ends."""
    days: int
    """Days of entering until then."""
    needed_days: int | None
    """Days until the needed number has entered and matured; None where nobody enters."""
    detectable_effect: float | None
    """The smallest effect that is found with the criterion's power at the number at hand; None without anybody."""
    basis: Basis
    alike: Alikeness | None = None
    """None where customers draw their own arms."""

    @property
    def under_powered(self) -> bool:
        """Whether the test ends before it has what it needs, or has too few clusters to be read at all."""
        return self.at_hand_n < self.needed_n or (self.alike is not None and self.alike.too_few)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """One number that is forecast, to be held against what happens; ``name`` may name a channel after a slash."""

    name: str
    expected: float
    sd: float
    basis: Basis

    @property
    def low(self) -> float:
        """The lower end of the interval that should hold what happens in 90 % of forecasts."""
        return self.expected - Z * self.sd

    @property
    def high(self) -> float:
        """The upper end."""
        return self.expected + Z * self.sd


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that is known of a document before it is launched."""

    strategy_id: str
    version: int
    content_hash: str
    metric: Metric
    window_days: int
    as_of: date
    beside: tuple[str, ...]
    """Experiments of the strategies that run beside it."""
    replaces: str | None
    """The running version that ends when this one is launched."""
    sizes: Sizes
    overlap: tuple[Overlap, ...]
    load: tuple[Load, ...]
    tonight: DryRun
    first_week: DryRun
    later_week: DryRun
    alike: Alike | None
    power: tuple[Power, ...]
    predicted: tuple[Predicted, ...]

    @property
    def under_powered(self) -> bool:
        """Whether any arm's test ends before it has what it needs."""
        return any(one.under_powered for one in self.power)

    @property
    def over(self) -> tuple[Load, ...]:
        """Resources that are asked for more than they have, the most first."""
        return tuple(sorted((one for one in self.load if one.over), key=lambda one: (-one.over, one.kind, one.who)))
