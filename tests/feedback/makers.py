"""Cards on desks and what was said of them, made by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from tests.delivery.makers import NOW, TODAY, card_content
from wealthloop.delivery import cards
from wealthloop.delivery.models import Card, Intent, IntentState
from wealthloop.delivery.sequence import next_sequence
from wealthloop.delivery.transitions import Outcome
from wealthloop.policies.facts import CHINA

_number: Iterator[int] = count()


def lay(
    customer_id: str = "C1", *, trigger: str = "deposit_maturing", product_id: str = "P1", staff_id: str = "S1",
    strategy_id: str = "maturity-care", version: int = 1, tier: str = "wealth", rank: int = 1000, sent_on: date = TODAY,
) -> str:  # fmt: skip
    """Lay a card on a desk, and return its id."""
    card_id = f"card{next(_number)}"
    content: dict[str, Any] = card_content() | {"trigger": trigger, "tier": tier}
    intent = Intent.objects.create(
        intent_id=card_id, run_id="r", strategy_id=strategy_id, strategy_version=version, customer_id=customer_id,
        channel="rm", step=card_id, staff_id=staff_id, product_id=product_id, lead_id=card_id, content=content,
        content_hash="h", approval_hash="h", consent_snapshot={}, not_before=NOW, not_after=NOW + timedelta(days=5),
        state=IntentState.SENT, created_at=NOW,
    )  # fmt: skip
    Card.objects.create(
        intent=intent, sequence=next_sequence(), customer_id=customer_id, staff_id=staff_id, content=content,
        created_at=NOW, sent_on=sent_on, expires_on=sent_on + timedelta(days=10), rank=rank,
    )  # fmt: skip
    return card_id


def do(card_id: str, outcome: Outcome, *, now: datetime = NOW, **given: Any) -> None:  # noqa: ANN401 - as of a click
    """Do something with a card."""
    staff_id = Card.objects.get(pk=card_id).staff_id
    request_id = f"request{next(_number)}"
    cards.record(
        card_id, outcome, actor=staff_id.lower(), staff_id=staff_id, request_id=request_id, now=now, zone=CHINA, **given
    )


def work(card_id: str, code: str = "", *, now: datetime = NOW, **given: Any) -> None:  # noqa: ANN401 - as of a click
    """Claim a card, reach its customer, and say something of it in the way that fits."""
    staff_id = Card.objects.get(pk=card_id).staff_id
    steps: list[tuple[Outcome, dict[str, Any]]] = [(Outcome.CLAIMED, {}), (Outcome.REACHED, {})]
    if code:
        steps.append((_FITTING.get(code, Outcome.FEEDBACK), {"code": code, **given}))
    done = [
        cards.Done(
            card_id=card_id, outcome=outcome, actor=staff_id.lower(), staff_id=staff_id, now=now,
            request_id=f"request{next(_number)}", **more,
        )
        for outcome, more in steps
    ]  # fmt: skip
    cards.record_all(done, zone=CHINA)


_FITTING = {
    "wrong_timing": Outcome.NOT_NOW, "money_bound": Outcome.NOT_NOW, "not_interested": Outcome.NOT_NOW,
    "wrong_product": Outcome.WRONG_PRODUCT, "too_risky": Outcome.WRONG_PRODUCT, "other": Outcome.NOT_NOW,
}  # fmt: skip
