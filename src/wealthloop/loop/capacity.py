"""How much of each resource there is tonight."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Final, Literal, TypeAlias

import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wealthloop import ledger
from wealthloop.delivery.cards import open_cards
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.errors import DocumentError
from wealthloop.kit import Home, fen
from wealthloop.ledger import Disposition, units
from wealthloop.loop.hours import Hour, open_hours
from wealthloop.loop.promised import left_to_promise
from wealthloop.loop.types import Night
from wealthloop.strategies.life import Running

MachineChannel = Literal["app_push", "sms", "wechat", "wecom", "ai_call"]
MACHINE_CHANNELS: Final[tuple[MachineChannel, ...]] = ("app_push", "sms", "wechat", "wecom", "ai_call")
HourName: TypeAlias = Annotated[str, Field(pattern=r"^(1?[0-9]|2[0-3])$")]
"""0 to 23, the bank's zone."""
SEATS: Final = "seat:remote_agent"
BUDGET: Final = "budget"
"""Fen that a day's contacts may cost, where the home has set a budget."""
HOUSEHOLD: Final = "household:"
"""How the resources of households begin. A contact that control withholds frees none: nobody but the same household
could have it, and whether its others are contacted would follow from the arm."""


class Capacity(BaseModel):
    """What stands in capacity.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cards_per_rm: int = Field(ge=1, le=100)
    app_push: int = Field(ge=0)
    sms: int = Field(ge=0)
    wechat: int = Field(ge=0)
    wecom: int = Field(ge=0)
    ai_call: int = Field(ge=0)
    budget_yuan: Annotated[Decimal, Field(ge=0, decimal_places=2)] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )
    """What a day's contacts may cost, by the value book and with the incentives expected; None: whatever they cost."""

    floors: dict[str, Annotated[int, Field(ge=0, strict=True)]] = Field(
        default_factory=dict, exclude_if=lambda value: not value
    )
    """Least contacts a night for the customers of a branch, by branch; a branch that is not named has none."""
    branch_limits: dict[str, Annotated[int, Field(ge=0, strict=True)]] = Field(
        default_factory=dict, exclude_if=lambda value: not value
    )
    """Most contacts a night for the customers of a branch, by branch; a branch that is not named has no limit."""
    household_contacts: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )
    """Most contacts a night for the customers of one household; None: no limit. Who has no household has none."""

    hours: dict[MachineChannel, dict[HourName, Annotated[int, Field(ge=0, strict=True)]]] = Field(
        default_factory=dict, exclude_if=lambda value: not value
    )
    """Messages that may leave by channel and hour of the day; a channel that is not named sends at any allowed hour."""
    warm_start: Annotated[bool, Field(strict=True)] = Field(default=False, exclude_if=lambda value: not value)
    """Whether a night of many candidates sets out from the prices of the night before; it is solved sooner, and its
    plan may be another within the certificate."""

    @property
    def budget(self) -> int | None:
        """What a day's contacts may cost, fen."""
        return None if self.budget_yuan is None else fen(self.budget_yuan)


def load_capacity(home: Home) -> Capacity:
    """Return the home's own capacities, or the shipped ones.

    Raises:
        DocumentError: the home's file has a wrong key or value.
    """
    own = home.root / "capacity.toml"
    text = own.read_text("utf-8") if own.exists() else files(__package__).joinpath("capacity.toml").read_text("utf-8")
    try:
        return Capacity.model_validate(tomllib.loads(text, parse_float=Decimal))
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(f"{own}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{own}: {error}") from error


def rm_resource(staff_id: str) -> str:
    """Return the name of a relationship manager's card capacity."""
    return f"rm:{staff_id}"


def channel_resource(channel: str) -> str:
    """Return the name of a channel's daily volume."""
    return f"volume:{channel}"


def contact_resource(channel: str, staff_id: str | None) -> str:
    """Return the name of what a contact on a channel takes one of: a card of its desk, a seat's call, or a message."""
    if channel == "rm":
        return rm_resource(staff_id or "")
    return SEATS if channel == "remote_agent" else channel_resource(channel)


def strategy_resource(strategy_id: str) -> str:
    """Return the name of a strategy's daily maximum."""
    return f"strategy:{strategy_id}"


def branch_resource(branch_id: str) -> str:
    """Return the name of the contacts for a branch's customers."""
    return f"branch:{branch_id}"


def household_resource(household_id: str) -> str:
    """Return the name of the contacts for a household's customers."""
    return f"{HOUSEHOLD}{household_id}"


def spend_resource(strategy_id: str) -> str:
    """Return the name of what is left of a strategy's own budget, fen."""
    return f"spend:{strategy_id}"


def capacities(night: Night, strategies: tuple[Running, ...], *, busy: Counter[str] | None = None) -> dict[str, int]:
    """Return the units of every resource for the day that the night plans.

    A desk has room for what neither lies on it nor is on its way to it; people who are no relationship managers
    have no desk.

    Args:
        night: the night.
        strategies: what runs.
        busy: cards that take room, by desk; None: those of this instant (``busy_desks``).
    """
    limits = load_capacity(night.home)
    staff = night.bank.read("staff", ("staff_id", "role", "daily_capacity"), as_of=night.as_of).to_pylist()
    busy = busy_desks() if busy is None else busy
    found = {SEATS: sum(row["daily_capacity"] or 0 for row in staff if row["role"] == "remote_agent")}
    for row in staff:
        if row["role"] == "rm":
            own = row["daily_capacity"]
            room = limits.cards_per_rm if own is None else min(limits.cards_per_rm, own)
            found[rm_resource(row["staff_id"])] = max(0, room - busy[row["staff_id"]])
    by_hour = open_hours(limits.hours, night)
    found |= {channel_resource(name): _volume(getattr(limits, name), by_hour.get(name)) for name in MACHINE_CHANNELS}
    lasting = left_in_all(night, strategies)
    for one in strategies:
        name, daily = strategy_resource(one.strategy_id), one.document.daily_maximum
        found[name] = min(daily, lasting.get(name, daily))
    if limits.budget is not None:
        found[BUDGET] = limits.budget
    return found | {name: left for name, left in lasting.items() if name not in found}


def _volume(daily: int, hours: Sequence[Hour] | None) -> int:
    """Return a channel's volume of the day: no more than its open hours hold, where it has a volume by hour."""
    return daily if hours is None else min(daily, sum(one.room for one in hours))


def left_in_all(night: Night, strategies: tuple[Running, ...]) -> dict[str, int]:
    """Return what no further day adds to: units to plan, what budgets have left, fen, and what is left to promise."""
    bounded = [(one, most) for one in strategies if (most := one.document.stop.max_units) is not None]
    planned = units(night.home, as_of=night.as_of) if bounded else {}
    left = {
        strategy_resource(one.strategy_id): max(0, most - planned.get((one.strategy_id, one.version), 0))
        for one, most in bounded
    }
    return left | _left_to_spend(night.home, strategies) | left_to_promise(night, strategies)


def _left_to_spend(home: Home, strategies: tuple[Running, ...]) -> dict[str, int]:
    """Return what the strategies with a budget have left of it, fen: all their versions' released contacts cost."""
    budgets = {one.strategy_id: fen(str(one.document.budget_yuan)) for one in strategies if one.document.budget_yuan}
    if not budgets:
        return {}
    decisions = ledger.read(home)
    released = decisions.filter(pc.field("disposition") == Disposition.RELEASED.value)
    costs = zip(released["strategy_id"].to_pylist(), released["cost"].to_pylist(), strict=True)
    spent: Counter[str] = Counter()
    for strategy_id, cost in costs:
        spent[str(strategy_id)] += cost or 0
    return {spend_resource(name): max(0, budget - spent[name]) for name, budget in budgets.items()}


def busy_desks() -> Counter[str]:
    """Count by desk the cards that lie on it or are on their way to it."""
    return open_cards() + _on_their_way()


def _on_their_way() -> Counter[str]:
    """Count by desk the cards that earlier nights staged and that are not delivered yet."""
    waiting = Intent.objects.filter(channel="rm", state__in=(IntentState.PENDING, IntentState.CLAIMED))
    return Counter(waiting.values_list("staff_id", flat=True))
