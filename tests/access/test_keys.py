"""Person keys are random, stable and cut by destroying a row."""

import pytest

from wealthloop.access.keys import customers_of, person_keys
from wealthloop.access.models import PersonKey

pytestmark = pytest.mark.django_db


def test_a_key_is_made_once_and_stays() -> None:
    first = person_keys(["C1", "C2"])
    assert person_keys(["C2", "C3"])["C2"] == first["C2"]
    assert len(set(first.values())) == 2


def test_many_customers_get_distinct_keys_that_lead_back() -> None:
    keys = person_keys(f"C{number}" for number in range(2_500))
    assert len(set(keys.values())) == 2_500
    assert customers_of(keys.values()) == {key: customer for customer, key in keys.items()}


def test_a_key_says_nothing_of_the_customer() -> None:
    key = person_keys(["C1"])["C1"]
    PersonKey.objects.all().delete()
    assert customers_of([key]) == {}
    assert person_keys(["C1"])["C1"] != key
