"""Facts that tags look at: features of the catalogue, and those that are made here from the bank's tables."""

from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.facts.gather import day_facts, month_facts
from wealthloop.insight.facts.made import MADE, FactWords, fact_words

__all__ = ["MADE", "Asked", "FactWords", "day_facts", "fact_words", "month_facts"]
