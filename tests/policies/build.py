"""A customer and a contact that every rule allows; tests change one thing at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from wealthloop.policies.types import (
    Action,
    Approval,
    Consent,
    Facts,
    ProductFacts,
    StaffFacts,
    Suitability,
)

NOW: Final = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10:00 in Shanghai."""

LONG_AGO: Final = datetime(2026, 1, 5, tzinfo=UTC)

GRANTED: Final = (
    Consent(purpose="marketing", channel="*", granted=True, at=LONG_AGO),
    Consent(purpose="personalisation", channel="*", granted=True, at=LONG_AGO),
)

FUND: Final = ProductFacts(
    product_id="P1", category="bond_fund", regime="investment", issuer_risk="R2", seller_risk="R2", private=False,
    on_sale_from=date(2025, 1, 1),
)  # fmt: skip

_FACTS: Final = Facts(
    customer_id="C1",
    zone=ZoneInfo("Asia/Shanghai"),
    found=True,
    consents=GRANTED,
    suitability=Suitability(level="C3", lowest_class=False, assessed_at=date(2026, 3, 1), valid_until=None),
    assessed_on=(date(2026, 3, 1),),
    born_by=date(1980, 5, 1),
    bound=frozenset({"app_push", "sms", "wechat", "wecom"}),
    staff=StaffFacts(staff_id="S1", qualified_for=frozenset({"investment"})),
    opt_outs=frozenset(),
    contacts=(),
    told=(),
    stopped=False,
)

_ACTION: Final = Action(
    strategy_id="idle-salary",
    channel="rm",
    product=FUND,
    personalised=True,
    commercial=True,
    not_after=date(2026, 11, 30),
    running=True,
    approval=Approval(author="li", approved_by="zhao", content_hash="h", approved_hash="h"),
    approved_categories=frozenset({"bond_fund"}),
    gift_on=frozenset(),
    closing="app",
    uses_credit=False,
    consent_on_file=True,
    texts=("【示范银行】您的工资已到账。拒收请回复R",),
)


def facts(**change: Any) -> Facts:  # noqa: ANN401
    """Return the good customer with some facts changed."""
    return replace(_FACTS, **change)


def action(**change: Any) -> Action:  # noqa: ANN401
    """Return the good contact with some parts changed."""
    return replace(_ACTION, **change)


def product(**change: Any) -> ProductFacts:  # noqa: ANN401
    """Return the good product with some parts changed."""
    return replace(FUND, **change)


def assessed(**change: Any) -> Suitability:  # noqa: ANN401
    """Return the good assessment with some parts changed."""
    held = _FACTS.suitability
    assert held is not None
    return replace(held, **change)
