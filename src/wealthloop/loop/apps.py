"""Django's entry to this room."""

from django.apps import AppConfig


class LoopConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.loop"
    label = "loop"
