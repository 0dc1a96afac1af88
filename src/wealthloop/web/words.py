"""What the codes of the tables are called on a page; the glossary's words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wealthloop.leads.triggers import RULES

WORDS: Final[dict[str, dict[str, Promise]]] = {
    "category": {
        "demand": _("Demand deposit"),
        "time_deposit": _("Time deposit"),
        "large_cd": _("Large CD"),
        "savings_bond": _("Savings bond"),
        "cash_management": _("Cash management"),
        "money_fund": _("Money fund"),
        "bond_fund": _("Bond fund"),
        "mixed_fund": _("Mixed fund"),
        "equity_fund": _("Equity fund"),
        "qdii_fund": _("QDII fund"),
        "fixed_income_wm": _("Fixed-income product"),
        "fixed_income_plus_wm": _("Fixed-income-plus product"),
        "mixed_wm": _("Mixed product"),
        "structured_deposit": _("Structured deposit"),
        "insurance_single": _("Single-premium insurance"),
        "insurance_regular": _("Regular-premium insurance"),
        "personal_pension": _("Personal pension"),
        "trust": _("Trust"),
        "gold": _("Gold"),
        "other": _("Other"),
    },
    "tier": {
        "mass": _("Mass"),
        "affluent": _("Affluent"),
        "wealth": _("Wealth"),
        "pre_private": _("Pre-private"),
        "private": _("Private"),
        "unknown": _("Tier not known"),
    },
    "lifecycle": {
        "new": pgettext_lazy("lifecycle", "New"),
        "growing": pgettext_lazy("lifecycle", "Growing"),
        "mature": pgettext_lazy("lifecycle", "Mature"),
        "declining": pgettext_lazy("lifecycle", "Declining"),
        "dormant": pgettext_lazy("lifecycle", "Dormant"),
        "lost": pgettext_lazy("lifecycle", "Lost"),
        "won_back": pgettext_lazy("lifecycle", "Won back"),
        "unknown": _("Lifecycle not known"),
    },
    "life_stage": {
        "study": _("Studying"),
        "single": _("Single"),
        "couple": _("Couple"),
        "young_children": _("Young children"),
        "grown_children": _("Grown children"),
        "retired": pgettext_lazy("life stage", "Retired"),
        "unknown": _("Life stage not known"),
    },
    "basis": {
        "daily": _("daily balances"),
        "month_end": _("month-end balances"),
        "assumed": _("assumed"),
    },
    "app": {
        "login": _("App login"),
        "view": _("Viewed"),
        "search": _("Searched"),
        "click": _("Clicked"),
        "push_open": _("Opened a push"),
    },
    "counterparty": {
        "own_other_bank": _("own account elsewhere"),
        "broker": _("broker"),
        "payment_platform": _("payment platform"),
        "employer": _("employer"),
        "merchant": _("merchant"),
        "person": _("person"),
        "other": pgettext_lazy("counterparty", "other"),
    },
    "plan": {
        "regular_investment": _("Regular investment"),
        "regular_premium": _("Regular premium"),
    },
    "load": {
        "loaded": pgettext_lazy("load", "Loaded"),
        "stopped": pgettext_lazy("load", "Stopped at a gate"),
        "refused": pgettext_lazy("load", "Refused"),
    },
    "activity": {
        "branch_salon": _("Branch salon"),
        "online": pgettext_lazy("activity", "Online"),
        "roadshow": _("Roadshow"),
    },
    "trigger": {
        "scheduled": _("A day of the calendar"),
    },
    "metric": {
        "conversion": _("Share of customers who buy"),
        "amount": _("Amount bought, yuan a customer"),
        "plan_begun": _("Share of customers who begin a regular investment"),
        "kept": _("Share of customers who redeem none"),
        "reassessed": _("Share of customers who take a risk assessment"),
        "logged_in": _("Share of customers who log in to mobile banking"),
    },
    "effect": {
        "conversion": _("Share of customers who buy, percentage points"),
        "amount": _("Amount bought, yuan a customer"),
        "aum": _("Assets, average of the last month, yuan a customer"),
        "plan_begun": _("Share of customers who begin a regular investment, percentage points"),
        "kept": _("Share of customers who redeem none, percentage points"),
        "reassessed": _("Share of customers who take a risk assessment, percentage points"),
        "logged_in": _("Share of customers who log in to mobile banking, percentage points"),
    },
    "flag": {
        "good": pgettext_lazy("model", "healthy"),
        "immature": pgettext_lazy("model", "immature"),
        "no_positives": pgettext_lazy("model", "no positives"),
        "stuck": pgettext_lazy("model", "nothing learnt"),
        "low": pgettext_lazy("model", "hardly better than chance"),
        "leak_suspected": pgettext_lazy("model", "leak suspected"),
        "drifted": pgettext_lazy("model", "drifted"),
    },
    "model_family": {
        "response": pgettext_lazy("model family", "Response"),
        "segment": pgettext_lazy("model family", "Segment"),
        "upgrade": pgettext_lazy("model family", "Upgrade"),
        "behaviour": pgettext_lazy("model family", "Behaviour"),
        "churn": pgettext_lazy("model family", "Churn"),
    },
    "learner": {
        "trees": _("boosted trees"),
        "additive": _("additive trees"),
        "pooled": _("its wider model, calibrated"),
        "constant": _("the same for everybody"),
        "average": _("average of S, T, X and DR learners"),
    },
    "why": {
        "signal": _("%(figure)s features tell something of the target"),
        "few_positives": _("%(figure)s positives to learn from"),
        "no_signal": _("no feature tells more than chance"),
        "gain": _("its own trees lower the log loss of later customers by %(figure)s"),
        "no_gain": _("its own trees do not lower the log loss of later customers beyond chance"),
    },
    "untrained": {
        "history_too_short": _("history is too short for a snapshot to learn from and a later one to check on"),
        "too_few_positives": _("too few positives to learn from"),
        "failed": _("it failed"),
    },
    "version_state": {
        "challenger": pgettext_lazy("model version", "challenger"),
        "proposed": pgettext_lazy("model version", "proposed"),
        "champion": pgettext_lazy("model version", "in use"),
        "retired": pgettext_lazy("model version", "retired"),
    },
    "arm": {
        "contact": pgettext_lazy("arm", "contact"),
        "control": pgettext_lazy("arm", "control"),
    },
    "advice": {
        "stop": pgettext_lazy("incentive", "Stop"),
        "lower": pgettext_lazy("incentive", "Lower"),
        "keep": pgettext_lazy("incentive", "Keep"),
        "measure": pgettext_lazy("incentive", "Go on measuring"),
        "wait": pgettext_lazy("incentive", "Too early"),
        "locked": pgettext_lazy("incentive", "Locked: a check fails"),
    },
    "check": {
        "sample_ratio": _("Sample ratio"),
        "crossover": _("Crossover"),
        "reconciliation": _("Reconciliation"),
        "outcome": _("What is counted"),
    },
    "guardrail": {
        "opt_out": _("Refusals of contact"),
        "complaint": _("Complaints"),
        "redemption": _("Redemptions"),
    },
    "standing": {
        "harm": _("harms: paused"),
        "safe": _("within what is allowed"),
        "open": _("not decided yet"),
        "waiting": _("not known yet"),
    },
    "standing_arm": {
        "platform": _("Platform"),
        "universal": _("No contact at all"),
        "business_as_usual": _("The bank's own campaigns"),
        "by_hand": _("Managers choose themselves"),
        "random_action": _("Any allowed action"),
        "propensity_only": _("Likely buyers first"),
        "no_levers": _("Without strategic weights"),
        "eligibility_only": _("First come, first served"),
        "random_score": _("Random scores"),
    },
    "policy": {
        "none": pgettext_lazy("policy", "none"),
        "bau": pgettext_lazy("policy", "bau"),
        "random": pgettext_lazy("policy", "random"),
        "pcvl": pgettext_lazy("policy", "pcvl"),
        "loop": pgettext_lazy("policy", "loop"),
        "learnable": pgettext_lazy("policy", "learnable"),
        "oracle": pgettext_lazy("policy", "oracle"),
    },
    "channel": {
        "rm": _("Relationship manager"),
        "remote_agent": _("Remote agent"),
        "ai_call": _("AI outbound call"),
        "app_push": _("App push"),
        "sms": _("SMS"),
        "wechat": _("WeChat official account"),
        "wecom": _("WeCom"),
    },
    "transaction": {
        "salary": _("Salary"),
        "transfer_in": _("Transfer in"),
        "transfer_out": _("Transfer out"),
        "buy": _("Purchase"),
        "redeem": _("Redemption"),
        "maturity": _("Maturity"),
        "dividend": _("Dividend"),
        "card": _("Card payment"),
        "cash": _("Cash"),
        "loan": _("Loan"),
        "fee": _("Fee"),
        "interest": _("Interest"),
    },
    "card_state": {
        "new": pgettext_lazy("card", "New"),
        "claimed": pgettext_lazy("card", "Claimed"),
        "follow_up": pgettext_lazy("card", "Follow-up"),
        "won": pgettext_lazy("card", "Won"),
        "closed": pgettext_lazy("card", "Closed"),
        "expired": pgettext_lazy("card", "Expired"),
    },
    "outcome": {
        "cards": pgettext_lazy("funnel", "Cards"),
        "claimed": pgettext_lazy("outcome", "Claimed"),
        "not_reached": _("Not reached"),
        "reached": _("Reached"),
        "intent_high": _("Intent high"),
        "intent_medium": _("Intent medium"),
        "intent_low": _("Intent low"),
        "appointment": _("Appointment"),
        "follow_up": _("Follow-up task"),
        "not_now": _("Not now"),
        "wrong_product": _("Wrong product"),
        "wrong_customer": _("Wrong customer"),
        "feedback": pgettext_lazy("outcome", "Said"),
        "won": pgettext_lazy("outcome", "Won"),
    },
    "held": {
        "unknown_code": _("does not count: the code is not known any more"),
        "does_not_fit": _("does not count: the code does not go with this outcome"),
        "said_before": _("does not count twice"),
        "too_late": _("does not count: the card ended too long ago"),
    },
    "intent_state": {
        "planned": _("Planned"),
        "withheld": _("Withheld (control)"),
        "held_out": _("Held out"),
        "pending": _("Pending"),
        "claimed": _("In sending"),
        "sent": _("Sent"),
        "suppressed": _("Suppressed"),
        "failed": _("Failed"),
        "expired": _("Expired"),
        "unknown": _("Unknown"),
    },
    "strategy_state": {
        "draft": _("Draft"),
        "checked": _("Checked"),
        "in_review": _("In review"),
        "approved": _("Approved"),
        "running": _("Running"),
        "paused": _("Paused"),
        "concluded": _("Concluded"),
        "retired": _("Retired"),
    },
    "verdict": {
        "won": pgettext_lazy("verdict", "won"),
        "lost": pgettext_lazy("verdict", "lost"),
        "inconclusive": pgettext_lazy("verdict", "inconclusive"),
    },
    "signature": {
        "strategy": _("Strategy"),
        "data": _("Data"),
        "technology": _("Technology"),
        "product_manager": _("Product manager"),
        "consumer_protection": _("Consumer-protection review"),
        "compliance": _("Compliance"),
    },
    "outside": {
        "verified_wallet_yuan": _("Verified wealth in all, yuan"),
    },
    "outside_source": {
        "rm_verified": _("RM, drawn by lot"),
        "rm_report": _("RM, by choice"),
    },
    "role": {
        "rm": _("Relationship manager"),
        "remote_agent": _("Remote agent"),
        "lobby_manager": _("Lobby manager"),
        "investment_adviser": _("Investment adviser"),
        "branch_head": _("Branch head"),
        "strategy": _("Strategy"),
        "data": _("Data"),
        "technology": _("Technology"),
        "product_manager": _("Product manager"),
        "consumer_protection": _("Consumer protection"),
        "compliance": _("Compliance"),
        "head": _("Head office"),
    },
}
"""By kind of code, the word for each code."""


_RULES: Final = {rule.name: rule for rule in RULES}
"""Event rules have their words where they are declared."""


def word(kind: str, code: str) -> str:
    """Return what a code is called in the reader's language; a code without a word stands for itself."""
    if kind == "trigger":
        rule = _RULES.get(code)
        if rule is not None:
            return rule.zh if _is_chinese() else rule.en
    return str(WORDS[kind].get(code, code))


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")
