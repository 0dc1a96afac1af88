"""The definitions that are in force: every document in ``insight/tags``."""

from typing import Final

from wealthloop.insight.facts.gather import check_facts
from wealthloop.insight.machines import FOLDER, Definition, load_definition

ORDER: Final = ("tier", "lifecycle", "life_stage", "rfm", "risk_appetite", "channel", "contact_hour", "owner_channel")
"""In which tags are shown; others follow by name."""


def _read() -> dict[str, Definition]:
    found = {}
    for path in FOLDER.glob("*.yaml"):
        definition = load_definition(path)
        check_facts(definition, name=path.name)
        found[definition.tag] = definition
    return {name: found[name] for name in (*ORDER, *sorted(set(found) - set(ORDER)))}


DEFINITIONS: Final = _read()
"""By tag."""
