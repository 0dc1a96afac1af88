"""Intents, gates and connectors for the tests of this room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from wealthloop.delivery.connectors import Acceptance, Guarantee, Message, ProviderReceipt
from wealthloop.delivery.models import Intent
from wealthloop.delivery.types import GateVerdict, NewIntent, hash_of
from wealthloop.kit import stable_id

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CONSENTS = {"consents": [{"purpose": "marketing", "channel": "*", "granted": True, "at": "2026-01-01T00:00:00+00:00"}]}


def words(text: str = "…") -> dict[str, str]:
    return {"zh": text, "en": text}


def card_content(*, value: int = 124_000, expires_on: date = date(2026, 11, 28)) -> dict[str, Any]:
    return {
        "masked_name": "王*明",
        "tier": "wealth",
        "lifecycle": "mature",
        "life_stage": "family",
        "risk_level": "C3",
        "risk_valid_until": "2027-01-14",
        "trigger": "deposit_maturing",
        "strategy_id": "maturity",
        "strategy_name": words("到期承接"),
        "why_now": [{"text": words(), "source": "trigger:deposit_maturing"}],
        "offer": None,
        "alternatives": [],
        "action": words(),
        "value": {"mean": value, "low": 0, "high": 2 * value},
        "p_contact": 0.18,
        "p_no_contact": 0.07,
        "available_now": 12_000_000,
        "available_7d": None,
        "available_30d": None,
        "overdraft_room": None,
        "verdicts": [],
        "talk_track": words(),
        "do_not_say": words(),
        "benefit": None,
        "expires_on": expires_on.isoformat(),
        "contactable": True,
        "demonstration": False,
        "missing": [],
    }


def new_intent(number: int = 1, **changes: object) -> NewIntent:
    channel = changes.get("channel", "sms")
    content = card_content(value=1000 * number) if channel == "rm" else {"text": words(f"message {number}")}
    given: dict[str, Any] = {
        "intent_id": stable_id("intent", number),
        "run_id": "run1",
        "strategy_id": "maturity",
        "strategy_version": 1,
        "customer_id": f"C{number}",
        "channel": channel,
        "step": f"lead{number}/1",
        "lead_id": f"lead{number}",
        "staff_id": "S1" if channel == "rm" else "",
        "content": content,
        "approval_hash": "approved",
        "consent_snapshot": CONSENTS,
        "not_before": NOW,
        "not_after": NOW + timedelta(days=5),
    } | changes
    return NewIntent(**({"content_hash": hash_of(given["content"])} | given))


def allow(intent: Intent, *, now: datetime) -> GateVerdict:  # noqa: ARG001
    return GateVerdict(allowed=True, reason="")


@dataclass
class Denying:
    """A gate that says no to some customers."""

    customers: frozenset[str]
    reason: str = "CO-03"

    def __call__(self, intent: Intent, *, now: datetime) -> GateVerdict:  # noqa: ARG002
        denied = intent.customer_id in self.customers
        return GateVerdict(allowed=not denied, reason=self.reason if denied else "")


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass
class Provider:
    """A provider in memory that counts its acceptances and can be told how to behave."""

    guarantee: Guarantee = Guarantee.IDEMPOTENT_KEY
    channels: frozenset[str] = frozenset({"sms"})
    name: str = "provider"
    real: bool = False
    in_state: bool = False
    settles: timedelta = timedelta(0)
    before: list[BaseException] = field(default_factory=list)
    """Raised by the next calls, nothing accepted."""
    after: list[BaseException] = field(default_factory=list)
    """Raised by the next calls that arrive, after they were accepted."""
    calls: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    said: list[ProviderReceipt] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)

    def send(self, message: Message) -> Acceptance:
        self.calls.append(message.key)
        if self.before:
            raise self.before.pop(0)
        if self.guarantee is not Guarantee.IDEMPOTENT_KEY or message.key not in self.accepted:
            self.accepted.append(message.key)
        if self.after:
            raise self.after.pop(0)
        return Acceptance(provider_ref=f"ref-{message.key}")

    def query(self, key: str) -> Acceptance | None:
        assert self.guarantee is Guarantee.QUERYABLE, "only a queryable provider may be asked"
        return Acceptance(provider_ref=f"ref-{key}") if key in self.accepted else None

    def receipts(self, now: datetime) -> Sequence[ProviderReceipt]:
        return [receipt for receipt in self.said if receipt.at <= now]

    def acknowledge(self, numbers: Sequence[int]) -> None:
        self.kept.extend(numbers)
