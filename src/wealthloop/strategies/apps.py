"""Django's entry to this room."""

from django.apps import AppConfig


class StrategiesConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.strategies"
    label = "strategies"
