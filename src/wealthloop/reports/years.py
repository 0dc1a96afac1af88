"""Years in a bank with known truth: what whole policies were worth, as ``trials`` found it and the pages show it.

A result is plain JSON. Results that are published with the package stand in ``published/`` of this room, a home's own in
``years/`` of the home; a changed world has another version and never replaces an older table.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from wealthloop.errors import DocumentError
from wealthloop.kit import Home, write_atomic

Unit = Literal["yuan", "share", "times", "customers", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure of a policy's year, with its words."""

    name: str
    unit: Unit
    zh: str
    en: str
    loop_only: bool = False
    """Whether only the platform's own nights have it."""


def _money(name: str, zh: str, en: str) -> Metric:
    return Metric(name=name, unit="yuan", zh=zh, en=en)


def _of_loop(name: str, unit: Unit, zh: str, en: str) -> Metric:
    return Metric(name=name, unit=unit, zh=zh, en=en, loop_only=True)


METRICS: Final = (
    _money("sales", "非货币基金销售额", "sales of non-money-market funds"),
    _money("incremental_sales", "增量销售额(较不联系)", "incremental sales, over no contacts"),
    Metric(name="multiple_of_bau", unit="times", zh="销售额为常规做法的倍数", en="sales, multiple of bau"),
    Metric(
        name="incremental_multiple_of_bau", unit="times", zh="增量为常规做法的倍数", en="incremental, multiple of bau"
    ),
    Metric(name="share_of_learnable", unit="share", zh="占可学得增量", en="share of learnable"),
    Metric(name="share_of_oracle", unit="share", zh="占先知增量", en="share of oracle"),
    _money("net_sales", "90 天后仍持有的销售额", "sales still held after 90 days"),
    _money("incremental_net_sales", "其中增量", "incremental, still held after 90 days"),
    _money("aum", "期末管理资产", "AUM at the end"),
    _money("incremental_aum", "增量管理资产", "incremental AUM"),
    _money("inflow", "行外流入", "inflow from outside"),
    _money("incremental_inflow", "增量行外流入", "incremental inflow from outside"),
    Metric(name="mau", unit="customers", zh="月活客户(月均)", en="monthly active customers, mean"),
    Metric(name="upgrades", unit="customers", zh="层级净提升客户", en="tier upgrades net of downgrades"),
    Metric(name="coverage", unit="share", zh="后 98% 客户的触达覆盖", en="coverage of the lower 98 %"),
    Metric(name="contacts", unit="count", zh="触达次数", en="contacts"),
    Metric(name="opt_outs", unit="count", zh="退订", en="opt-outs"),
    Metric(name="complaints", unit="count", zh="投诉", en="complaints"),
    _money("cost", "触达成本", "cost of contacts"),
    _of_loop("lost_to_holdouts", "share", "对照组让出的增量", "share of increment withheld from controls"),
    _of_loop("strategies_started", "count", "启动的策略", "strategies started"),
    _of_loop("strategies_alive", "count", "期末运行的策略", "strategies alive at the end"),
    _of_loop("strategies_proposed", "count", "提议的子策略", "child strategies proposed"),
    _of_loop("strategies_confirmed", "count", "证实有效的策略", "strategies confirmed"),
    _of_loop("false_discoveries", "count", "误判有效的策略", "false discoveries"),
    _of_loop("interval_coverage", "share", "报告区间覆盖真值的比例", "reported intervals that cover the truth"),
)
"""Every figure, in the order in which tables show them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure over seeds: its mean and 95 % interval; None where it cannot be said, with the reason."""

    mean: float | None
    interval: tuple[float, float] | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of the platform's own reports against the truth, all seeds together."""

    month: int
    """1 for the first measured month."""
    reported: int
    """Intervals shown at the month's end."""
    covering: int
    """Intervals that held the truth."""
    confirmed: int
    """Strategies whose interval lay above zero by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The result of a year: one world, some policies, some seeds."""

    world: str
    world_version: int
    world_digest: str
    code_version: str
    customers: int
    days: int
    """Measured days."""
    burn_in: int
    """Days before them under each policy that are not measured."""
    seeds: tuple[int, ...]
    intervals_over: Literal["seeds", "customers"]
    """From what the intervals come: seeds (Student's t), or, of a single seed, customers (bootstrap)."""
    policies: Mapping[str, Mapping[str, Measured]]
    """By policy and metric."""
    months: tuple[Month, ...]
    seconds: float

    @property
    def name(self) -> str:
        """How the result is filed."""
        size = f"{self.customers}x{self.days}x{len(self.seeds)}"
        return f"{Path(self.world).stem}-v{self.world_version}-{size}"


def to_json(year: Year) -> dict[str, Any]:
    """Return a result as a JSON object, policies first."""
    content = asdict(year)
    return {"policies": content.pop("policies"), **content}


def from_json(content: Mapping[str, Any]) -> Year:
    """Return the result of a JSON object.

    Raises:
        DocumentError: a key is missing or unknown.
    """
    try:
        policies = {
            policy: {name: _measured(found) for name, found in figures.items()}
            for policy, figures in content["policies"].items()
        }
        months = tuple(Month(**month) for month in content["months"])
        return Year(**{**content, "policies": policies, "months": months, "seeds": tuple(content["seeds"])})
    except (KeyError, TypeError) as error:
        raise DocumentError(f"a year's result has a key too few or too many: {error}") from error


def save(home: Home, year: Year) -> Path:
    """Keep a result in a home; the same question asked again replaces its own answer only."""
    path = home.root / "years" / f"{year.name}.json"
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, (json.dumps(to_json(year), ensure_ascii=False, indent=1) + "\n").encode())
    return path


def years(home: Home) -> tuple[Year, ...]:
    """Return the published results and the home's own, by name; the home's own stands before a published namesake."""
    published = files(__package__).joinpath("published")
    texts = {entry.name: entry.read_text("utf-8") for entry in published.iterdir() if entry.name.endswith(".json")}
    own = home.root / "years"
    texts |= {path.name: path.read_text("utf-8") for path in sorted(own.glob("*.json"))} if own.exists() else {}
    return tuple(from_json(json.loads(texts[name])) for name in sorted(texts))


def _measured(found: Mapping[str, Any]) -> Measured:
    interval = found["interval"]
    return Measured(
        mean=found["mean"], interval=None if interval is None else (interval[0], interval[1]), why=found["why"]
    )
