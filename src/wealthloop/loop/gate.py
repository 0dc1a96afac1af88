"""The gate that the outbox asks at each claim: the rules, with facts loaded in bulk and live state read anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import QuerySet

from wealthloop import insight
from wealthloop.bank import BankTables
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.delivery.types import GateVerdict
from wealthloop.engines import Engine
from wealthloop.feedback.said import told
from wealthloop.kit import Home, day_of, opening
from wealthloop.loop.catalogues import catalogues, items_of
from wealthloop.loop.holdout import Reach, held_by
from wealthloop.loop.hours import CONTACT_HOURS, contact_hours
from wealthloop.loop.promised import Claims
from wealthloop.policies.facts import load_facts, load_products
from wealthloop.policies.pack import pack_of
from wealthloop.policies.reserve import reserve
from wealthloop.strategies.actions import live_action
from wealthloop.strategies.designs import designs_on
from wealthloop.strategies.parts import Offering
from wealthloop.strategies.repository import held_in, version_row

HELD_OUT: Final = "held_out"
"""Why an intent is suppressed whose customer, planned before, is held out today."""
NOT_IN_CATALOGUE: Final = "not_in_catalogue"
"""Why an intent is suppressed whose benefit is used up or over, or whose activity has begun."""
_INSTANT: Final = timedelta(microseconds=1)
"""An intent's end is the first instant of the day after its last."""


class PolicyGate:
    """Asks the policies about an intent inside its claim.

    The bank's facts are those of the newest night; refusals, caps, stops, what people at desks were told and the
    strategy's state are read inside the claim's transaction.
    """

    def __init__(self, home: Home, bank: BankTables, engine: Engine, *, as_of: date, now: datetime) -> None:
        waiting = Intent.objects.filter(state__in=(IntentState.PENDING, IntentState.CLAIMED))
        customers = sorted(set(waiting.values_list("customer_id", flat=True)))
        self._zone = home.zone
        self._facts = load_facts(bank, engine, customers, as_of=as_of, now=now, told=None, zone=home.zone)
        self._products = load_products(bank, engine, as_of=as_of)
        self._category_of = {name: product.category for name, product in self._products.items()}
        self._pack = pack_of(home)
        known, self._offers = catalogues(bank, as_of=as_of, at=now, zone=home.zone), _offers(waiting)
        self._short = frozenset(which for which, offer in self._offers.items() if not known.hold(offer))
        items = {item for offer in self._offers.values() for item in items_of(offer)}
        self._claims = {item: Claims(home, bank, item, as_of=as_of, now=now) for item in items}
        self._salt = home.settings.salt
        self._designs = designs_on(home, day_of(now, home.zone))
        self._profiles = _profiles(home, as_of, customers) if self._designs else {}

    def __call__(self, intent: Intent, *, now: datetime) -> GateVerdict:
        """Return whether the contact may be made now; what the gate does not know means no."""
        facts = self._facts.get(intent.customer_id)
        if facts is None or (intent.product_id and intent.product_id not in self._products):
            return GateVerdict(allowed=False, reason="facts_missing")
        if not self._promisable(intent):
            return GateVerdict(allowed=False, reason=NOT_IN_CATALOGUE)
        reach = Reach.of(intent, self._profiles.get(intent.customer_id, {}))
        if held_by(reach, self._designs, salt=self._salt) is not None:
            return GateVerdict(allowed=False, reason=HELD_OUT)
        action = live_action(
            intent.strategy_id,
            intent.strategy_version,
            channel=intent.channel,
            product=self._products.get(intent.product_id),
            not_after=day_of(intent.not_after - _INSTANT, self._zone),
            texts=words_of(intent.content),
            consent_on_file=bool(intent.consent_snapshot.get("consents")),
        )
        said = told([intent.customer_id], now=now, category_of=self._category_of)
        facts = replace(facts, told=said.get(intent.customer_id, ()))
        verdict = reserve(intent.intent_id, facts, action, now=now, pack=self._pack)
        again = self._next_hours(now) if verdict.reason_code == CONTACT_HOURS else None
        return GateVerdict(allowed=verdict.allowed, reason=verdict.reason_code, ask_again=again)

    def _promisable(self, intent: Intent) -> bool:
        """Say whether all that the contact's offer names is in the catalogues, and whether there is one for it."""
        which = intent.strategy_id, intent.strategy_version
        if which not in self._offers:
            self._offers[which] = held_in(version_row(*which))[0].offer
        if which in self._short:
            return False
        items = items_of(self._offers[which])
        return all(item in self._claims and self._claims[item].room_for(intent) for item in items)

    def _next_hours(self, now: datetime) -> datetime:
        """Return when the hours of contact begin next: a no of their rule alone is a matter of waiting."""
        today, begins = day_of(now, self._zone), contact_hours(self._pack).begins
        return next(
            instant
            for instant in (opening(today + timedelta(days=days), self._zone, at=begins) for days in (0, 1))
            if instant > now
        )


def _profiles(home: Home, as_of: date, customers: list[str]) -> dict[str, dict[str, Any]]:
    """Return what standing experiments ask of some customers; who is unknown is exempt from nothing."""
    if not (home.insight / f"{as_of.isoformat()}.parquet").exists():
        return {}
    table = insight.load(home, as_of).select(["customer_id", "tier", "branch_id"])
    ours = table.filter(pc.is_in(table["customer_id"], value_set=pa.array(customers, pa.string())))
    return {row["customer_id"]: row for row in ours.to_pylist()}


def _offers(waiting: QuerySet[Intent]) -> dict[tuple[str, int], Offering]:
    """Return the offers of the versions with something in the outbox; a version never changes."""
    which = waiting.values_list("strategy_id", "strategy_version").distinct().order_by()
    return {one: held_in(version_row(*one))[0].offer for one in which}


def words_of(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the very words that leave, one text a language: a message's text, or what a person is told to say."""
    words = content.get("text") or content["talk_track"]
    return (words["zh"], words["en"])
