"""People are added with a role, what its scope needs, and a strong password."""

from datetime import UTC, datetime

import pytest

from wealthloop.access.models import AuditEntry, Person
from wealthloop.access.people import add_person
from wealthloop.errors import Conflict, InvalidInput

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
STRONG = "correct horse battery"
pytestmark = pytest.mark.django_db


def test_a_person_can_log_in_and_the_chain_says_who_was_added() -> None:
    add_person("wang", role="rm", staff_id="S1", password=STRONG, now=NOW)
    assert Person.objects.get(username="wang").check_password(STRONG)
    assert AuditEntry.objects.get().verb == "person.added"
    assert STRONG not in str(AuditEntry.objects.get().detail)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"role": "emperor"}, "role == emperor"),
        ({"password": "short"}, "wang"),
        ({"password": "1234567890"}, "wang"),
        ({"staff_id": ""}, "staff_id"),
        ({"role": "branch_head"}, "branch_id"),
        ({"language": "fr"}, "language == fr"),
    ],
)
def test_what_is_wrong_with_a_person_is_said(change: dict[str, str], word: str) -> None:
    given = {"role": "rm", "staff_id": "S1", "password": STRONG, "language": "zh-hans"} | change
    with pytest.raises(InvalidInput, match=word):
        add_person(
            "wang", role=given["role"], staff_id=given["staff_id"], password=given["password"],
            language=given["language"], now=NOW,
        )  # fmt: skip
    assert not Person.objects.exists()


def test_a_username_is_given_once() -> None:
    add_person("wang", role="head", password=STRONG, now=NOW)
    with pytest.raises(Conflict):
        add_person("wang", role="head", password=STRONG, now=NOW)
