"""Suitability over its whole grid, against a second statement of the same law."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product as grid

from tests.policies.build import NOW, action, assessed, facts, product
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import screen

TODAY = date(2026, 11, 23)
LEVELS = (None, "C1", "C2", "C3", "C4", "C5")
RATINGS = (None, "R1", "R2", "R3", "R4", "R5")

MATCH = """
      R1 R2 R3 R4 R5
  C1   x  .  .  .  .
  C2   x  x  .  .  .
  C3   x  x  x  .  .
  C4   x  x  x  x  .
  C5   x  x  x  x  x
  min  x  .  .  .  .
"""
"""The law's table: what a customer of each level may be shown; min is the lowest class, whatever its level."""

PERSON_NEEDED = {("from 65", "R4"), ("from 65", "R5"), ("unknown", "R4"), ("unknown", "R5")}
"""Age and a rating of the product, by issuer or by seller, that only a person may offer."""

AGES = {None: "unknown", date(1990, 1, 1): "younger", date(1961, 11, 24): "younger", date(1961, 11, 23): "from 65"}
EXPIRY = {
    (None, None): False,
    (TODAY, None): True,
    (date(2025, 11, 24), None): True,
    (date(2025, 11, 23), None): False,
    (TODAY + timedelta(days=1), None): False,
    (date(2026, 3, 1), TODAY): True,
    (date(2026, 3, 1), TODAY - timedelta(days=1)): False,
    (date(2025, 11, 24), date(2027, 1, 1)): True,
    (date(2025, 11, 23), date(2027, 1, 1)): False,
}
"""Day of the assessment and the bank's own end of it: whether it counts today."""

ASKED = ("SU-01", "SU-02", "SU-03", "SU-04", "SU-05", "AG-01")


def table() -> set[tuple[str, str]]:
    """The pairs of the table above."""
    head, *rows = [line.split() for line in MATCH.strip().splitlines()]
    return {(row[0], rating) for row in rows for rating, mark in zip(head, row[1:], strict=True) if mark == "x"}


def test_i16_every_cell_of_level_rating_pair_class_age_expiry_and_channel_is_as_the_table_of_the_law_says() -> None:
    shown, pack = table(), load_pack()
    only = replace(pack, rules=tuple(rule for rule in pack.rules if rule.rule_id in ASKED))
    people = {
        (level, lowest, expiry, born): facts(
            suitability=assessed(level=level, lowest_class=lowest, assessed_at=expiry[0], valid_until=expiry[1]),
            born_by=born,
        )
        for level, lowest, expiry, born in grid(LEVELS, (False, True), EXPIRY, AGES)
    }
    offers = {
        key: action(product=product(issuer_risk=key[0], seller_risk=key[1]), channel=key[2])
        for key in grid(RATINGS, RATINGS, ("rm", "app_push"))
    }
    allowed = 0
    for (level, lowest, expiry, born), customer in people.items():
        for (issuer, seller, channel), offer in offers.items():
            row = "min" if lowest else level
            suits = level is not None and {(row, issuer), (row, seller)} <= shown and EXPIRY[expiry]
            alone = channel == "app_push" and PERSON_NEEDED & {(AGES[born], issuer), (AGES[born], seller)}
            lawful = suits and not alone
            verdict = screen(customer, offer, now=NOW, pack=only)
            assert verdict.allowed is lawful, (level, lowest, expiry, born, issuer, seller, channel)
            allowed += verdict.allowed
    cells, valid = 1 + 4 + 9 + 16 + 25 + 5 * 1, 4
    risky = 7 + 9 + 7
    assert allowed == valid * (4 * 2 * cells - 2 * risky)


def test_i16_a_private_product_is_named_by_a_relationship_manager_only() -> None:
    for private, channel in grid((None, False, True), ("rm", "remote_agent", "wecom", "wechat", "sms", "app_push")):
        offer = action(product=product(private=private), channel=channel)
        expected = channel == "rm" or private is False
        assert screen(facts(), offer, now=NOW, pack=load_pack()).allowed is expected, (private, channel)
