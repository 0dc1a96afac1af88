"""Django's entry to this room."""

from django.apps import AppConfig


class ChampionsConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.champions"
    label = "champions"
