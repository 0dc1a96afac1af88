"""World files, the bank: sections on books, people at their desks, channels, contacts, costs and its own rules."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox.people_spec import Count, Fraction, NotNegative, Part, Positive, one_of

BY_PEOPLE: Final = ("rm", "remote_agent")
"""Channels of people at desks, whose capacity is theirs; the others have a volume a day."""
Channel = Annotated[str, one_of(CHANNELS)]


class Books(Part):
    """Who looks after whom."""

    rm_share: Annotated[float, Field(gt=0.0, le=1.0)]
    book_size: Count
    rm_capacity: Count
    customers_a_branch: Count
    customers_a_remote_agent: Count
    remote_capacity: Count


class Staff(Part):
    """How RMs differ, tire, stay away and leave."""

    skill_sigma: NotNegative
    tire_day: Fraction
    tire_week: Fraction
    act_floor: Fraction
    act_rank: Fraction
    act_sense: NotNegative
    absent_share: Fraction
    absent_days: Count
    leave_yearly: Annotated[float, Field(ge=0.0, lt=1.0)]


class Contacting(Part):
    """What any contact does, whatever its channel."""

    days: Positive
    timing_days: Positive
    timing_floor: Fraction
    fatigue_daily: Fraction
    fatigue_weight: Annotated[float, Field(ge=0.0)]
    half_need: Positive
    harm: Fraction
    outside_share: Fraction
    complaint_daily: Fraction


class Message(Part):
    """What a message's wording and a benefit with it do to interest."""

    variant_sigma: NotNegative
    incentive_gain: NotNegative
    incentive_yuan: Positive


class Funnel(Part):
    """One channel: reached, then interested, then sold; what it costs and how much of it there is in a day."""

    reached: Fraction
    interested: Fraction
    sold: Fraction
    fatigue: NotNegative
    opt_out: Fraction
    complaint: Fraction
    cost_yuan: NotNegative
    daily_per_thousand: NotNegative
    """Contacts a day for a thousand customers; 0 for channels of people, whose capacity stands in ``books``."""


def _all_channels(funnels: dict[str, Funnel]) -> dict[str, Funnel]:
    missing = [channel for channel in CHANNELS if channel not in funnels]
    if missing:
        raise ValueError(f"has no {', '.join(missing)}")
    return funnels


Channels = Annotated[dict[Channel, Funnel], AfterValidator(_all_channels)]


class Cost(Part):
    """What contacts may cost together."""

    budget_yuan_per_thousand: NotNegative
    """A day, for a thousand customers."""


class Desk(Part):
    """How RMs treat their cards."""

    diligence: Fraction
    noise: Annotated[float, Field(ge=0.0)]
    insight: Annotated[float, Field(ge=0.0)]
    tries: Count
    report_noise: Fraction
    wrong_customer: Fraction
    card_days: Count
    code_share: Fraction = 0.7
    """Share of talks after which the person says by a code how it was; drawn from a stream of its own."""
    code_noise: Fraction = 0.15
    """Share of these codes that are drawn at random instead."""


class Triggers(Part):
    """The bank's own rules, by which it ran strategies before the platform came."""

    inflow_yuan: Positive
    outflow_yuan: Positive
    active_days: Count
    maturing_days: Count
    idle_after_days: Count
    idle_until_days: Count
    idle_part: Fraction
    dormant_days: Count
    near_part: Fraction
    tier_floors_yuan: tuple[int, ...]
    planned_again_days: Count
