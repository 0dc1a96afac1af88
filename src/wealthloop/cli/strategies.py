"""``wealthloop strategy``: the group with the commands of every file that adds to it."""

from wealthloop.cli import evolution
from wealthloop.cli.strategy import app

__all__ = ["app", "evolution"]
