"""Reads strategy documents and says what is wrong with one: file, line, path and rule."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from wealthloop.errors import DocumentError, NotFound
from wealthloop.kit import content_hash as bytes_hash
from wealthloop.policies.pack import Rule, RulePack, load_pack
from wealthloop.policies.types import EVERY_CHANNEL, Cap
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.names import name_faults
from wealthloop.strategies.parts import OwnCap
from wealthloop.strategies.wording import wording_faults

LIBRARY: Final = Path(__file__).parent / "library"
STARTING: Final = ("idle-salary", "maturity-care", "stay-close")
"""The last answers four occasions at once, for a small team; the library has a finer strategy for each."""

_NEEDED: Final = {
    "success": "a strategy needs a success criterion: add success with metric, categories, window_days and "
    "minimum_worthwhile_effect",
    "arms": "a strategy needs arms with a control: add arms, each with name, share and control",
}


def load_strategy(source: Path | str, *, pack: RulePack | None = None) -> Strategy:
    """Read and check a strategy document.

    Args:
        source: a YAML file, or the text of one.
        pack: the rules whose caps and forbidden words bind it; the shipped ones by default.

    Raises:
        DocumentError: not readable, or a rule is broken; the message names the path in the document and, as far as
            it can be told, the line.
    """
    name = str(source) if isinstance(source, Path) else "document"
    text = _read(source) if isinstance(source, Path) else source
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DocumentError(f"{name}: not readable as YAML: {error}") from error
    return _parse(content, name, tree, pack or load_pack())


def parse_strategy(content: object, *, pack: RulePack | None = None) -> Strategy:
    """Check a document that was read before, as the state plane keeps it.

    Raises:
        DocumentError: a rule is broken.
    """
    return _parse(content, "document", None, pack or load_pack())


def starting() -> tuple[Strategy, ...]:
    """Return the strategies of the library with which a demonstration begins."""
    return tuple(one for one in shipped() if one.id in STARTING)


def shipped() -> tuple[Strategy, ...]:
    """Return the strategies of the library, by file name."""
    names = sorted(path for path in LIBRARY.glob("*.yaml") if path.name != "value_book.yaml")
    return tuple(load_strategy(path) for path in names)


def shipped_text(strategy_id: str) -> str:
    """Return the document of a strategy of the library as it is written, YAML.

    Raises:
        NotFound: the library has no such strategy.
    """
    names = [one.id for one in shipped()]
    if strategy_id not in names:
        raise NotFound(f"strategy == {strategy_id}, must be one of the library: {', '.join(names)}")
    return _read(LIBRARY / f"{strategy_id}.yaml")


def dump(document: Strategy) -> dict[str, Any]:
    """Return a document as plain JSON values, complete with defaults."""
    return document.model_dump(mode="json")


def content_hash(document: Strategy) -> str:
    """Return the digest of a document's content: of its canonical JSON, so that layout does not matter."""
    return json_hash(dump(document))


def json_hash(content: object) -> str:
    """Return the digest of plain JSON values."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return bytes_hash(text.encode())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: not readable: {error}") from error


def judge(content: object, *, pack: RulePack | None = None) -> tuple[Strategy | None, list[tuple[str, str]]]:
    """Return a document where it breaks no rule, and else (path in it, what is wrong) of every fault that is seen."""
    rules = pack or load_pack()
    try:
        document = Strategy.model_validate(content)
    except ValidationError as error:
        return None, [_fault(found["loc"], found["type"], found["msg"]) for found in error.errors()]
    faults = [
        *name_faults(document),
        *wording_faults(document, rules.forbidden_words()),
        *_loose_caps(document.caps, rules.caps()),
        *_tied_gifts(document, rules),
    ]
    return (None, faults) if faults else (document, [])


def _parse(content: object, name: str, tree: yaml.Node | None, pack: RulePack) -> Strategy:
    document, faults = judge(content, pack=pack)
    if document is not None:
        return document
    lines = [f"{name}{_line(tree, path)}: {path}: {said}" if path else f"{name}: {said}" for path, said in faults]
    raise DocumentError("\n".join(lines))


def _fault(place: Sequence[int | str], kind: str, message: str) -> tuple[str, str]:
    """Return the path and the words of one fault; a rule over several parts names its path itself."""
    path = ".".join(map(str, place))
    if kind == "missing" and path in _NEEDED:
        return path, _NEEDED[path]
    words = message.removeprefix("Value error, ")
    if not path and kind == "value_error":
        path, _, words = words.partition(": ")
    return path, words


def _loose_caps(own: Sequence[OwnCap], bank: Sequence[Cap]) -> list[tuple[str, str]]:
    faults = []
    for place, cap in enumerate(own):
        mine = cap.cap()
        wider = next((held for held in bank if _is_looser(mine, held)), None)
        if wider is not None:
            said = f"{wider.count} in {wider.days} days holds for the whole bank, an own cap must be tighter"
            faults.append((f"caps.{place}", said))
    return faults


def _tied_gifts(document: Strategy, pack: RulePack) -> list[tuple[str, str]]:
    """Return what is given for buying, beginning or keeping what the law says that gifts must not sell."""
    given = [f"arms.{place}.incentive_yuan" for place, arm in enumerate(document.arms) if arm.incentive_yuan]
    given += ["offer.benefit_id"] if document.offer.benefit_id is not None else []
    return [
        (path, _tied(rule, document.gift_on & categories))
        for rule, categories in pack.gifts()
        if document.gift_on & categories
        for path in given
    ]


def _tied(rule: Rule, categories: frozenset[str]) -> str:
    """Return in both languages what a rule forbids, where it stands, and what has to go."""
    named, cited = ", ".join(sorted(categories)), f"{rule.source}, {rule.article}"
    zh = f"{rule.text.zh}；本策略的成功涉及 {named}，须删去"
    en = f"{rule.text.en}; success counts {named} here, must be left out"
    return f"{zh} / {en} ({rule.rule_id}: {cited})"


def _is_looser(mine: Cap, held: Cap) -> bool:
    """Say whether a bank's cap already forbids all that this one forbids."""
    covers = EVERY_CHANNEL in held.channels or mine.channels <= held.channels
    return covers and held.count <= mine.count and held.days >= mine.days


def _line(tree: yaml.Node | None, path: str) -> str:
    """Return ``:line`` of the deepest part of a path that stands in the text."""
    node, line = tree, None if tree is None else tree.start_mark.line + 1
    for part in path.split("."):
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return "" if line is None else f":{line}"


def _child(node: yaml.Node | None, part: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        child = node.value[int(part)]
        return child.start_mark.line + 1, child
    return None
