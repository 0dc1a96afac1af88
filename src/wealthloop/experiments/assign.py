"""Arms by hash: a unit's arm is a pure function of (salt, unit id, experiment version) and never changes (I9)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.kit import bucket, buckets

_SEPARATOR = "\x1f"
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One branch of an experiment; ``share`` is the fraction of units that it gets, in (0, 1)."""

    name: str
    share: float
    control: bool


def experiment_id(strategy_id: str, version: int) -> str:
    """Return the id under which a strategy version's arms are drawn.

    Example:
        >>> experiment_id("deposit_rollover", 2)
        'deposit_rollover/v2'
    """
    return f"{strategy_id}/v{version}"


def strategy_version(experiment: str) -> tuple[str, int]:
    """Return the strategy and the version of an experiment's id.

    Example:
        >>> strategy_version("deposit_rollover/v2")
        ('deposit_rollover', 2)
    """
    strategy_id, version = experiment.rsplit("/v", 1)
    return strategy_id, int(version)


def check_arms(arms: Sequence[Arm]) -> None:
    """Refuse arms that no experiment can be read from.

    Raises:
        InvalidInput: fewer than two arms, a name used twice, not exactly one control, a share outside (0, 1),
            or shares that do not add up to 1.
    """
    names = [arm.name for arm in arms]
    if len(arms) < 2:
        raise InvalidInput(f"arms == {names}, must be at least two")
    if len(set(names)) < len(names):
        raise InvalidInput(f"arms == {names}, must have different names")
    controls = sum(arm.control for arm in arms)
    if controls != 1:
        raise InvalidInput(f"controls == {controls}, must be exactly one arm")
    for arm in arms:
        if not 0.0 < arm.share < 1.0:
            raise InvalidInput(f"share of arm {arm.name} == {arm.share}, must lie between 0 and 1")
    total = sum(arm.share for arm in arms)
    if abs(total - 1.0) > _TOLERANCE:
        raise InvalidInput(f"sum of shares == {total}, must be 1")


def assign(salt: str, experiment: str, unit: str, arms: Sequence[Arm]) -> Arm:
    """Return the arm of one unit.

    Args:
        salt: the home's secret salt.
        experiment: the experiment's id (see ``experiment_id``), so that experiments are independent of each other.
        unit: the unit's id, as a rule the customer's.
        arms: the arms in the order of the strategy document; the order is part of the version.

    Raises:
        InvalidInput: the arms are not valid (see ``check_arms``).

    Example:
        >>> arms = (Arm(name="contact", share=0.8, control=False), Arm(name="control", share=0.2, control=True))
        >>> assign("salt", "x/v1", "C1", arms) == assign("salt", "x/v1", "C1", arms)
        True
    """
    check_arms(arms)
    return arms[bisect_right(_inner_edges(arms), bucket(_drawing_salt(salt, experiment), unit))]


def assign_many(salt: str, experiment: str, units: Iterable[str], arms: Sequence[Arm]) -> NDArray[np.int64]:
    """Return the arms of many units as indices into ``arms``, shape (n_units,); equal to ``assign`` unit by unit.

    Raises:
        InvalidInput: the arms are not valid (see ``check_arms``).
    """
    check_arms(arms)
    drawn = buckets(_drawing_salt(salt, experiment), units)
    return np.searchsorted(np.array(_inner_edges(arms)), drawn, side="right").astype(np.int64)


def _drawing_salt(salt: str, experiment: str) -> str:
    return f"{salt}{_SEPARATOR}{experiment}"


def _inner_edges(arms: Sequence[Arm]) -> list[float]:
    return list(accumulate(arm.share for arm in arms))[:-1]
