"""Effects as plain text: the lines' numbers and the trees' own text, no pickle."""

from typing import Any

import lightgbm as lgb
import numpy as np

from wealthloop.scoring.tabular.causal import Effect, Response, Term
from wealthloop.scoring.tabular.learners import Linear, Plan


def written(effect: Effect) -> dict[str, Any]:
    """Return an effect as plain values for JSON; responses that several terms share are written once."""
    distinct = list({id(term.response): term.response for term in effect.terms}.values())
    place = {id(one): at for at, one in enumerate(distinct)}
    return {
        "responses": [_response(one) for one in distinct],
        "terms": [
            {"weight": term.weight, "response": place[id(term.response)], "treated": term.treated}
            for term in effect.terms
        ],
    }


def read_back(told: dict[str, Any]) -> Effect:
    """Return the effect that ``written`` wrote."""
    responses = [_response_of(one) for one in told["responses"]]
    return Effect(
        terms=tuple(
            Term(weight=one["weight"], response=responses[one["response"]], treated=one["treated"])
            for one in told["terms"]
        )
    )


def _response(one: Response) -> dict[str, Any]:
    plan = one.line.plan
    return {
        "line": {
            "weights": one.line.weights.tolist(), "base": one.line.base, "steps": [list(step) for step in plan.steps],
            **{name: getattr(plan, name).tolist() for name in ("low", "high", "middle", "spread", "centre")},
        },
        "trees": one.trees.model_to_string(),
    }  # fmt: skip


def _response_of(told: dict[str, Any]) -> Response:
    line = told["line"]
    arrays = {name: np.array(line[name], dtype=np.float64) for name in ("low", "high", "middle", "spread", "centre")}
    plan = Plan(steps=tuple((int(column), str(what), float(code)) for column, what, code in line["steps"]), **arrays)
    weights = np.array(line["weights"], dtype=np.float64)
    linear = Linear(plan=plan, weights=weights, base=float(line["base"]))
    return Response(line=linear, trees=lgb.Booster(model_str=told["trees"]))
