"""The declared models: at least one of each family."""

from typing import Final

from wealthloop.scoring.types import Bound, Buys, FallsTo, Family, ModelSpec, MovesOut, ReachesNextTier

WEALTH_MANAGEMENT: Final = ("cash_management", "fixed_income_wm", "fixed_income_plus_wm", "mixed_wm")
"""What a bank calls 理财: the wealth products, cash management among them; funds and insurance are not."""

TERM_AND_INVESTMENT: Final = (
    "time_deposit", "large_cd", "savings_bond", "structured_deposit", *WEALTH_MANAGEMENT,
    "money_fund", "bond_fund", "mixed_fund", "equity_fund", "qdii_fund", "personal_pension", "trust", "gold",
)  # fmt: skip
"""Where matured money stays in the bank: a new term deposit or an investment, not demand and not insurance."""

NON_MONEY_FUNDS: Final = ("bond_fund", "mixed_fund", "equity_fund", "qdii_fund")
"""What a bank calls 非货币基金: the funds whose price moves."""

TIER_FLOORS: Final = (5_000_000, 50_000_000, 200_000_000, 600_000_000)
"""Floors in fen of affluent, wealth, pre-private and private (contract of the bank's tables)."""

_AT_LEAST_10_000_YUAN: Final = Bound(feature="aum", low=1_000_000.0)
_OWNER: Final = "retail_analytics"

SPECS: Final[tuple[ModelSpec, ...]] = (
    ModelSpec(
        model_id="response/wealth_management/30d", family=Family.RESPONSE,
        target=Buys(categories=WEALTH_MANAGEMENT), population=(Bound(feature="aum", low=1.0),), horizon_days=30,
        monotone=(("maturing_30d", 1),), owner=_OWNER,
        zh="有资产的客户在 30 天内购买银行理财(含现金管理类)",
        en="a customer with assets buys a wealth product (cash management included) within 30 days",
    ),
    ModelSpec(
        model_id="response/non_money_funds/30d", family=Family.RESPONSE,
        target=Buys(categories=NON_MONEY_FUNDS), population=(Bound(feature="aum", low=1.0),), horizon_days=30,
        monotone=(("maturing_30d", 1),), owner=_OWNER,
        zh="有资产的客户在 30 天内购买非货币基金(债券、混合、股票、QDII)",
        en="a customer with assets buys a fund other than a money fund (bond, mixed, equity, QDII) within 30 days",
    ),
    ModelSpec(
        model_id="segment/maturing/renew_or_buy_30d", family=Family.SEGMENT,
        target=Buys(categories=TERM_AND_INVESTMENT),
        population=(Bound(feature="maturing_30d", low=1.0), Bound(feature="balance_deposit", low=1.0)),
        horizon_days=30, owner=_OWNER,
        zh="30 天内有资金到期的存款客户续存或购买投资产品",
        en="a deposit holder with money maturing within 30 days renews or buys an investment product in that time",
    ),
    ModelSpec(
        model_id="upgrade/next_tier/30d", family=Family.UPGRADE, target=ReachesNextTier(floors=TIER_FLOORS),
        population=(Bound(feature="aum_average", low=1.0, high=float(TIER_FLOORS[-1])),), horizon_days=30,
        owner=_OWNER,
        zh="未来 30 天的日均资产达到上一层级的门槛",
        en="the daily average of assets over the next 30 days reaches the next tier's floor",
    ),
    ModelSpec(
        model_id="behaviour/large_outflow/30d", family=Family.BEHAVIOUR,
        target=MovesOut(share=0.3, least=1_000_000), population=(_AT_LEAST_10_000_YUAN,), horizon_days=30,
        owner=_OWNER,
        zh="资产 1 万元以上的客户在 30 天内转出行外至少三成资产",
        en="a customer with 10,000 yuan or more moves at least 30 % of it out of the bank within 30 days",
    ),
    ModelSpec(
        model_id="churn/aum_half/30d", family=Family.CHURN, target=FallsTo(share=0.5),
        population=(_AT_LEAST_10_000_YUAN,), horizon_days=30, owner=_OWNER,
        zh="资产 1 万元以上的客户 30 天后资产减半或更少",
        en="a customer with 10,000 yuan or more has at most half of it left after 30 days",
    ),
)  # fmt: skip
"""Every model that the factory trains."""
