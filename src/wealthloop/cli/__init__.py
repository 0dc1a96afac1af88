"""The command line: one file a command; doors that read the clock, open the home and translate errors once."""

from wealthloop.cli.app import main

__all__ = ["main"]
