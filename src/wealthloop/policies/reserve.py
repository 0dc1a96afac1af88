"""The last gate: asked inside the transaction that claims an intent, with a reservation under every cap."""

from dataclasses import replace
from datetime import datetime

from django.db import connection

from wealthloop.access.audit import audit
from wealthloop.errors import WealthloopError
from wealthloop.policies import repository
from wealthloop.policies.pack import RulePack
from wealthloop.policies.screen import screen
from wealthloop.policies.types import Action, Facts, Verdict


def reserve(intent_id: str, facts: Facts, action: Action, *, now: datetime, pack: RulePack) -> Verdict:
    """Ask every rule with the state of this instant and, if all say yes, count the contact.

    Refusals, the global stop and the contacts that count are read anew under a lock on the customer; whether the
    strategy runs and who approved it the caller reads in the same transaction (``strategies.actions.live_action``).
    Asked again for an intent that it has reserved it gives the same answer and counts nothing twice. A service
    message without an offer is asked too but does not count.

    Raises:
        WealthloopError: no transaction is open, so that nothing could hold between the question and the answer.
    """
    if not connection.in_atomic_block:
        raise WealthloopError("policies.reserve needs the caller's transaction")
    repository.lock_customer(facts.customer_id)
    verdict = screen(live(facts, now=now, but=intent_id), action, now=now, pack=pack, stage="claim")
    if verdict.allowed and action.carries_offer:
        repository.put_reservation(
            intent_id,
            customer_id=facts.customer_id,
            channel=action.channel,
            strategy_id=action.strategy_id,
            now=now,
        )
    return verdict


def release(intent_id: str, now: datetime) -> None:
    """Give a contact back, on a final ``failed`` or ``expired`` only; unknown keeps counting."""
    repository.free_reservation(intent_id, now=now)


def stopped() -> bool:
    """Say whether the global stop is on."""
    return repository.stop_is_on()


def global_stop(by: str, reason: str, now: datetime) -> bool:
    """Stop everything that would leave; return whether it was running."""
    fresh = repository.put_stop(by=by, reason=reason, now=now)
    if fresh:
        audit(by, "stop.put", object_type="stop", object_id="global", detail={"reason": reason}, now=now)
    return fresh


def lift_stop(by: str, now: datetime) -> bool:
    """Let contacts leave again; return whether they were stopped."""
    was_on = repository.take_stop()
    if was_on:
        audit(by, "stop.lifted", object_type="stop", object_id="global", detail={}, now=now)
    return was_on


def opt_out(customer_id: str, channel: str, source: str, now: datetime) -> bool:
    """Record a refusal (``*`` for every channel), effective at once and for good; return whether it is new."""
    fresh = repository.put_opt_out(customer_id, channel, source=source, now=now)
    if fresh:
        detail = {"channel": channel}
        audit(source, "customer.opted_out", object_type="customer", object_id=customer_id, detail=detail, now=now)
    return fresh


def live(facts: Facts, *, now: datetime, but: str = "") -> Facts:
    """Return facts with the refusals, contacts and global stop of an instant; ``but`` names an intent to leave out."""
    customer = facts.customer_id
    return replace(
        facts,
        opt_outs=repository.opt_outs([customer]).get(customer, frozenset()),
        contacts=repository.contacts([customer], now=now, but=but).get(customer, ()),
        stopped=repository.stop_is_on(),
    )
