"""From trees over codes to trees over values: the text of a model that anyone can read and score with."""

from collections.abc import Sequence
from typing import Final

from wealthloop.scoring.types import Floats

_NAN_LEFT: Final = "10"
"""LightGBM's decision type: numeric, what is not known is NaN and goes left (its code is the smallest)."""
_NOTHING_KNOWN: Final = -1.7976931348623157e308
"""A threshold that no value is at or below: only what is not known goes left."""
_END: Final = "end of trees"


def in_values(text: str, edges: Sequence[Floats]) -> str:
    """Return a model over codes as the same model over values.

    Args:
        text: of ``Booster.model_to_string``, learnt from codes of ``Bins``.
        edges: of each of its columns.

    Returns:
        A text that LightGBM reads: the same leaves, thresholds in the units of the columns, without the learner's
        settings and without the table of sizes, which would no longer be true.
    """
    head, *trees = text.split(_END, maxsplit=1)[0].split("\nTree=")
    kept = [line for line in head.splitlines() if not line.startswith(("tree_sizes=", "feature_infos="))]
    infos = " ".join(f"[{float(one[0])!r}:{float(one[-1])!r}]" if len(one) else "none" for one in edges)
    kept.append(f"feature_infos={infos}")
    translated = ["\n".join(_tree(tree, edges)) for tree in trees]
    return "\n\nTree=".join(["\n".join(kept), *translated]) + f"\n\n{_END}\n"


def _tree(part: str, edges: Sequence[Floats]) -> list[str]:
    lines = part.rstrip().splitlines()
    found = dict(line.split("=", maxsplit=1) for line in lines[1:] if "=" in line)
    columns = [int(one) for one in found.get("split_feature", "").split()]
    codes = [float(one) for one in found.get("threshold", "").split()]
    values = [_value(edges[column], code) for column, code in zip(columns, codes, strict=True)]
    replaced = {
        "threshold": " ".join(map(repr, values)),
        "decision_type": " ".join([_NAN_LEFT] * len(columns)),
    }
    out = lines[:1]
    for line in lines[1:]:
        name = line.split("=", maxsplit=1)[0]
        out.append(f"{name}={replaced[name]}" if name in replaced and columns else line)
    return out


def _value(edges: Floats, code: float) -> float:
    """Return the largest value whose code is at or below ``code``."""
    least = int(code)
    return float(edges[least - 1]) if least >= 1 else _NOTHING_KNOWN
