"""Who can log in."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.access.models import Person, Role
from wealthloop.errors import Conflict, InvalidInput, NotAllowed

_LANGUAGES = ("zh-hans", "en")
_NEEDS_STAFF_ID = frozenset({Role.RM, Role.REMOTE_AGENT, Role.INVESTMENT_ADVISER})
_NEEDS_BRANCH_ID = frozenset({Role.BRANCH_HEAD, Role.LOBBY_MANAGER})


def add_person(
    username: str,
    *,
    role: str,
    password: str,
    now: datetime,
    staff_id: str = "",
    branch_id: str = "",
    language: str = "zh-hans",
) -> Person:
    """Add a person who can log in.

    Raises:
        InvalidInput: an unknown role or language, a weak password, or a role without the id that its scope needs.
        Conflict: the username is taken.
    """
    _refuse(role=role, staff_id=staff_id, branch_id=branch_id, language=language)
    person = Person(username=username, role=role, staff_id=staff_id, branch_id=branch_id, language=language)
    person.set_password(password)
    try:
        validate_password(password, person)
        person.full_clean(validate_unique=False)
    except ValidationError as error:
        raise InvalidInput(f"person {username}: {' '.join(error.messages)}") from error
    with transaction.atomic():
        if Person.objects.filter(username=username).exists():
            raise Conflict(f"username == {username}, is taken")
        person.save()
        detail = {"role": role, "staff_id": staff_id, "branch_id": branch_id}
        audit("people", "person.added", object_type="person", object_id=username, detail=detail, now=now)
    return person


def acting_role(username: str) -> str | None:
    """Return the role in which somebody acts, None for a name by which nobody can log in.

    Raises:
        NotAllowed: the person has left.
    """
    person = Person.objects.filter(username=username).first()
    if person is not None and not person.is_active:
        raise NotAllowed(f"{username} has left and may do nothing")
    return None if person is None else str(person.role)


def _refuse(*, role: str, staff_id: str, branch_id: str, language: str) -> None:
    if role not in Role.values:
        raise InvalidInput(f"role == {role}, must be one of {', '.join(Role.values)}")
    if language not in _LANGUAGES:
        raise InvalidInput(f"language == {language}, must be one of {', '.join(_LANGUAGES)}")
    if role in _NEEDS_STAFF_ID and not staff_id:
        raise InvalidInput(f"staff_id is empty, must name whose customers a {role} sees")
    if role in _NEEDS_BRANCH_ID and not branch_id:
        raise InvalidInput(f"branch_id is empty, must name whose customers a {role} sees")
