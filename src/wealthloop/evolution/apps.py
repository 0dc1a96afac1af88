"""Django's entry to this room."""

from django.apps import AppConfig


class EvolutionConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.evolution"
    label = "evolution"
