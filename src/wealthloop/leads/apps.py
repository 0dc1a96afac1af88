"""Django's entry to this room."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.leads"
    label = "leads"
