"""A strategy's contact as the rules see it, when it is planned and when its intent is claimed."""

from collections.abc import Iterable
from datetime import date

from wealthloop.policies.types import Action, Approval, ProductFacts
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import Running
from wealthloop.strategies.models import StrategyState
from wealthloop.strategies.repository import held_in, version_row


def planned_action(
    one: Running, *, channel: str, product: ProductFacts | None, not_after: date, uses_credit: bool = False
) -> Action:
    """Return a contact of a running version as the rules see it when it is planned.

    Args:
        one: the version.
        channel: through which.
        product: what would be offered, None for nothing.
        not_after: the last day of the contact; the document's own end can only shorten it.
        uses_credit: overdraft or card room entered the value, the amount or the words.
    """
    return _action(
        one.document, one.approval, is_running=True, channel=channel, product=product, not_after=not_after,
        uses_credit=uses_credit, texts=None,
    )  # fmt: skip


def live_action(
    strategy_id: str,
    version: int,
    *,
    channel: str,
    product: ProductFacts | None,
    not_after: date,
    texts: Iterable[str],
    consent_on_file: bool,
    uses_credit: bool = False,
) -> Action:
    """Return a contact as the rules see it when its intent is claimed, with the version's state of this instant.

    Args:
        strategy_id: the strategy.
        version: its version.
        channel: through which.
        product: what is offered, as the bank describes it now.
        not_after: the last day of the contact.
        texts: the very words that leave, one a language.
        consent_on_file: the consent under which it was planned is written down with it.
        uses_credit: overdraft or card room entered the value, the amount or the words.

    Raises:
        NotFound: no such version.
    """
    row = version_row(strategy_id, version)
    document, approval = held_in(row)
    return _action(
        document, approval, is_running=row.state == StrategyState.RUNNING,
        channel=channel, product=product, not_after=not_after, uses_credit=uses_credit, texts=tuple(texts),
        consent_on_file=consent_on_file,
    )  # fmt: skip


def _action(
    document: Strategy,
    approval: Approval,
    *,
    is_running: bool,
    channel: str,
    product: ProductFacts | None,
    not_after: date,
    uses_credit: bool,
    texts: tuple[str, ...] | None,
    consent_on_file: bool | None = None,
) -> Action:
    return Action(
        strategy_id=document.id,
        channel=channel,
        product=product,
        personalised=True,
        commercial=True,
        not_after=not_after if document.not_after is None else min(not_after, document.not_after),
        caps=tuple(cap.cap() for cap in document.caps),
        running=is_running,
        approval=approval,
        approved_categories=frozenset(document.offer.all_categories),
        benefit_id=document.offer.benefit_id,
        gift_on=document.gift_on,
        closing=document.offer.closing,
        uses_credit=uses_credit,
        invites_assessment=document.success.metric == "reassessed",
        texts=texts,
        consent_on_file=consent_on_file,
    )
