"""The catalogue: rules that expand over products, segments, tiers, ages, horizons and regions to ten thousand models.

A root is a target over all customers whom it can concern; a slice of it is the same target over fewer, and borrows from
its root. What is declared here is trained by ``wealthloop models factory``; nights train what strategies use.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.features import BALANCE_GROUPS
from wealthloop.kit import content_hash
from wealthloop.scoring.matrix import REGION
from wealthloop.scoring.specs import NON_MONEY_FUNDS, SPECS, TIER_FLOORS, WEALTH_MANAGEMENT
from wealthloop.scoring.types import (
    Bound,
    Buys,
    Condition,
    Does,
    FallsTo,
    Family,
    Lives,
    ModelSpec,
    MovesOut,
    ReachesNextTier,
    RisesTo,
    Target,
)

HORIZONS: Final = (7, 14, 30, 60, 90)
"""Days."""
_LEAST_IN_A_REGION: Final = 200
_MOST_REGIONS: Final = 40
_OWNERS: Final = {
    Family.RESPONSE: "retail_analytics", Family.SEGMENT: "segment_marketing", Family.UPGRADE: "wealth_strategy",
    Family.BEHAVIOUR: "retail_analytics", Family.CHURN: "customer_retention",
}  # fmt: skip
_ANY: Final = (Bound(feature="aum", low=1.0),)
_EVERYBODY: Final = (Bound(feature="tenure_days", low=0.0),)
_WITH_MONEY: Final = (Bound(feature="aum", low=1_000_000.0),)
_PAID: Final = Bound(feature="days_since_salary", low=0.0, high=60.0)
_NONE_OF_WEALTH: Final = Bound(feature="balance_wealth", low=0.0, high=1.0)
_NONE_OF_FUND: Final = Bound(feature="balance_fund", low=0.0, high=1.0)
_OWN: Final = ("transfer_out", "buy", "redeem", "card", "cash")
_INVESTED: Final = ("wealth", "fund", "cash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A target with its words: what a customer does."""

    name: str
    target: Target
    zh: str
    en: str
    population: tuple[Condition, ...] = _ANY
    monotone: tuple[tuple[str, Literal[-1, 1]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of the customers, with the words for them."""

    name: str
    conditions: tuple[Condition, ...]
    zh: str
    en: str


CATEGORIES_IN_WORDS: Final = {
    "time_deposit": ("定期存款", "time deposits"), "large_cd": ("大额存单", "large certificates of deposit"),
    "savings_bond": ("储蓄国债", "savings bonds"), "cash_management": ("现金管理类理财", "cash management products"),
    "money_fund": ("货币基金", "money funds"), "bond_fund": ("债券基金", "bond funds"),
    "mixed_fund": ("混合基金", "mixed funds"), "equity_fund": ("股票基金", "equity funds"),
    "qdii_fund": ("QDII 基金", "QDII funds"), "fixed_income_wm": ("固收类理财", "fixed-income wealth products"),
    "fixed_income_plus_wm": ("固收+理财", "fixed-income-plus wealth products"),
    "mixed_wm": ("混合类理财", "mixed wealth products"), "structured_deposit": ("结构性存款", "structured deposits"),
    "insurance_single": ("趸交保险", "single-premium insurance"),
    "insurance_regular": ("期交保险", "regular-premium insurance"),
    "personal_pension": ("个人养老金产品", "personal pension products"), "trust": ("信托", "trusts"),
    "gold": ("黄金", "gold"),
}  # fmt: skip
"""What product categories are called within a sentence, in Chinese and English."""
_GROUPS: Final = {
    "wealth_management": (WEALTH_MANAGEMENT, "银行理财", "wealth products"),
    "non_money_funds": (NON_MONEY_FUNDS, "非货币基金", "funds other than money funds"),
    "deposits": (BALANCE_GROUPS["deposit"], "存款类产品", "deposits"),
    "insurance": (BALANCE_GROUPS["insurance"], "保险和养老金", "insurance and pensions"),
    "cash_like": (BALANCE_GROUPS["cash"], "现金类产品", "cash-like products"),
}  # fmt: skip


def _buying(name: str, categories: tuple[str, ...], zh: str, en: str) -> Goal:
    return Goal(name=name, target=Buys(categories=categories), zh=f"购买{zh}", en=f"buys {en}",
                monotone=(("maturing_30d", 1),))  # fmt: skip


_RESPONSES: Final = (
    *(_buying(name, categories, zh, en) for name, (categories, zh, en) in _GROUPS.items()),
    *(_buying(name, (name,), zh, en) for name, (zh, en) in CATEGORIES_IN_WORDS.items()),
)
_UPGRADES: Final = (
    Goal(name="next_tier", target=ReachesNextTier(floors=TIER_FLOORS),
         zh="日均资产达到上一层级的门槛", en="reaches the next tier by the daily average of assets",
         population=(Bound(feature="aum_average", low=1.0, high=float(TIER_FLOORS[-1])),)),
)  # fmt: skip
_BEHAVIOURS: Final = (
    Goal(name="large_outflow", target=MovesOut(share=0.3, least=1_000_000), population=_WITH_MONEY,
         zh="转出行外至少三成资产", en="moves at least 30 % of the assets out of the bank"),
    Goal(name="half_outflow", target=MovesOut(share=0.5, least=1_000_000), population=_WITH_MONEY,
         zh="转出行外至少一半资产", en="moves at least half of the assets out of the bank"),
    Goal(name="outflow", target=MovesOut(share=0.1, least=500_000), population=_WITH_MONEY,
         zh="转出行外至少一成资产", en="moves at least 10 % of the assets out of the bank"),
    Goal(name="large_inflow", target=Does(table="transactions", kinds=("transfer_in",), least=5_000_000),
         population=_EVERYBODY, zh="有 5 万元以上资金转入", en="receives a transfer of 50,000 yuan or more"),
    Goal(name="redemption", target=Does(table="transactions", kinds=("redeem",)),
         population=(Bound(feature="products", low=1.0),), zh="赎回产品", en="redeems a product"),
    Goal(name="purchase", target=Does(table="transactions", kinds=("buy",)), zh="购买任何产品", en="buys any product"),
    Goal(name="login", target=Does(table="app_events", kinds=("login",)), population=_EVERYBODY,
         zh="登录手机银行", en="logs in to mobile banking"),
    Goal(name="browsing", target=Does(table="app_events", kinds=("view", "search")), population=_EVERYBODY,
         zh="在手机银行浏览或搜索产品", en="looks at or searches products in mobile banking"),
    Goal(name="payroll_stop", target=Does(table="transactions", kinds=("salary",), never=True), population=(_PAID,),
         zh="不再有代发工资入账", en="receives no salary any more"),
    Goal(name="aum_growth", target=RisesTo(share=1.2), population=_WITH_MONEY,
         zh="资产增长两成以上", en="has at least 20 % more assets"),
)  # fmt: skip
_CHURNS: Final = (
    Goal(name="aum_half", target=FallsTo(share=0.5), population=_WITH_MONEY,
         zh="资产减半或更少", en="has at most half of the assets left"),
    Goal(name="aum_tenth", target=FallsTo(share=0.1), population=_WITH_MONEY,
         zh="资产仅余一成或更少", en="has at most a tenth of the assets left"),
    Goal(name="dormant", target=Does(table="transactions", kinds=_OWN, never=True),
         population=(Bound(feature="days_since_own_transaction", low=0.0, high=90.0),),
         zh="没有任何主动交易", en="makes no transaction of his or her own"),
    Goal(name="holdings_redeemed", target=FallsTo(share=0.01, of=_INVESTED),
         population=(Bound(feature="balance_wealth", low=1.0),),
         zh="全部理财、基金和现金类产品赎回", en="redeems all wealth products, funds and cash-like products"),
    Goal(name="deposits_gone", target=FallsTo(share=0.1, of=("demand", "deposit")),
         population=(Bound(feature="balance_deposit", low=1.0),),
         zh="存款仅余一成或更少", en="has at most a tenth of the deposits left"),
)  # fmt: skip
_ROOTS: Final = {
    Family.RESPONSE: _RESPONSES, Family.UPGRADE: _UPGRADES, Family.BEHAVIOUR: _BEHAVIOURS, Family.CHURN: _CHURNS,
}  # fmt: skip
_SEGMENT_GOALS: Final = {
    Family.RESPONSE: ("wealth_management", "non_money_funds", "deposits", "insurance", "cash_like"),
    Family.BEHAVIOUR: ("login",),
}

SEGMENTS: Final = (
    Slice(name="payroll", conditions=(_PAID,), zh="代发工资", en="paid through the bank"),
    Slice(name="retirees", conditions=(Bound(feature="age", low=55.0),), zh="退休年龄", en="aged 55 or more"),
    Slice(name="dormant", conditions=(Bound(feature="days_since_own_transaction", low=90.0),),
          zh="睡眠", en="dormant"),
    Slice(name="new_to_wealth",
          conditions=(_NONE_OF_WEALTH, _NONE_OF_FUND), zh="未持有理财和基金的", en="without wealth products or funds"),
    Slice(name="maturing", conditions=(Bound(feature="maturing_30d", low=1.0),),
          zh="30 天内有资金到期的", en="with money maturing within 30 days"),
    Slice(name="app_users", conditions=(Bound(feature="login_count_30d", low=1.0),),
          zh="手机银行活跃", en="using mobile banking"),
    Slice(name="in_a_book", conditions=(Bound(feature="has_rm", low=1.0),),
          zh="有客户经理的", en="with a relationship manager"),
    Slice(name="losing", conditions=(Bound(feature="losing_positions", low=1.0),),
          zh="持仓浮亏", en="with holdings at a loss"),
)  # fmt: skip
_TIER_NAMES: Final = (
    ("mass", "大众", "mass"), ("affluent", "富裕", "affluent"), ("wealth", "财富", "wealth"),
    ("pre_private", "准私行", "pre-private"), ("private", "私行", "private"),
)  # fmt: skip
_TIER_EDGES: Final = (0.0, *map(float, TIER_FLOORS), None)
TIERS: Final = tuple(
    Slice(name=name, conditions=(Bound(feature="aum_average", low=low or 0.0, high=high),),
          zh=f"{zh}层级", en=f"{en} tier")
    for (name, zh, en), low, high in zip(_TIER_NAMES, _TIER_EDGES[:-1], _TIER_EDGES[1:], strict=True)
)  # fmt: skip
AGES: Final = (
    Slice(name="under_30", conditions=(Bound(feature="age", low=0.0, high=30.0),), zh="30 岁以下", en="aged under 30"),
    Slice(
        name="age_30_44", conditions=(Bound(feature="age", low=30.0, high=45.0),), zh="30 至 44 岁", en="aged 30 to 44"
    ),
    Slice(
        name="age_45_59", conditions=(Bound(feature="age", low=45.0, high=60.0),), zh="45 至 59 岁", en="aged 45 to 59"
    ),
    Slice(name="from_60", conditions=(Bound(feature="age", low=60.0),), zh="60 岁及以上", en="aged 60 or more"),
)


def catalogue(regions: Sequence[str] = ()) -> tuple[ModelSpec, ...]:
    """Return every declared model, roots before their slices, without double ids.

    Args:
        regions: where customers live, as the bank writes it (``regions_of``).

    Returns:
        At least 10,000 models even without any region.
    """
    places = tuple(_place(region) for region in regions)
    slices = (*TIERS, *AGES, *places, *_crossed(TIERS, AGES), *_crossed(TIERS, places))
    declared = {spec.model_id: spec for spec in SPECS}
    for spec in (one for one in (*_roots(), *_segments(slices), *_slices(slices)) if _can_be(one.population)):
        declared.setdefault(spec.model_id, spec)
    return tuple(declared.values())


def declared(names: Collection[str], regions: Sequence[str] = ()) -> tuple[ModelSpec, ...]:
    """Return the declared models of these ids, with the roots on which they stand."""
    every = {spec.model_id: spec for spec in catalogue(regions)}
    wanted = set(names) | {every[name].parent for name in names if name in every}
    return tuple(spec for name, spec in every.items() if name in wanted)


def regions_of(bank: BankTables, engine: Engine, *, as_of: date) -> tuple[str, ...]:
    """Return the regions in which at least 200 customers live, at most the 40 largest, in the order of their names."""
    customers = bank.scan("customers", as_of=as_of)
    known = customers.filter(customers[REGION].notnull())
    counted = known.group_by(REGION).aggregate(n=known.count())
    rows = engine.to_arrow(counted, name="regions").to_pylist()
    large = sorted((row for row in rows if row["n"] >= _LEAST_IN_A_REGION), key=lambda row: (-row["n"], row[REGION]))
    return tuple(sorted(str(row[REGION]) for row in large[:_MOST_REGIONS]))


def _roots() -> Iterator[ModelSpec]:
    for family, goals in _ROOTS.items():
        for goal in goals:
            for days in HORIZONS:
                yield _root(family, goal, days)


def _root(family: Family, goal: Goal, days: int) -> ModelSpec:
    return ModelSpec(
        model_id=f"{family}/{goal.name}/{days}d", family=family, target=goal.target, population=goal.population,
        horizon_days=days, owner=_OWNERS[family], monotone=goal.monotone,
        zh=f"客户在 {days} 天内{goal.zh}", en=f"a customer {goal.en} within {days} days",
    )  # fmt: skip


def _segments(slices: Sequence[Slice]) -> Iterator[ModelSpec]:
    """A named segment's response to a goal, and its slices; each borrows from the goal's root."""
    for family, names in _SEGMENT_GOALS.items():
        for goal in (one for one in _ROOTS[family] if one.name in names):
            for segment in SEGMENTS:
                for days in HORIZONS:
                    root = _root(family, goal, days)
                    for one in (None, *slices):
                        ours = _joined(segment, one) if one else segment
                        end = f"/{one.name}" if one else ""
                        name = f"{Family.SEGMENT}/{segment.name}/{goal.name}_{days}d{end}"
                        made = _sliced(root, ours, name, goal)
                        yield replace(made, family=Family.SEGMENT, owner=_OWNERS[Family.SEGMENT])


def _slices(slices: Sequence[Slice]) -> Iterator[ModelSpec]:
    for family, goals in _ROOTS.items():
        for goal in goals:
            for days in HORIZONS:
                root = _root(family, goal, days)
                for one in slices:
                    yield _sliced(root, one, f"{root.model_id}/{one.name}", goal)


def _sliced(root: ModelSpec, one: Slice, model_id: str, goal: Goal) -> ModelSpec:
    days = root.horizon_days
    return replace(
        root, model_id=model_id, population=(*root.population, *one.conditions), parent=root.model_id,
        zh=f"{one.zh}客户在 {days} 天内{goal.zh}", en=f"a customer ({one.en}) {goal.en} within {days} days",
    )  # fmt: skip


def _can_be(population: Sequence[Condition]) -> bool:
    """Say whether anybody can meet all conditions: none of retirees under 30."""
    bounds = [one for one in population if isinstance(one, Bound)]
    for name in {one.feature for one in bounds}:
        ours = [one for one in bounds if one.feature == name]
        highest = min((one.high for one in ours if one.high is not None), default=None)
        if highest is not None and max(one.low for one in ours) >= highest:
            return False
    return True


def _crossed(first: Sequence[Slice], second: Sequence[Slice]) -> tuple[Slice, ...]:
    return tuple(_joined(a, b) for a in first for b in second)


def _joined(a: Slice, b: Slice) -> Slice:
    return Slice(
        name=f"{a.name}_{b.name}", conditions=(*a.conditions, *b.conditions), zh=f"{b.zh}{a.zh}", en=f"{a.en}, {b.en}"
    )


def _place(region: str) -> Slice:
    """Return the customers of a region; its name in an id is a digest, because ids are small letters and digits."""
    name = f"region_{content_hash(region.encode())[:8]}"
    return Slice(name=name, conditions=(Lives(region=region),), zh=region, en=f"in {region}")
