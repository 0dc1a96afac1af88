"""The catalogue: every feature with its words, unit, grade and lineage."""

from typing import Final

from wealthloop.errors import NotFound
from wealthloop.features.derived import QUOTIENTS
from wealthloop.features.holdings import HOLDINGS_FEATURES
from wealthloop.features.people import PEOPLE_FEATURES
from wealthloop.features.relations import CONTEXT_FEATURES, RELATION_FEATURES
from wealthloop.features.types import Feature
from wealthloop.features.windows import WINDOWED

FEATURES: Final[tuple[Feature, ...]] = (
    *PEOPLE_FEATURES,
    *RELATION_FEATURES,
    *HOLDINGS_FEATURES,
    *(windowed.feature for windowed in WINDOWED),
    *(quotient.feature for quotient in QUOTIENTS),
    *CONTEXT_FEATURES,
)
"""Every feature, in the order of the columns that ``build`` gives."""

_BY_NAME: Final = {feature.name: feature for feature in FEATURES}


def describe(name: str) -> Feature:
    """Return a feature by name.

    Raises:
        NotFound: the catalogue has no such feature.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise NotFound(f"feature == {name}, must be one of the catalogue's {len(FEATURES)}") from None
