"""The rules of contact: what they say, by which law, and what they cost on a night."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from wealthloop.access.scope import Scope
from wealthloop.policies.pack import Rule, pack_of
from wealthloop.rehearsal.rulekept import KeptCost, kept
from wealthloop.web.contexts.rules import RuleLine, RulesPage
from wealthloop.web.counts import SMALL, shown
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show


@require_GET
@door("rules")
def rules(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """List the rules, the law's apart from the bank's own."""
    pack, cost = pack_of(visitor.site.home), kept(visitor.site.home)
    lines = [_line(rule, cost, visitor.scope) for rule in pack.rules]
    page = RulesPage(
        pack=pack.pack_id,
        version=pack.version,
        legal=tuple(line for line in lines if line.legal),
        bank=tuple(line for line in lines if not line.legal),
        as_of=None if cost is None else cost.as_of,
        value=None if cost is None else cost.value,
    )
    return show(request, "rules.html", page, room="rules")


def _line(rule: Rule, cost: KeptCost | None, scope: Scope) -> RuleLine:
    """Return a rule; what it costs is hidden with a small count from who may not know it (I19)."""
    found = None if cost is None else cost.rules.get(rule.rule_id)
    small = found is not None and 0 < found.customers < SMALL and not scope.everything
    return RuleLine(
        rule_id=rule.rule_id,
        text=rule.text,
        remedy=rule.remedy,
        source=rule.source,
        article=rule.article,
        in_force_from=rule.in_force_from,
        legal=rule.kind == "legal",
        secondary=rule.status == "secondary",
        parameters=tuple(f"{name}: {_written(value)}" for name, value in rule.parameters.model_dump().items()),
        customers=None if found is None else shown(found.customers, scope),
        cost=None if found is None or small else found.cost,
    )


def _written(value: object) -> str:
    """Return a parameter on one line: members in order."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_written(one)}" for name, one in value.items())
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset | tuple) else str(value)
