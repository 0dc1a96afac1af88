"""Takes over what another system planned before this home: its arms and contacts become ledger records."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

import pyarrow as pa

from wealthloop import ledger
from wealthloop.access.keys import person_keys
from wealthloop.errors import InvalidInput
from wealthloop.experiments import Arm, experiment_id
from wealthloop.kit import Home, stable_id
from wealthloop.ledger import DECISIONS, Disposition


class PastContact(Protocol):
    """One contact that was planned, with the arm of its customer."""

    @property
    def day(self) -> date:
        """The day on which it was planned."""
        ...

    @property
    def customer_id(self) -> str:
        """Whom it was for."""
        ...

    @property
    def strategy_id(self) -> str:
        """The strategy."""
        ...

    @property
    def version(self) -> int:
        """Its version."""
        ...

    @property
    def trigger(self) -> str:
        """The event that it answered."""
        ...

    @property
    def arm(self) -> str:
        """The customer's arm."""
        ...

    @property
    def treated(self) -> bool:
        """Whether the arm is not control."""
        ...

    @property
    def channel(self) -> str:
        """The channel."""
        ...

    @property
    def staff_id(self) -> str | None:
        """Who made it."""
        ...

    @property
    def product_id(self) -> str | None:
        """What was offered."""
        ...

    @property
    def contact_id(self) -> str | None:
        """The bank's record of the contact; None where none was made."""
        ...


def import_past(home: Home, past: Sequence[PastContact], arms: Mapping[tuple[str, int], Sequence[Arm]]) -> str:
    """Write past contacts into the ledger as one partition; repeating it with the same contacts changes nothing.

    Args:
        home: the home.
        past: the planned contacts of the other system.
        arms: the arms of each (strategy, version) that occurs.

    Returns:
        The digest of the partition.

    Raises:
        InvalidInput: a contact names an arm that its strategy version does not have, or is treated in a control arm.
        Conflict: other contacts were taken over before.
    """
    run_id = stable_id("past")
    known = {(*which, arm.name): arm for which, several in arms.items() for arm in several}
    for one in past:
        arm = known.get((one.strategy_id, one.version, one.arm))
        if arm is None or arm.control == one.treated:
            raise InvalidInput(f"arm == {one.arm}, treated == {one.treated}: not an arm of {_version_of(one)}")
    keys = person_keys(one.customer_id for one in past)
    rows = [
        _row(one, run_id, keys[one.customer_id], known[one.strategy_id, one.version, one.arm].share) for one in past
    ]
    return ledger.write(home, run_id, pa.Table.from_pylist(rows, schema=DECISIONS))


def _version_of(one: PastContact) -> str:
    return experiment_id(one.strategy_id, one.version)


def _row(one: PastContact, run_id: str, person_key: str, share: float) -> dict[str, object]:
    return {
        "decision_id": stable_id("past", one.strategy_id, one.version, one.customer_id, one.day),
        "run_id": run_id,
        "as_of": one.day,
        "person_key": person_key,
        "strategy_id": one.strategy_id,
        "strategy_version": one.version,
        "arm": one.arm,
        "arm_share": share,
        "treated": one.treated,
        "disposition": _disposition(one),
        "trigger": one.trigger,
        "product_id": one.product_id,
        "channel": one.channel,
        "staff_id": one.staff_id,
        "refill": False,
        "propensity": 1.0,
    }


def _disposition(one: PastContact) -> str:
    if not one.treated:
        return Disposition.WITHHELD
    return Disposition.IMPORTED_SENT if one.contact_id else Disposition.IMPORTED_SUPPRESSED
