"""Django's entry to this room."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.delivery"
    label = "delivery"
