"""Every check by name: the function that asks it, its parameters, when it can be asked, and what it looks at."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from wealthloop.policies import caps, conduct, consent, gifts, suitability, told, wording
from wealthloop.policies.finding import Finding, Parameters
from wealthloop.policies.types import Action, Facts

Ask: TypeAlias = Callable[[Facts, Action, datetime, Any], Finding]

CHECKS: Final[dict[str, tuple[Ask, type[Parameters]]]] = {
    "global_stop": (conduct.global_stop, Parameters),
    "strategy_running": (conduct.strategy_running, Parameters),
    "approval": (conduct.approval, Parameters),
    "not_after": (conduct.not_after, Parameters),
    "legal_block": (conduct.legal_block, Parameters),
    "marketing": (consent.marketing, Parameters),
    "personalisation": (consent.personalisation, Parameters),
    "opt_out": (consent.opt_out, Parameters),
    "calls_rest": (consent.calls_rest, consent.RestParameters),
    "consent_proof": (consent.consent_proof, consent.ProofParameters),
    "address": (consent.address, consent.AddressParameters),
    "ai_call": (conduct.ai_call, conduct.AiCallParameters),
    "machine_says_so": (wording.machine_says_so, wording.SaysParameters),
    "hands_over": (wording.hands_over, wording.SaysParameters),
    "call_hours": (conduct.call_hours, conduct.HoursParameters),
    "bank_cap": (caps.bank_cap, caps.CapParameters),
    "own_caps": (caps.own_caps, Parameters),
    "stay_away": (told.stay_away, told.StayAwayParameters),
    "leave_category": (told.leave_category, told.DaysParameters),
    "asked_to_wait": (told.asked_to_wait, told.CodeParameters),
    "level_known": (suitability.level_known, Parameters),
    "rating_match": (suitability.rating_match, Parameters),
    "validity": (suitability.validity, suitability.ValidityParameters),
    "private_product": (suitability.private_product, suitability.PrivateParameters),
    "needs_analysis": (suitability.needs_analysis, suitability.ValidityParameters),
    "assessment_frequency": (suitability.assessment_frequency, suitability.AssessmentParameters),
    "age": (conduct.age, conduct.AgeParameters),
    "qualified_person": (conduct.qualified_person, conduct.ChannelParameters),
    "on_sale": (conduct.on_sale, Parameters),
    "approved_product": (conduct.approved_product, Parameters),
    "closing_path": (conduct.closing_path, conduct.ClosingParameters),
    "credit": (conduct.credit, Parameters),
    "equal_terms": (conduct.equal_terms, Parameters),
    "no_gift": (gifts.no_gift, gifts.GiftParameters),
    "sms_form": (wording.sms_form, wording.SmsParameters),
    "marketing_words": (wording.marketing_words, wording.WordParameters),
    "figures_of_contract": (wording.figures_of_contract, wording.OnlineParameters),
}
"""Every check by name; a pack must use each at least once, so that a shortened file cannot loosen anything."""

CLAIM_ONLY: Final = frozenset(
    {"global_stop", "call_hours", "consent_proof", "machine_says_so", "hands_over", "sms_form", "marketing_words",
     "figures_of_contract"}
)  # fmt: skip
"""Checks of the sending instant or of what does not exist when a contact is planned: words, a proof on file."""

Part: TypeAlias = Literal["channel", "product", "contact"]
"""Of an action: its channel, its product, or anything else but whether it carries an offer and is personal."""

_CHANNEL: Final[frozenset[Part]] = frozenset({"channel"})
_PRODUCT: Final[frozenset[Part]] = frozenset({"product"})
_CONTACT: Final[frozenset[Part]] = frozenset({"contact"})

LOOKS_AT: Final[dict[str, frozenset[Part]]] = {
    "global_stop": frozenset(),
    "strategy_running": _CONTACT,
    "approval": _CONTACT,
    "not_after": _CONTACT,
    "legal_block": frozenset(),
    "marketing": _CHANNEL,
    "personalisation": _CHANNEL,
    "opt_out": _CHANNEL,
    "calls_rest": _CHANNEL,
    "consent_proof": _CHANNEL | _CONTACT,
    "address": _CHANNEL,
    "ai_call": _CHANNEL,
    "machine_says_so": _CHANNEL | _CONTACT,
    "hands_over": _CHANNEL | _CONTACT,
    "call_hours": _CHANNEL,
    "bank_cap": _CHANNEL,
    "own_caps": _CHANNEL | _CONTACT,
    "stay_away": _CHANNEL,
    "leave_category": _PRODUCT,
    "asked_to_wait": _PRODUCT,
    "level_known": _PRODUCT,
    "rating_match": _PRODUCT,
    "validity": _PRODUCT,
    "private_product": _PRODUCT | _CHANNEL,
    "needs_analysis": _PRODUCT,
    "assessment_frequency": _CONTACT,
    "age": _PRODUCT | _CHANNEL,
    "qualified_person": _PRODUCT | _CHANNEL,
    "on_sale": _PRODUCT,
    "approved_product": _PRODUCT | _CONTACT,
    "closing_path": _PRODUCT | _CONTACT,
    "credit": _CONTACT,
    "equal_terms": _CONTACT,
    "no_gift": _CONTACT,
    "sms_form": _CHANNEL | _CONTACT,
    "marketing_words": _CHANNEL | _CONTACT,
    "figures_of_contract": _CHANNEL | _PRODUCT | _CONTACT,
}
"""The parts of an action that a check's answer can depend on.

Every check may look at the customer, and at whether the action carries an offer and is personal.
"""
