"""What a night works on, named by versions, so that the same inputs give the same night."""

from datetime import date
from typing import Any

from wealthloop import __version__, insight
from wealthloop.bank import BankTables
from wealthloop.features import FEATURES
from wealthloop.kit import Home, stable_id
from wealthloop.loop.capacity import load_capacity
from wealthloop.policies.pack import pack_of
from wealthloop.strategies.life import running
from wealthloop.strategies.standing import load_experiments
from wealthloop.strategies.valuebook import load_value_book


def inputs_of(home: Home, bank: BankTables, as_of: date) -> dict[str, Any]:
    """Return the versions of everything that a night's decisions depend on, as JSON values.

    Models are trained inside a night from these tables; each decision names the version that chose it.
    """
    return {
        "code": __version__,
        "tables": bank.version(),
        "features": stable_id(*(feature.name for feature in FEATURES)),
        "tags": {tag: definition.digest for tag, definition in insight.DEFINITIONS.items()},
        "rules": pack_of(home).digest,
        "value_book": load_value_book(home).digest,
        "experiments": stable_id(*load_experiments(home).model_dump().items()),
        "capacities": stable_id(*load_capacity(home).model_dump().items()),
        "strategies": {one.experiment: one.approval.approved_hash for one in running(as_of)},
    }
