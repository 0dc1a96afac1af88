"""Years in a bank with known truth: what whole policies were worth, as ``trials`` found it and the pages show it.

A result is plain JSON. Results that are published with the package stand in ``published/`` of this room, a home's own
in ``years/`` of the home; a changed world has another version and never replaces an older table.
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
    _money("incremental_sales", "增量销售额（较不联系）", "incremental sales, over no contacts"),
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
    Metric(name="mau", unit="customers", zh="月活客户（月均）", en="monthly active customers, mean"),
    Metric(name="upgrades", unit="customers", zh="层级净提升客户", en="tier upgrades net of downgrades"),
    Metric(name="coverage", unit="share", zh="后 98% 客户的触达覆盖", en="coverage of the lower 98 %"),
    Metric(name="contacts", unit="count", zh="触达次数", en="contacts"),
    Metric(name="opt_outs", unit="count", zh="退订", en="opt-outs"),
    Metric(name="complaints", unit="count", zh="投诉", en="complaints"),
    _money("cost", "触达成本", "cost of contacts"),
    _of_loop("lost_to_holdouts", "share", "对照组让出的增量", "share of increment withheld from controls"),
    _of_loop(
        "allocation_gap",
        "share",
        "分配方案距最优上界的差距（每夜平均）",
        "gap of the allocation to its bound, mean of nights",
    ),
    _of_loop("worst_allocation_gap", "share", "其中最大的一夜", "of these the largest"),
    _of_loop(
        "allocation_gap_value",
        "yuan",
        "分配方案至多错过的期望价值（每夜平均）",
        "expected value that the allocation missed at most, mean of nights",
    ),
    _of_loop("preference_cost", "share", "渠道偏好让出的期望价值", "expected value given up to the channel preference"),
    _of_loop("exploration_cost", "share", "探索抽签让出的期望价值", "expected value given up to exploration"),
    _of_loop("strategies_started", "count", "启动的策略", "strategies started"),
    _of_loop("strategies_alive", "count", "期末运行的策略", "strategies alive at the end"),
    _of_loop("strategies_proposed", "count", "提议的子策略", "child strategies proposed"),
    _of_loop("strategies_confirmed", "count", "证实有效的策略", "strategies confirmed"),
    _of_loop("strategies_ended", "count", "终止的策略", "strategies ended"),
    _of_loop("false_discoveries", "count", "误判有效的策略", "false discoveries"),
    _of_loop("interval_coverage", "share", "报告区间覆盖真值的比例", "reported intervals that cover the truth"),
)
"""Every figure, in the order in which tables show them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A code of a result and what it means."""

    name: str
    zh: str
    en: str


POLICIES: Final = (
    Named(name="none", zh="不联系任何客户", en="nobody is contacted"),
    Named(
        name="bau",
        zh="每月一次，对所有客户推同一产品；客户经理从管理资产最多的客户打起，短信发给全体",
        en="once a month the same product for everyone; RMs call the largest AUM first, SMS to all",
    ),
    Named(
        name="random",
        zh="在容量之内，给每位客户一个随机的合规动作",
        en="a random lawful action for each customer, as capacity allows",
    ),
    Named(
        name="pcvl",
        zh="倾向 × 情境 × 价值 × 杠杆，每周评分；取每位客户得分最高的动作，先到先得",
        en="propensity × context × value × lever, scored weekly; each customer's best action, first come first served",
    ),
    Named(
        name="allocated",
        zh="与 pcvl 同样的评分，但逐日在全部容量与预算之内求解最优分配",
        en="the scores of pcvl, but each day's contacts are solved for all together, within capacity and budget",
    ),
    Named(
        name="loop",
        zh="平台自己的每夜运行，连同实验及其对照组",
        en="the platform's own nights, with experiments and their controls",
    ),
    Named(
        name="learnable",
        zh="平台的特征与逐日分配，模型以同一世界另一次抽样的真实效应训练",
        en="the platform's features and daily allocation, models trained on true effects of another draw of the world",
    ),
    Named(
        name="oracle",
        zh="知道每个真实效应，逐日求解当天的分配；只看当天",
        en="knows every true effect and solves each day's allocation; myopic",
    ),
)
"""Every policy, in the order in which tables show them."""

REASONS: Final = (
    Named(name="not_run", zh="用来比较的策略没有运行", en="the policy to compare with was not run"),
    Named(name="no_increment", zh="用来比较的策略没有带来增量", en="the policy to compare with brought no increment"),
    Named(name="too_short", zh="这一年在 90 天期满之前结束", en="the year ends before the 90 days have passed"),
    Named(name="nothing_reported", zh="没有报告过区间", en="no interval was reported"),
    Named(name="one_seed", zh="只有一个种子的计数没有区间", en="a count of one seed has no interval"),
    Named(name="not_measured", zh="没有测量", en="not measured"),
)
"""Why a figure cannot be said: the codes of ``Measured.why``; any other text stands for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure over seeds: its mean and 95 % interval; None where it cannot be said, with the reason."""

    mean: float | None
    interval: tuple[float, float] | None
    why: str = ""
    """A code of ``REASONS``."""


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
    """From what the intervals come: seeds (Student's t), or, of a single seed, its customers (normal)."""
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


def text_of(year: Year) -> str:
    """Return the text of a result's file."""
    return json.dumps(to_json(year), ensure_ascii=False, indent=1) + "\n"


def from_json(content: Mapping[str, Any]) -> Year:
    """Return the result of a JSON object.

    Raises:
        DocumentError: a key is missing or unknown, or a value is of another kind.
    """
    try:
        policies = {
            policy: {name: _measured(found) for name, found in figures.items()}
            for policy, figures in content["policies"].items()
        }
        months = tuple(Month(**month) for month in content["months"])
        return Year(**{**content, "policies": policies, "months": months, "seeds": tuple(content["seeds"])})
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DocumentError(f"a year's result has a key too few or too many, or a wrong value: {error}") from error


def save(home: Home, year: Year) -> Path:
    """Keep a result in a home; the same question asked again replaces its own answer only."""
    path = home.root / "years" / f"{year.name}.json"
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, text_of(year).encode())
    return path


def published() -> tuple[Year, ...]:
    """Return the results that the package comes with, by name.

    Raises:
        DocumentError: a file is no result; the message names it.
    """
    return _all(_published())


def years(home: Home) -> tuple[Year, ...]:
    """Return the published results and the home's own, by name; the home's own stands before a published namesake.

    Raises:
        DocumentError: a file is no result; the message names it.
    """
    own = {path.name: path.read_text("utf-8") for path in (home.root / "years").glob("*.json")}
    return _all(_published() | own)


def _published() -> dict[str, str]:
    folder = files(__package__).joinpath("published")
    return {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".json")}


def _all(texts: Mapping[str, str]) -> tuple[Year, ...]:
    return tuple(_read(name, texts[name]) for name in sorted(texts))


def _read(name: str, text: str) -> Year:
    try:
        return from_json(json.loads(text))
    except (DocumentError, ValueError) as error:
        raise DocumentError(f"{name}: {error}") from error


def _measured(found: Mapping[str, Any]) -> Measured:
    interval = found["interval"]
    return Measured(
        mean=found["mean"], interval=None if interval is None else (interval[0], interval[1]), why=found["why"]
    )
