"""What people at desks were told: who wants to be left alone, who has done it already, who asked to wait."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import Action, Facts, Told


class CodeParameters(Parameters):
    """The codes of feedback for which a rule holds."""

    codes: Annotated[frozenset[str], Stricter.MORE] = Field(min_length=1)


class DaysParameters(CodeParameters):
    """For how many days it holds."""

    days: Annotated[int, Stricter.HIGHER] = Field(ge=1, le=366)


class StayAwayParameters(DaysParameters):
    """The channels on which nobody contacts."""

    channels: Annotated[frozenset[str], Stricter.MORE] = Field(min_length=1)


def stay_away(facts: Facts, action: Action, now: datetime, parameters: StayAwayParameters) -> Finding:
    """Whom a contact has angered, no person calls with an offer for some time."""
    if not action.carries_offer or action.channel not in parameters.channels:
        return yes("该渠道不受客户反感限制", "not a channel that an angry customer is spared", channel=action.channel)
    if facts.told is None:
        return missing("一线反馈", "what people at desks were told")
    said = _newest(facts.told, parameters, now)
    if said is not None:
        return no(f"客户反感，{parameters.days} 天内不由人员联系",
                  f"the customer was angry: no calls for {parameters.days} days",
                  code=said.code, said_on=facts.day(said.at))  # fmt: skip
    return yes("无客户反感记录", "no anger was told")


def leave_category(facts: Facts, action: Action, now: datetime, parameters: DaysParameters) -> Finding:
    """Who has done it already is left alone with that category for some time."""
    if action.product is None:
        return yes("不涉及产品", "no product is named")
    if facts.told is None:
        return missing("一线反馈", "what people at desks were told")
    said = _newest(tuple(_of_category(facts.told, action.product.category)), parameters, now)
    if said is not None:
        return no(f"客户称已办理，{parameters.days} 天内不再推介同类产品",
                  f"the customer has done it already: this category rests for {parameters.days} days",
                  code=said.code, category=action.product.category, said_on=facts.day(said.at))  # fmt: skip
    return yes("未称已办理同类产品", "nothing of this category was done already")


def asked_to_wait(facts: Facts, action: Action, now: datetime, parameters: CodeParameters) -> Finding:
    """Who named a day is not asked about that category before it."""
    if action.product is None:
        return yes("不涉及产品", "no product is named")
    if facts.told is None:
        return missing("一线反馈", "what people at desks were told")
    today = facts.day(now)
    named = [
        one.not_before
        for one in _of_category(facts.told, action.product.category)
        if one.code in parameters.codes and one.not_before is not None and one.at <= now
    ]
    latest = max(named, default=date.min)
    if latest > today:
        return no(f"客户要求 {latest} 之前不联系", f"the customer asked to wait until {latest}", not_before=latest)
    return yes("无约定的最早日期", "no day to wait for")


def _newest(told: tuple[Told, ...], parameters: DaysParameters, now: datetime) -> Told | None:
    """Return the newest of some codes that still holds."""
    since = now - timedelta(days=parameters.days)
    return max(
        (one for one in told if one.code in parameters.codes and since < one.at <= now),
        key=lambda one: (one.at, one.code),
        default=None,
    )


def _of_category(told: tuple[Told, ...], category: str) -> Iterator[Told]:
    """Yield what was said of a category; what named no product was said of every one."""
    return (one for one in told if one.category in (None, category))
