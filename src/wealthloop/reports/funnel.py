"""How far the cards of a strategy version went: observational counts, each card once a step."""

from django.db.models import Count

from wealthloop.delivery.models import Card, CardEvent, CardState


def card_funnel(strategy_id: str, version: int, *, staff_id: str | None = None) -> tuple[tuple[str, int], ...]:
    """Return (step, cards) in the order: cards, claimed, each outcome by name, won; of one desk where it is named."""
    cards = Card.objects.filter(intent__strategy_id=strategy_id, intent__strategy_version=version)
    if staff_id is not None:
        cards = cards.filter(staff_id=staff_id)
    of_version = CardEvent.objects.filter(card__in=cards)
    outcomes = of_version.values("outcome").annotate(cards=Count("card", distinct=True)).order_by("-cards", "outcome")
    worked = [(str(row["outcome"]), int(row["cards"])) for row in outcomes]
    return (
        ("cards", cards.count()),
        ("claimed", cards.exclude(claimed_at=None).count()),
        *((name, count) for name, count in worked if name not in {"claimed", "won"}),
        ("won", cards.filter(state=CardState.WON).count()),
    )
