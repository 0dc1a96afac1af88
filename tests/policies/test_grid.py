"""Suitability over its whole grid, against a second statement of the same law."""

from datetime import date, timedelta
from itertools import product as grid

from tests.policies.build import NOW, action, assessed, facts, product
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import screen

TODAY = date(2026, 11, 23)
LEVELS = (None, "C1", "C2", "C3", "C4", "C5")
RATINGS = (None, "R1", "R2", "R3", "R4", "R5")
ASSESSED = (None, TODAY, date(2025, 11, 24), date(2025, 11, 23), TODAY + timedelta(days=1))
ENDS = (None, TODAY, TODAY - timedelta(days=1))
BORN = (None, date(1990, 1, 1), date(1961, 11, 23), date(1961, 11, 24))


def lawful(level: str | None, issuer: str | None, seller: str | None, *, lowest: bool) -> bool:
    """The match by a table of what each level may be shown."""
    shown = {"C1": "R1", "C2": "R1R2", "C3": "R1R2R3", "C4": "R1R2R3R4", "C5": "R1R2R3R4R5"}
    if level is None or issuer is None or seller is None:
        return False
    may = "R1" if lowest else shown[level]
    return issuer in may and seller in may


def in_force(assessed_at: date | None, end: date | None) -> bool:
    if assessed_at is None or (end is not None and end < TODAY):
        return False
    return 0 <= (TODAY - assessed_at).days <= 364


def test_i16_no_product_reaches_a_customer_below_its_rating_on_any_cell_of_the_grid() -> None:
    allowed = 0
    for level, issuer, seller, lowest, channel in grid(LEVELS, RATINGS, RATINGS, (False, True), ("rm", "app_push")):
        asked = facts(suitability=assessed(level=level, lowest_class=lowest), born_by=date(1990, 1, 1))
        offer = action(product=product(issuer_risk=issuer, seller_risk=seller), channel=channel)
        verdict = screen(asked, offer, now=NOW, pack=load_pack())
        assert verdict.allowed is lawful(level, issuer, seller, lowest=lowest), (level, issuer, seller, lowest)
        allowed += verdict.allowed
    assert allowed == 2 * (1 + 4 + 9 + 16 + 25 + 5)


def test_i16_no_expired_missing_or_future_assessment_lets_a_product_through() -> None:
    for assessed_at, end, level in grid(ASSESSED, ENDS, LEVELS[1:]):
        asked = facts(suitability=assessed(level=level, assessed_at=assessed_at, valid_until=end))
        offer = action(product=product(issuer_risk="R1", seller_risk="R1"))
        assert screen(asked, offer, now=NOW, pack=load_pack()).allowed is in_force(assessed_at, end)


def test_i16_from_65_a_risky_product_needs_a_person() -> None:
    people = {"rm", "remote_agent"}
    for born, rating, channel in grid(BORN, RATINGS[1:], ("rm", "remote_agent", "wecom", "app_push")):
        asked = facts(suitability=assessed(level="C5"), born_by=born)
        offer = action(product=product(issuer_risk=rating, seller_risk="R1"), channel=channel)
        old_or_unknown = born is None or born <= date(1961, 11, 23)
        forbidden = rating in {"R4", "R5"} and channel not in people and old_or_unknown
        assert screen(asked, offer, now=NOW, pack=load_pack()).allowed is not forbidden, (born, rating, channel)


def test_i16_a_private_product_is_named_by_a_relationship_manager_only() -> None:
    for private, channel in grid((None, False, True), ("rm", "remote_agent", "wecom", "wechat", "sms", "app_push")):
        offer = action(product=product(private=private), channel=channel)
        expected = channel == "rm" or private is False
        assert screen(facts(), offer, now=NOW, pack=load_pack()).allowed is expected, (private, channel)
