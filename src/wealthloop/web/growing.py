"""The lines of the page on which strategies grow, from proposals, nodes and figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from wealthloop.evolution.models import Proposal
from wealthloop.evolution.repository import document_of
from wealthloop.evolution.tree import Node
from wealthloop.strategies.parts import Words
from wealthloop.web.contexts.growth import NodeLine, ProposalLine, Whisker
from wealthloop.web.templatetags.wealthloop import money, number, points
from wealthloop.web.words import word

_EDGE = 4.0
"""How far from the edges of a scale of 100 the widest interval ends."""


class Scale:
    """Places effects on one scale of 0 to 100 that holds zero."""

    def __init__(self, seen: Sequence[Mapping[str, Any]]) -> None:
        """Take the scale of effects with ``low`` and ``high``."""
        self._low = min([0.0, *(float(one["low"]) for one in seen)])
        self._high = max([0.0, *(float(one["high"]) for one in seen)])

    def at(self, value: float) -> float:
        """Return the place of a value."""
        span = (self._high - self._low) or 1.0
        return round(_EDGE + (value - self._low) / span * (100 - 2 * _EDGE), 1)

    def whisker(self, seen: Mapping[str, Any] | None) -> Whisker | None:
        """Return an effect on the scale; None where there is none."""
        if seen is None:
            return None
        effect, low, high = (float(seen[name]) for name in ("effect", "low", "high"))
        return Whisker(low=self.at(low), point=self.at(effect), high=self.at(high), text=_interval(effect, low, high))


def scale_of(nodes: Sequence[Node]) -> Scale:
    """Return the scale of all effects of a tree."""
    seen = [node["confirmed"] for node in nodes] + [node["versions"][-1]["shown"] for node in nodes]
    return Scale([one for one in seen if one is not None])


def node_line(node: Node, scale: Scale) -> NodeLine:
    """Return the line of a strategy, its newest version speaking for it."""
    newest, expected, test = node["versions"][-1], node["expected"], node["test"]
    return NodeLine(
        strategy_id=f"{node['strategy']}/v{newest['version']}", depth=min(int(node["depth"]), 6),
        name=Words(**node["name"]), credit=node["credit"], state=word("strategy_state", newest["state"]),
        verdict=word("verdict", newest["verdict"]) if newest["verdict"] else "",
        expected="" if expected is None else _interval(expected["effect"], expected["low"], expected["high"]),
        confirmed=scale.whisker(node["confirmed"]), shown=scale.whisker(newest["shown"]),
        test="" if test is None else str(test["number"]),
    )  # fmt: skip


def proposal_line(row: Proposal) -> ProposalLine:
    """Return the line of an open proposal."""
    return ProposalLine(
        proposal_id=row.proposal_id, kind=word("proposal", row.kind), strategy_id=row.strategy_id,
        name=document_of(row).name if row.document else None, about=row.about, facts=tuple(_facts(row.evidence)),
        proposed_on=row.proposed_on.isoformat(),
    )  # fmt: skip


def _facts(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "expected" in evidence:
        one, honest = evidence["expected"], evidence["honest"]
        return [
            (_("Expected effect"), _interval(one["effect"], one["low"], one["high"])),
            (_("Customers behind it"), number(honest["n"])),
            (_("Customers needed"), number(one["needed"])),
            (_("Days until it can show"), number(one["days"])),
            (_("Worth in a year, if it holds"), money(one["yearly_value"])),
        ]
    if "log_e" in evidence:
        sure = _interval(evidence["effect"], evidence["low"], evidence["high"])
        return [(_("Confirmed effect"), sure), (_("Customers behind it"), number(evidence["n"]))]
    shown = evidence.get("shown")
    seen = [] if shown is None else [(_("Effect"), _interval(shown["effect"], shown["low"], shown["high"]))]
    return [(_("Why"), word("end", evidence["why"])), *seen]


def _interval(effect: float, low: float, high: float) -> str:
    plus = "+" if effect > 0 else ""
    return _("%(mean)s (%(low)s to %(high)s) points") % {
        "mean": f"{plus}{points(effect)}", "low": points(low), "high": points(high),
    }  # fmt: skip
