"""The hunt: every rule is made wrong in every way that its data and its code offer; its cases must notice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wealthloop.errors import DocumentError
from wealthloop.policies.finding import yes
from wealthloop.policies.mutation import code, data
from wealthloop.policies.mutation.cases import Case, answer_of
from wealthloop.policies.pack import Rule, RulePack


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunted:
    """What became of the mutants of one rule."""

    rule_id: str
    check: str
    cases: int
    mutants: int
    survivors: tuple[str, ...]
    """What was changed in those that no case noticed."""

    @property
    def killed(self) -> int:
        """How many a case noticed."""
        return self.mutants - len(self.survivors)


def hunt(pack: RulePack, cases: Sequence[Case]) -> tuple[Hunted, ...]:
    """Return what became of the mutants of every rule, in the pack's order.

    A mutant is killed by a case whose answer it changes, or that it cannot answer at all.

    Raises:
        DocumentError: a rule itself answers a case otherwise than expected, or a case is of no rule of the pack.
    """
    of_rule: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        of_rule[case.rule_id].append(case)
    strange = sorted(of_rule.keys() - {rule.rule_id for rule in pack.rules})
    if strange:
        raise DocumentError(f"cases of {', '.join(strange)}: the pack {pack.pack_id} has no such rule")
    return tuple(_hunted(rule, of_rule[rule.rule_id]) for rule in pack.rules)


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield the mutants of a rule: itself removed, its parameters changed, its code changed."""
    yield "rule removed", replace(rule, ask=lambda *_: yes("", ""))
    for said, parameters in data.mutated(rule.parameters):
        yield said, replace(rule, parameters=parameters)
    for said, ask in code.mutated(rule.ask):
        yield said, replace(rule, ask=ask)


def _hunted(rule: Rule, cases: Sequence[Case]) -> Hunted:
    for case in cases:
        found = case.ask(rule)
        if not case.holds(found):
            raise DocumentError(
                f"{case.name}: expect == {case.expect} {dict(case.shows) or ''}, the rule says {answer_of(found)}: "
                f"{found.reason.en} {dict(found.facts) or ''}"
            )
    tried = list(mutants(rule))
    alive = tuple(said for said, mutant in tried if not any(_notices(case, mutant) for case in cases))
    return Hunted(rule_id=rule.rule_id, check=rule.check, cases=len(cases), mutants=len(tried), survivors=alive)


def _notices(case: Case, mutant: Rule) -> bool:
    try:
        return not case.holds(case.ask(mutant))
    except Exception:  # noqa: BLE001 - a mutant may break in any way, and one that breaks gives no answer
        return True
