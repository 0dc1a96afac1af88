"""Information from outside needs a licence, a consent to it, and the customer's to personalisation."""

from datetime import date

import pytest

from tests.features.small_bank import AS_OF, MemoryBank, Row, customer, day, holding, noon
from wealthloop.engines import Engine
from wealthloop.insight import OutsideTag, Withheld
from wealthloop.insight.outside import outside_tags
from wealthloop.insight.provenance import around_of

GRANTED: Row = {"customer_id": "C1", "purpose": "personalisation", "channel": "*", "state": "granted", "at_day": day(9)}
TAG: Row = {
    "customer_id": "C1", "tag": "house", "value": "yes", "source": "land registry", "licence": "L-1",
    "consent_ref": "K-1", "as_of": day(5),
}  # fmt: skip


def _seen(
    engine: Engine, tags: list[Row], consents: list[Row], *, imputed: tuple[str, ...] = ()
) -> tuple[tuple[OutsideTag, ...], tuple[Withheld, ...]]:
    rows = {"customers": [customer("C1")], "holdings": [holding("C1", AS_OF, "DEM", 1)], "external_tags": tags,
            "consents": consents}  # fmt: skip
    bank = MemoryBank(engine, rows, imputed={"external_tags": imputed})
    return outside_tags(bank, engine, "C1", around_of(bank, as_of=AS_OF, holdings_day=AS_OF))


def test_the_newest_value_is_shown_with_its_licence_and_what_a_mapping_set_is_marked(engine: Engine) -> None:
    older = {**TAG, "value": "no", "as_of": day(50)}
    shown, withheld = _seen(engine, [TAG, older], [GRANTED], imputed=("licence",))
    assert [(one.tag, one.value, one.licence, one.consent_ref, one.as_of) for one in shown] == [
        ("house", "yes", "L-1", "K-1", day(5))
    ]
    assert shown[0].assumed == ("external_tags.licence",)
    assert withheld == ()


@pytest.mark.parametrize(
    ("changed", "consents", "why"),
    [
        ({"licence": " "}, [GRANTED], "no licence"),
        ({"consent_ref": ""}, [GRANTED], "no reference to a consent"),
        ({}, [], "no record of a consent"),
        ({}, [{**GRANTED, "state": "denied"}], "does not consent"),
        ({}, [GRANTED, {**GRANTED, "state": "revoked", "at_day": day(3)}], "does not consent"),
        ({}, [GRANTED, {**GRANTED, "state": "denied", "channel": None}], "does not consent"),
        ({}, [{**GRANTED, "purpose": "marketing"}], "no record of a consent"),
        ({}, [{**GRANTED, "channel": "sms"}], "no record of a consent"),
    ],
)
def test_without_licence_or_consent_it_is_named_as_withheld_and_its_value_is_not_shown(
    engine: Engine, changed: Row, consents: list[Row], why: str
) -> None:
    shown, withheld = _seen(engine, [{**TAG, **changed}], consents)
    assert shown == ()
    assert [(one.tag, one.source, one.as_of) for one in withheld] == [("house", "land registry", day(5))]
    assert why in withheld[0].why.en
    assert "yes" not in repr(withheld)


def test_a_consent_that_is_given_later_does_not_count_yet(engine: Engine) -> None:
    later = {**GRANTED, "at_day": day(-1), "known_at": noon(day(-1))}
    assert _seen(engine, [TAG], [later])[0] == ()


def test_information_of_later_is_not_seen(engine: Engine) -> None:
    assert _seen(engine, [{**TAG, "as_of": date(2027, 1, 1)}], [GRANTED]) == ((), ())
