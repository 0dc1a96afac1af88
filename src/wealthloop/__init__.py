"""Wealthloop: the open-source brain between a bank's data and its people."""

__version__ = "0.1.0"
