"""Django's entry to this room."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """The room as a Django app."""

    name = "wealthloop.policies"
    label = "policies"
