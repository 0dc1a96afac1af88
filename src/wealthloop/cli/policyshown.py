"""Rules, answers and costs of rules as JSON values and tables."""

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

if TYPE_CHECKING:
    from wealthloop.policies.pack import Rule
    from wealthloop.rehearsal.asked import Asked
    from wealthloop.rehearsal.rulecost import NightCost, RuleCost

KINDS: Final = {"legal": "法规 legal", "bank": "行内 bank"}


def asked(one: "Asked") -> dict[str, Any]:
    """Return a contact's answers as JSON values."""
    from wealthloop.cli.plain import plain

    return {
        "strategy": f"{one.strategy_id}/v{one.version}",
        "channel": one.channel,
        "product": None if one.product is None else one.product.product_id,
        "category": None if one.product is None else one.product.category,
        "allowed": one.allowed,
        "forbidden_by": [each.rule.rule_id for each in one.answers if not each.hit.allowed],
        "rules": [
            {
                "rule": each.rule.rule_id,
                "kind": each.rule.kind,
                "allowed": each.hit.allowed,
                "reason": plain(each.hit.reason),
                "facts": {name: plain(value) for name, value in each.used.items()},
                "shown": dict(each.hit.facts),
                "to_change": None if each.hit.allowed else plain(each.rule.remedy),
                "opens_on": plain(each.opens_on),
            }
            for each in one.answers
        ],
        "asked_when_it_leaves": [rule.rule_id for rule in one.later],
    }


def asked_table(one: "Asked") -> Table:
    """Return a contact's answers as a table, those that forbid it first."""
    product = "–" if one.product is None else f"{one.product.product_id} ({one.product.category})"
    answer = "可触达 allowed" if one.allowed else "不可触达 forbidden"
    table = Table(
        "规则 rule", "", "原因 reason", "依据 facts", "需要改变 to change",
        title=f"{one.strategy_id}/v{one.version} · {one.channel} · {product} · {answer}", show_lines=True,
    )  # fmt: skip
    for each in sorted(one.answers, key=lambda answer: answer.hit.allowed):
        remedy = [] if each.hit.allowed else [each.rule.remedy.zh, each.rule.remedy.en]
        opens = [] if each.opens_on is None else [f"{each.opens_on} 起 from that day"]
        facts = (f"{name}: {_brief(value)}" for name, value in each.used.items())
        table.add_row(
            each.rule.rule_id, "✓" if each.hit.allowed else "✗", f"{each.hit.reason.zh}\n{each.hit.reason.en}",
            "\n".join(facts), "\n".join(remedy + opens) or "–",
        )  # fmt: skip
    return table


def _brief(value: object) -> str:
    """Return a fact in a few words: how many where it is several records."""
    if isinstance(value, tuple):
        return f"{len(value)} 条 records"
    if value is None:
        return "未知或无 unknown or none"
    return (", ".join(sorted(value)) or "–") if isinstance(value, frozenset) else str(value)


def costs(found: "NightCost") -> dict[str, Any]:
    """Return what the rules cost as JSON values, money in yuan."""
    return {
        "as_of": found.as_of.isoformat(),
        "leads": found.leads,
        "allowed": found.allowed,
        "forbidden": found.forbidden,
        "plan_value_yuan": found.value / 100,
        "plan_bound_yuan": found.upper_bound / 100,
        "rules": [_cost(one) for one in found.rules],
    }


def _cost(one: "RuleCost") -> dict[str, Any]:
    return {
        "rule": one.rule.rule_id,
        "kind": one.rule.kind,
        "can_be_relaxed": one.rule.kind == "bank",
        "text": {"zh": one.rule.text.zh, "en": one.rule.text.en},
        "candidates": one.candidates,
        "customers": one.customers,
        "value_yuan": one.value / 100,
        "cost_yuan": one.cost / 100,
    }


def told(rule: "Rule") -> dict[str, Any]:
    """Return a rule as JSON values."""
    return {
        "rule": rule.rule_id,
        "check": rule.check,
        "kind": rule.kind,
        "can_be_relaxed": rule.kind == "bank",
        "stages": sorted(rule.stages),
        "text": {"zh": rule.text.zh, "en": rule.text.en},
        "remedy": {"zh": rule.remedy.zh, "en": rule.remedy.en},
        "source": rule.source,
        "article": rule.article,
        "in_force_from": rule.in_force_from.isoformat() if rule.in_force_from else None,
        "status": rule.status,
        "parameters": parameters_of(rule),
    }


def parameters_of(rule: "Rule") -> dict[str, Any]:
    """Return a rule's parameters with its sets in order."""
    from wealthloop.cli.plain import plain

    return {name: plain(getattr(rule.parameters, name)) for name in type(rule.parameters).model_fields}
