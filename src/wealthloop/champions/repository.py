"""Every reading of this room from the state plane."""

from django.db.models import QuerySet

from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.errors import InvalidInput
from wealthloop.scoring import Family, Flag


def versions(*, state: str = VersionState.CHAMPION, family: str = "", flag: str = "") -> list[ModelVersion]:
    """Return versions in a state, of a family and with a flag where asked, by model id.

    Raises:
        InvalidInput: there is no such state, family or flag.
    """
    for name, value, known in (
        ("state", state, VersionState.values), ("family", family, ["", *Family]), ("flag", flag, ["", *Flag]),
    ):  # fmt: skip
        if value not in known:
            raise InvalidInput(f"{name} == {value}, must be one of {', '.join(str(one) for one in known if one)}")
    rows = ModelVersion.objects.filter(state=state).order_by("model_id", "version")
    rows = rows.filter(family=family) if family else rows
    return [row for row in rows if not flag or flag in row.flags]


def reviewed() -> frozenset[str]:
    """Return the versions of which somebody has signed that they do not leak."""
    signed = ModelVersion.objects.filter(state=VersionState.CHAMPION).exclude(reviewed_by="")
    return frozenset(str(version) for version in signed.values_list("version", flat=True))


def in_use() -> "QuerySet[ModelVersion]":
    """Return the champions of every model."""
    return ModelVersion.objects.filter(state=VersionState.CHAMPION)


def waiting() -> list[ModelVersion]:
    """Return the versions that somebody should look at: proposed first, then challengers, by model id."""
    rows = ModelVersion.objects.filter(state__in=(VersionState.PROPOSED, VersionState.CHALLENGER))
    return sorted(rows, key=lambda row: (row.state != VersionState.PROPOSED, row.model_id, row.version))
