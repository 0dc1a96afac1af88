"""Django's entry to this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.access"
    label = "access"
