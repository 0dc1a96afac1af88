"""Customer insight: tags as state machines, available funds, profiles; the panorama of one customer."""

from wealthloop.insight.months import MonthlyAum, monthly_aum, tier_history
from wealthloop.insight.panorama import explain_tags, panorama, profile_of
from wealthloop.insight.profiles import SCHEMA, bank_segments, load, profiles, save
from wealthloop.insight.tagged import (
    DEFINITIONS,
    Check,
    Explained,
    Move,
    Waiting,
    best_hours,
    load_tags,
    moves_of,
    save_tags,
    tag_table,
)
from wealthloop.insight.tiers import TIERS, Tier, next_tier, tier
from wealthloop.insight.types import (
    AumBasis,
    BalanceSeries,
    ComplaintLine,
    ContactLine,
    Happening,
    HoldingLine,
    Missing,
    PlanLine,
    Profile,
    Sourced,
    Tag,
    Words,
)
from wealthloop.insight.views import Listed, OutsideTag, Panorama, Score, Withheld
from wealthloop.insight.wallet.estimate import fit_wallet, wallets
from wealthloop.insight.wallet.health import WalletHealth, wallet_health
from wealthloop.insight.wallet.types import Basis, LeftOut, WalletModel

__all__ = [
    "DEFINITIONS",
    "SCHEMA",
    "TIERS",
    "AumBasis",
    "BalanceSeries",
    "Basis",
    "Check",
    "ComplaintLine",
    "ContactLine",
    "Explained",
    "Happening",
    "HoldingLine",
    "LeftOut",
    "Listed",
    "Missing",
    "MonthlyAum",
    "Move",
    "OutsideTag",
    "Panorama",
    "PlanLine",
    "Profile",
    "Score",
    "Sourced",
    "Tag",
    "Tier",
    "Waiting",
    "WalletHealth",
    "WalletModel",
    "Withheld",
    "Words",
    "bank_segments",
    "best_hours",
    "explain_tags",
    "fit_wallet",
    "load",
    "load_tags",
    "monthly_aum",
    "moves_of",
    "next_tier",
    "panorama",
    "profile_of",
    "profiles",
    "save",
    "save_tags",
    "tag_table",
    "tier",
    "tier_history",
    "wallet_health",
    "wallets",
]
