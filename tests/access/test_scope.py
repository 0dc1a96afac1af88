"""Nobody sees a customer outside their scope."""

import pytest

from wealthloop.access.models import Person, Role
from wealthloop.access.scope import NOBODY, Scope, scope_of, sees

OWN = {"staff_id": "S1", "branch_id": "B1"}
COLLEAGUES = {"staff_id": "S2", "branch_id": "B1"}
ELSEWHERE = {"staff_id": "S3", "branch_id": "B2"}
POOL = {"staff_id": None, "branch_id": "B2"}


def person(role: str, **extra: str) -> Person:
    return Person(username="p", role=role, **({"staff_id": "S1", "branch_id": "B1"} | extra))


def seen(who: Person) -> list[bool]:
    return [sees(scope_of(who), **customer) for customer in (OWN, COLLEAGUES, ELSEWHERE, POOL)]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.RM, [True, False, False, False]),
        (Role.INVESTMENT_ADVISER, [True, False, False, False]),
        (Role.REMOTE_AGENT, [True, False, False, True]),
        (Role.LOBBY_MANAGER, [True, True, False, False]),
        (Role.BRANCH_HEAD, [True, True, False, False]),
        (Role.STRATEGY, [False] * 4),
        (Role.DATA, [False] * 4),
        (Role.TECHNOLOGY, [False] * 4),
        (Role.PRODUCT_MANAGER, [False] * 4),
        (Role.CONSUMER_PROTECTION, [False] * 4),
        (Role.COMPLIANCE, [True] * 4),
        (Role.HEAD, [True] * 4),
    ],
)
def test_i19_each_role_sees_its_own_customers_and_no_other(role: str, expected: list[bool]) -> None:
    assert seen(person(role)) == expected


def test_i19_every_role_is_covered_above() -> None:
    assert set(Role) == {
        Role.RM, Role.INVESTMENT_ADVISER, Role.REMOTE_AGENT, Role.LOBBY_MANAGER, Role.BRANCH_HEAD, Role.STRATEGY,
        Role.DATA, Role.TECHNOLOGY, Role.PRODUCT_MANAGER, Role.CONSUMER_PROTECTION, Role.COMPLIANCE, Role.HEAD,
    }  # fmt: skip


def test_i19_an_empty_staff_id_does_not_match_the_pool() -> None:
    assert not sees(scope_of(person(Role.RM, staff_id="")), staff_id="", branch_id="B1")


def test_i19_an_empty_branch_does_not_match_a_customer_without_branch() -> None:
    assert not sees(scope_of(person(Role.BRANCH_HEAD, branch_id="")), staff_id="S9", branch_id="")


def test_i19_a_person_who_left_sees_nobody() -> None:
    gone = person(Role.HEAD)
    gone.is_active = False
    assert scope_of(gone) == NOBODY == Scope()


def test_i19_a_role_that_nobody_knows_sees_nobody() -> None:
    assert seen(person("superuser")) == [False] * 4
