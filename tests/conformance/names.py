"""The names of the expressions in the source: what a call of an engine calls itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wealthloop.bank import TABLES

SOURCE: Final = Path(__file__).parents[2] / "src" / "wealthloop"
_ASKING: Final = frozenset(("to_arrow", "write", "map_batches"))
_ANY_TABLE: Final = "|".join(TABLES)


def patterns() -> dict[str, re.Pattern[str]]:
    """Return, by module and name as written, a pattern of the names under which an expression is asked."""
    found: dict[str, re.Pattern[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if "engines" not in path.relative_to(SOURCE).parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for text in _names(tree):
                found[f"{path.relative_to(SOURCE).with_suffix('').as_posix()}: {text}"] = re.compile(text)
    return found


def _names(tree: ast.Module) -> Iterator[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _ASKING:
                yield from _said(tree, function, call)


def _said(tree: ast.Module, function: ast.FunctionDef, call: ast.Call) -> Iterator[str]:
    """Give the name that a call says; where it passes on a parameter, what the callers say."""
    name = next((keyword.value for keyword in call.keywords if keyword.arg == "name"), None)
    if isinstance(name, ast.Name):
        callers = list(_callers(tree, function, name.id))
        yield from callers or [_ANY_TABLE]
    elif name is not None:
        yield _pattern(name)


def _callers(tree: ast.Module, function: ast.FunctionDef, parameter: str) -> Iterator[str]:
    places = [argument.arg for argument in function.args.args]
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function.name:
            named = [keyword.value for keyword in call.keywords if keyword.arg == parameter]
            yield _pattern(named[0] if named else call.args[places.index(parameter)])


def _pattern(name: ast.expr) -> str:
    if isinstance(name, ast.Constant):
        return re.escape(str(name.value))
    if isinstance(name, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in name.values)
    raise AssertionError(f"{ast.unparse(name)}: an expression's name must stand in the source")
