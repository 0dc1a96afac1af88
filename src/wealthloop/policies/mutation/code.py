"""Mutants of a check's code: a comparison swapped, a condition dropped, an exemption widened, an answer turned.

The function of a check and the functions of its own module that it reaches are compiled anew with one change each.
What stands inside an answer (its words and the facts that it names) is left alone.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any, Final, TypeAlias

from wealthloop.policies.checks import Ask

_Change: TypeAlias = Callable[[Any], ast.AST]

_SWAPPED: Final[dict[type[ast.AST], tuple[type[ast.AST], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,),
}  # fmt: skip
_CALLED: Final = {"any": "all", "all": "any", "min": "max", "max": "min", "yes": "no", "no": "yes", "missing": "yes"}
_ANSWERS: Final = frozenset({"yes", "no", "missing"})
_WORDS: Final = frozenset({"zh", "en"})
"""Arguments that are words for people."""


@lru_cache(maxsize=64)
def mutated(ask: Ask) -> tuple[tuple[str, Ask], ...]:
    """Return what is changed and the check with it, one change at a time, in the order of the code; no change twice."""
    module, name = sys.modules[ask.__module__], str(ask.__name__)
    sources = {one: dedent(inspect.getsource(getattr(module, one))) for one in _reached(module, name)}
    seen = {ast.unparse(_parsed(source)) for source in sources.values()}
    found: list[tuple[str, Ask]] = []
    for changed, source in sources.items():
        for said, mutant in _mutants(source):
            text = ast.unparse(mutant)
            if text not in seen:
                seen.add(text)
                found.append((f"{changed}: {said}", _compiled(module, {**sources, changed: text}, name)))
    return tuple(found)


def _parsed(source: str) -> ast.stmt:
    return ast.parse(source).body[0]


def _reached(module: ModuleType, name: str) -> tuple[str, ...]:
    """Return the module's own functions that a function reaches, itself the first."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop(0)
        held = inspect.unwrap(getattr(module, one))
        if one not in found and isinstance(held, FunctionType) and held.__module__ == module.__name__:
            found.append(one)
            tree = ast.parse(dedent(inspect.getsource(held)))
            names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
            waiting += [each for each in names if callable(getattr(module, each, None))]
    return tuple(found)


def _compiled(module: ModuleType, sources: dict[str, str], name: str) -> Ask:
    space = dict(vars(module))
    exec("\n".join(sources.values()), space)  # noqa: S102 - our own source, changed in one place
    found: Ask = space[name]
    return found


def _mutants(source: str) -> Iterator[tuple[str, ast.stmt]]:
    for place, node in enumerate(_sites(_parsed(source))):
        for said, change in _changes(node):
            fresh = _parsed(source)
            target = next(islice(_sites(fresh), place, None))
            new = change(target)
            yield said or f"{_short(node)} -> {_short(new)}", _Put(target, new).visit(fresh)


class _Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401 - the transformer's signature
        return self._new if node is self._old else self.generic_visit(node)


def _sites(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that may be changed: no annotations, docstrings, words for people, or what an answer holds."""
    body = tree.body if isinstance(tree, ast.FunctionDef) else [tree]
    for one in body:
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)):
            yield from _inside(one)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ANSWERS:
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.JoinedStr) or (isinstance(child, ast.keyword) and child.arg in _WORDS)):
            yield from _inside(child)


def _changes(node: ast.AST) -> Iterator[tuple[str, _Change]]:
    """Yield the changes of one node, each with what it says where its code before and after does not."""
    for kind, changes in _OF_NODE.items():
        if isinstance(node, kind):
            yield from changes(node)


def _of_compare(node: ast.Compare) -> Iterator[tuple[str, _Change]]:
    for place, operator in enumerate(node.ops):
        for other in _SWAPPED[type(operator)]:
            yield "", _operator(place, other)


def _operator(place: int, other: type[ast.AST]) -> _Change:
    def change(node: ast.Compare) -> ast.AST:
        node.ops[place] = other()  # type: ignore[call-overload]
        return node

    return change


def _of_bool(node: ast.BoolOp) -> Iterator[tuple[str, _Change]]:
    yield "", _swap
    for place in range(len(node.values)):
        yield "", _without(place)


def _without(place: int) -> _Change:
    def change(node: ast.BoolOp) -> ast.AST:
        kept = [one for index, one in enumerate(node.values) if index != place]
        return kept[0] if len(kept) == 1 else ast.BoolOp(op=node.op, values=kept)

    return change


def _of_binary(node: ast.BinOp) -> Iterator[tuple[str, _Change]]:
    if type(node.op) in _SWAPPED:
        yield "", _swap


def _swap(node: ast.BoolOp | ast.BinOp) -> ast.AST:
    node.op = _SWAPPED[type(node.op)][0]()  # type: ignore[assignment]
    return node


def _of_unary(node: ast.UnaryOp) -> Iterator[tuple[str, _Change]]:  # noqa: ARG001 - changes are asked alike
    yield "", _operand


def _operand(node: ast.UnaryOp) -> ast.AST:
    return node.operand


def _of_test(node: ast.If | ast.IfExp) -> Iterator[tuple[str, _Change]]:
    for always in (True, False):
        yield f"if {ast.unparse(node.test)} -> if {always}", _always(always)


def _always(value: bool) -> _Change:  # noqa: FBT001 - the value that a test then always has
    def change(node: ast.If | ast.IfExp) -> ast.AST:
        node.test = ast.Constant(value)
        return node

    return change


def _of_comprehension(node: ast.comprehension) -> Iterator[tuple[str, _Change]]:
    for place, test in enumerate(node.ifs):
        yield f"if {ast.unparse(test)} dropped", _unfiltered(place)


def _unfiltered(place: int) -> _Change:
    def change(node: ast.comprehension) -> ast.AST:
        del node.ifs[place]
        return node

    return change


def _of_call(node: ast.Call) -> Iterator[tuple[str, _Change]]:
    if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        name = node.func.id
        yield f"{name} -> {_CALLED[name]}: {_short(node)}", _called


def _called(node: ast.Call) -> ast.AST:
    assert isinstance(node.func, ast.Name)
    node.func = ast.Name(id=_CALLED[node.func.id], ctx=ast.Load())
    return node


def _of_constant(node: ast.Constant) -> Iterator[tuple[str, _Change]]:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | str):
        return
    for other in (value - 1, value + 1) if isinstance(value, int) else ("",):
        yield "", _constant(other)


def _constant(value: int | str) -> _Change:
    return lambda _: ast.Constant(value)


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 90 else f"{text[:87]}..."


_OF_NODE: Final[dict[Any, Callable[[Any], Iterator[tuple[str, _Change]]]]] = {
    ast.Compare: _of_compare, ast.BoolOp: _of_bool, ast.BinOp: _of_binary, ast.UnaryOp: _of_unary,
    (ast.If, ast.IfExp): _of_test, ast.comprehension: _of_comprehension, ast.Call: _of_call,
    ast.Constant: _of_constant,
}  # fmt: skip
"""By kind of node what may be changed in it."""
