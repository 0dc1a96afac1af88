"""Whole policies in worlds whose truth is known: the year, the oracle, what could be learnt, and the platform itself.

``platform``, ``bridge`` and ``truth`` read the state plane and are imported once it is open.
"""

from wealthloop.trials.year import EVERY, Plan, play_year

__all__ = ["EVERY", "Plan", "play_year"]
