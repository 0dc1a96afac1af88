"""Gifts: nothing is given for buying, beginning or keeping a product that, the law says, gifts must not sell."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import Action, Facts


class GiftParameters(Parameters):
    """The product categories that no gift may sell."""

    categories: Annotated[frozenset[str], Stricter.MORE] = Field(min_length=1)


def no_gift(facts: Facts, action: Action, now: datetime, parameters: GiftParameters) -> Finding:  # noqa: ARG001
    """No benefit and no incentive depends on a product of these categories."""
    if action.gift_on is None:
        return missing("权益与激励的条件", "what a benefit or an incentive depends on")
    tied = sorted(parameters.categories & action.gift_on)
    if tied:
        named = ", ".join(tied)
        return no(f"权益或激励以办理 {named} 为条件", f"a benefit or an incentive depends on {named}",
                  categories=named)  # fmt: skip
    return yes("无以此类产品为条件的权益或激励", "no benefit and no incentive depends on such a product")
