"""Django's entry to this room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.web"
    label = "web"
