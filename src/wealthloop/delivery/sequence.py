"""The one number that grows with every change of any card."""

from django.db.models import Max

from wealthloop.delivery.models import Card


def next_sequence() -> int:
    """Return the next number; asked inside the transaction that uses it, which holds the state's write lock."""
    newest = Card.objects.aggregate(newest=Max("sequence"))["newest"]
    return (newest or 0) + 1
