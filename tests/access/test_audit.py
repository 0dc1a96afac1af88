"""The audit chain shows every change, cut and rewriting."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import F

from tests.filedb import in_threads, on_file_database
from wealthloop.access.audit import _hash, audit, last_link, verify_chain
from wealthloop.access.models import AuditEntry, AuditHead

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def write(count: int = 3, actor: str = "zhang") -> None:
    for number in range(count):
        audit(actor, "strategy.approved", object_type="strategy", object_id=f"s{number}", detail={"v": number}, now=NOW)


def test_i24_an_untouched_chain_is_intact() -> None:
    write()
    report = verify_chain(last_link())
    assert (report.intact, report.entries, report.problem) == (True, 3, "")


def test_i24_an_empty_chain_is_intact() -> None:
    assert verify_chain().intact


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "li"},
        {"verb": "x"},
        {"object_id": "s9"},
        {"object_type": "x"},
        {"detail": {"v": 7}},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_i24_a_changed_part_of_a_link_is_found(change: dict[str, object]) -> None:
    write()
    AuditEntry.objects.filter(sequence=2).update(**change)
    report = verify_chain()
    assert not report.intact
    assert "link 2" in report.problem


def test_i24_a_link_rewritten_with_a_fitting_hash_of_its_own_is_found_at_the_next() -> None:
    write()
    forged = AuditEntry.objects.get(sequence=2)
    forged.actor = "li"
    forged.hash = _hash(forged)
    forged.save()
    assert verify_chain().problem == "link 3 does not follow the link before it"


def test_i24_a_link_taken_out_of_the_middle_is_found() -> None:
    write()
    AuditEntry.objects.filter(sequence=2).delete()
    assert "must be 2" in verify_chain().problem


def test_i24_links_taken_out_and_renumbered_are_found() -> None:
    write()
    AuditEntry.objects.filter(sequence=2).delete()
    AuditEntry.objects.filter(sequence=3).update(sequence=F("sequence") - 1)
    assert not verify_chain().intact


def test_i24_links_cut_from_the_end_are_found_by_the_head() -> None:
    write()
    AuditEntry.objects.filter(sequence=3).delete()
    assert "must end at 3" in verify_chain().problem


def test_i24_a_chain_emptied_under_its_head_is_found() -> None:
    write()
    AuditEntry.objects.all().delete()
    assert not verify_chain().intact


def test_i24_a_chain_without_its_head_is_found() -> None:
    write()
    AuditHead.objects.all().delete()
    assert "head" in verify_chain().problem


def test_i24_a_chain_rewritten_with_its_head_is_found_by_a_published_link() -> None:
    write()
    published = last_link()
    AuditEntry.objects.all().delete()
    AuditHead.objects.all().delete()
    write(actor="forger")
    assert verify_chain().intact
    assert "published" in verify_chain(published).problem


def test_i24_an_older_published_link_still_bears_witness() -> None:
    write()
    published = last_link()
    write()
    assert verify_chain(published).intact


def test_detail_must_be_plain_json() -> None:
    with pytest.raises(TypeError):
        audit("a", "v", object_type="t", object_id="1", detail={"when": NOW}, now=NOW)


def test_i24_writers_at_the_same_time_make_one_chain(tmp_path: Path) -> None:
    with on_file_database(tmp_path, "access"):
        in_threads(6, lambda worker: write(5, actor=f"w{worker}"))
        report = verify_chain()
    assert (report.intact, report.entries) == (True, 30)
