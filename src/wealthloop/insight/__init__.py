"""Customer insight: tier, lifecycle, life stage, available funds; the panorama of one customer."""

from wealthloop.insight.life_stage import STAGES
from wealthloop.insight.lifecycle import RULES
from wealthloop.insight.months import MonthlyAum, monthly_aum, tier_history
from wealthloop.insight.panorama import panorama, profile_of
from wealthloop.insight.profiles import SCHEMA, bank_segments, load, profiles, save
from wealthloop.insight.tiers import TIERS, Tier, next_tier, tier
from wealthloop.insight.types import (
    AumBasis,
    BalanceSeries,
    ComplaintLine,
    ContactLine,
    Happening,
    HoldingLine,
    Missing,
    Panorama,
    PlanLine,
    Profile,
    Tag,
    Words,
)

__all__ = [
    "RULES",
    "SCHEMA",
    "STAGES",
    "TIERS",
    "AumBasis",
    "BalanceSeries",
    "ComplaintLine",
    "ContactLine",
    "Happening",
    "HoldingLine",
    "Missing",
    "MonthlyAum",
    "Panorama",
    "PlanLine",
    "Profile",
    "Tag",
    "Tier",
    "Words",
    "bank_segments",
    "load",
    "monthly_aum",
    "next_tier",
    "panorama",
    "profile_of",
    "profiles",
    "save",
    "tier",
    "tier_history",
]
