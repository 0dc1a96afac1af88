"""The genealogy of strategies: who grew from whom, what was expected, what was seen, and what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from wealthloop.errors import NotFound
from wealthloop.evolution.judge import looks
from wealthloop.evolution.models import Kind, Proposal
from wealthloop.evolution.repository import proposals
from wealthloop.experiments import strategy_version
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.repository import held_in, versions

Node = dict[str, Any]


def tree(reports: Sequence[StrategyReport] = (), *, root: str | None = None) -> list[Node]:
    """Return every strategy with its versions, parents before their children, roots by id.

    Args:
        reports: what the versions show now; without, only what was seen when they were confirmed is told.
        root: the strategy whose descendants alone are told; None: all.

    Raises:
        NotFound: there is no such root.
    """
    nodes = _nodes({f"{one.strategy_id}/v{one.version}": one for one in reports}, looks(reports))
    children: dict[str | None, list[str]] = {}
    for name, node in nodes.items():
        parent = strategy_version(node["parent"])[0] if node["parent"] else None
        children.setdefault(parent if parent in nodes else None, []).append(name)
    if root is not None and root not in nodes:
        raise NotFound(f"strategy {root}: not in this home")
    ordered: list[Node] = []

    def walk(name: str, depth: int) -> None:
        grown = sorted(children.get(name, []))
        ordered.append({**nodes[name], "depth": depth, "children": grown})
        for child in grown:
            walk(child, depth + 1)

    for name in [root] if root is not None else sorted(children.get(None, [])):
        walk(name, 0)
    return ordered


def _nodes(reports: Mapping[str, StrategyReport], log_e: Mapping[str, float]) -> dict[str, Node]:
    born = {row.strategy_id: row for row in proposals(kind=Kind.CHILD)}
    nodes: dict[str, Node] = {}
    for row in versions():
        document, _ = held_in(row)
        name = f"{row.strategy_id}/v{row.version}"
        node = nodes.setdefault(row.strategy_id, _node(row.strategy_id, born.get(row.strategy_id)))
        node |= {"name": {"zh": document.name.zh, "en": document.name.en}, "parent": document.parent}
        node |= {"credit": document.credit}
        node["versions"].append(
            {
                "version": row.version,
                "state": str(row.state),
                "verdict": row.verdict or None,
                "launched_on": row.launched_on.isoformat() if row.launched_on else None,
                "control": sum(arm.share for arm in document.arms if arm.control),
                "shown": _shown(reports.get(name)),
                "log_e": log_e.get(name),
            }
        )
    return nodes


def _node(strategy_id: str, born: Proposal | None) -> Node:
    confirmed = getattr(born, "confirmation", None) if born is not None else None
    return {
        "strategy": strategy_id,
        "versions": [],
        "proposed_on": born.proposed_on.isoformat() if born is not None else None,
        "expected": born.evidence["expected"] if born is not None else None,
        "test": {"stream": born.stream, "number": born.number} if born is not None and born.number else None,
        "confirmed": None
        if confirmed is None
        else {
            "on": confirmed.on.isoformat(), "log_e": confirmed.log_e, "level": confirmed.level,
            "effect": confirmed.effect, "low": confirmed.low, "high": confirmed.high, "n": confirmed.n,
        },
    }  # fmt: skip


def _shown(report: StrategyReport | None) -> dict[str, Any] | None:
    if report is None or len(report.effects) != 1:
        return None
    shown = report.effects[0]
    return {"effect": shown.effect, "low": shown.low, "high": shown.high, "n": shown.n}
