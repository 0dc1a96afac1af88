"""The life of a version: proposed on the evidence, approved by somebody else, taken back in one step."""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.bank import BankTables
from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.engines import Engine
from wealthloop.errors import Conflict, InvalidInput, NotAllowed, NotFound
from wealthloop.kit import Home
from wealthloop.scoring import Comparison, Flag, compare
from wealthloop.scoring.registry import make_current, version_of

_WAITING: Final = (VersionState.CHALLENGER, VersionState.PROPOSED)


class Refused(Conflict):
    """A comparison does not allow a version to replace the one in use."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(f"model {comparison.model_id}: {comparison.sentence}, so it may not replace the one in use")
        self.comparison = comparison


def challenger_of(model_id: str, *, lock: bool = False) -> ModelVersion:
    """Return the newest version that waits beside the champion.

    Raises:
        NotFound: none waits.
    """
    rows = ModelVersion.objects.select_for_update() if lock else ModelVersion.objects.all()
    row = rows.filter(model_id=model_id, state__in=_WAITING).order_by("-trained_as_of", "-pk").first()
    if row is None:
        raise NotFound(f"model {model_id}: no version waits, train one with 'wealthloop models factory'")
    return row


def champion_of(model_id: str, *, lock: bool = False) -> ModelVersion:
    """Return the version in use.

    Raises:
        NotFound: there is none.
    """
    rows = ModelVersion.objects.select_for_update() if lock else ModelVersion.objects.all()
    row = rows.filter(model_id=model_id, state=VersionState.CHAMPION).first()
    if row is None:
        raise NotFound(f"model {model_id}: no version is in use")
    return row


def compare_waiting(bank: BankTables, engine: Engine, home: Home, model_id: str) -> Comparison:
    """Compare the waiting version of a model with the one in use, on the waiting one's test customers.

    Raises:
        NotFound: none waits, or none is in use.
        Conflict: one gives no scores, or the test customers show one class alone.
    """
    ours, theirs = (version_of(home, model_id, row.version) for row in (champion_of(model_id), challenger_of(model_id)))
    return compare(bank, engine, home, ours, theirs)


def propose(model_id: str, comparison: Comparison, *, by: str, now: datetime) -> ModelVersion:
    """Ask that the waiting version be used, on a comparison with the one in use.

    Raises:
        NotFound: no version waits.
        Conflict: the comparison is of other versions, or the interval does not allow it.
    """
    with transaction.atomic():
        row, champion = challenger_of(model_id, lock=True), champion_of(model_id, lock=True)
        if (comparison.challenger, comparison.champion) != (row.version, champion.version):
            raise Conflict(f"model {model_id}: compared were other versions, compare again")
        if not comparison.allows:
            raise Refused(comparison)
        row.compared = comparison.told()
        row.state, row.proposed_by, row.since = VersionState.PROPOSED, by, now
        row.save()
        _note(row, "proposed", by, now)
    return row


def approve(home: Home, model_id: str, *, by: str, today: date, now: datetime) -> ModelVersion:
    """Use the version that somebody else proposed, from now on.

    Raises:
        NotFound: no version waits.
        NotAllowed: the same person proposed it.
        Conflict: it is not proposed, was compared with another champion, or has expired.
    """
    with transaction.atomic():
        row, champion = challenger_of(model_id, lock=True), champion_of(model_id, lock=True)
        if row.state != VersionState.PROPOSED:
            raise Conflict(f"model {model_id} version {row.version} is {row.state}, somebody must propose it first")
        if row.proposed_by == by:
            raise NotAllowed(f"{by} proposed model {model_id} version {row.version}: somebody else must approve it")
        if row.compared["champion"] != champion.version:
            raise Conflict(f"model {model_id}: the version in use has changed since, compare and propose again")
        if row.expires_on <= today:
            raise Conflict(f"model {model_id} version {row.version} has expired on {row.expires_on}, train again")
        _retire(champion, now)
        row.state, row.approved_by, row.since = VersionState.CHAMPION, by, now
        row.save()
        _note(row, "approved", by, now)
        make_current(home, model_id, row.version)
    return row


def reject(model_id: str, *, by: str, now: datetime) -> ModelVersion:
    """Set the waiting version aside.

    Raises:
        NotFound: no version waits.
    """
    with transaction.atomic():
        row = challenger_of(model_id, lock=True)
        _retire(row, now)
        _note(row, "rejected", by, now)
    return row


def review(model_id: str, *, by: str, note: str, now: datetime) -> ModelVersion:
    """Sign that the version in use has been looked into and that what looks like a leak is none.

    Some targets are naturally persistent. The signature is this version's alone: the next needs its own.

    Raises:
        NotFound: there is none.
        InvalidInput: no word of what was found.
        Conflict: no leak is suspected.
    """
    if not note.strip():
        raise InvalidInput("note is empty, say what was looked into and why it is no leak")
    with transaction.atomic():
        row = champion_of(model_id, lock=True)
        if Flag.LEAK_SUSPECTED not in row.flags:
            raise Conflict(f"model {model_id} version {row.version}: no leak is suspected")
        row.reviewed_by, row.review = by, note.strip()
        row.save()
        _note(row, "reviewed", by, now)
    return row


def rollback(home: Home, model_id: str, *, by: str, today: date, now: datetime) -> ModelVersion:
    """Use the version again that was in use before; one person is enough, because it was approved already.

    Raises:
        NotFound: nothing is in use, or nothing was before.
        Conflict: what was in use before has expired.
    """
    with transaction.atomic():
        champion = champion_of(model_id, lock=True)
        before = (
            ModelVersion.objects.select_for_update()
            .filter(model_id=model_id, state=VersionState.RETIRED, was_champion=True)
            .order_by("-since", "-pk")
            .first()
        )
        if before is None:
            raise NotFound(f"model {model_id}: no version was in use before {champion.version}")
        if before.expires_on <= today:
            raise Conflict(f"model {model_id} version {before.version} has expired on {before.expires_on}, train again")
        _retire(champion, now, was_champion=False)
        before.state, before.since = VersionState.CHAMPION, now
        before.save()
        _note(before, "rolled_back", by, now)
        make_current(home, model_id, before.version)
    return before


def _retire(row: ModelVersion, now: datetime, *, was_champion: bool | None = None) -> None:
    """Retire a version; one that is taken back is not gone back to later."""
    row.was_champion = row.state == VersionState.CHAMPION if was_champion is None else was_champion
    row.state, row.since = VersionState.RETIRED, now
    row.save()


def _note(row: ModelVersion, verb: str, by: str, now: datetime) -> None:
    detail = {"version": row.version, "compared": row.compared}
    audit(by, f"model.{verb}", object_type="model", object_id=row.model_id, detail=detail, now=now)
