"""The words of a document: which placeholders they may hold, what they must not say, and how they are filled."""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

from wealthloop.errors import DocumentError
from wealthloop.policies.wording import forbidden_words
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.evidence import EVIDENCE
from wealthloop.strategies.parts import Script

PRODUCT: Final = "product"
"""The placeholder of the offered product's name."""
INCENTIVE: Final = "incentive"
"""The placeholder of what is said of the arm's incentive."""
YUAN: Final = "yuan"
"""The placeholder of the incentive's amount in that sentence."""


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its placeholders filled.

    Raises:
        DocumentError: a placeholder has no value.
    """
    try:
        return template.format_map(values)
    except KeyError as error:
        raise DocumentError(f"placeholder {{{error.args[0]}}} has no value in the evidence {sorted(values)}") from error


def placeholders(template: str) -> frozenset[str]:
    """Return the names in braces.

    Raises:
        ValueError: a brace is not closed, or a placeholder is more than a plain name.
    """
    found = set()
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"placeholder {{{name}}} must be a plain name")
        found.add(name)
    return frozenset(found)


def wording_faults(document: Strategy, forbidden: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (path in the document, what is wrong) for every sentence that could not or must not leave."""
    for language, script in (("zh", document.card.zh), ("en", document.card.en)):
        yield from _incentive_faults(document, script, f"card.{language}")
        for path, template, known in _sentences(document, script):
            where = f"card.{language}.{path}"
            try:
                unknown = placeholders(template) - known
            except ValueError as error:
                yield where, str(error)
                continue
            if unknown:
                yield where, f"placeholder {{{min(unknown)}}} is not known, must be one of {sorted(known)}"
            words = forbidden_words(template, forbidden)
            if words:
                yield where, f"{', '.join(words)} must not be said"


def _incentive_faults(document: Strategy, script: Script, where: str) -> Iterator[tuple[str, str]]:
    """Yield where the words would not tell apart what arms get."""
    given = any(document.incentives.values())
    if not given and script.incentive is not None:
        yield f"{where}.incentive", "no arm has incentive_yuan, must be left out"
    if given and (script.incentive is None or f"{{{YUAN}}}" not in script.incentive):
        yield f"{where}.incentive", f"an arm has incentive_yuan, must say it with {{{YUAN}}}"
    for path, text in (("talk_track", script.talk_track), ("message", script.message)):
        if given and text is not None and f"{{{INCENTIVE}}}" not in text:
            yield f"{where}.{path}", f"an arm has incentive_yuan, must have {{{INCENTIVE}}} where it is said"


def _sentences(document: Strategy, script: Script) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield each sentence with its path and the placeholders that have a value wherever it is used."""
    product = {PRODUCT} if document.offer.categories else set[str]()
    common = frozenset.intersection(*(frozenset(EVIDENCE[trigger]) for trigger in document.occasions))
    for trigger, template in script.why_now.items():
        yield f"why_now.{trigger}", template, frozenset(EVIDENCE[trigger])
    yield "action", script.action, frozenset(product)
    known = common | product | ({INCENTIVE} if any(document.incentives.values()) else set())
    yield "talk_track", script.talk_track, known
    if script.message is not None:
        yield "message", script.message, known
    if script.incentive is not None:
        yield "incentive", script.incentive, frozenset({YUAN})
