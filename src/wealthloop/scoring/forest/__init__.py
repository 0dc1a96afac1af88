"""Scoring by many models at once: trees read from LightGBM's text, rows coded once for all of them."""

from wealthloop.scoring.forest.codes import Coding, coding_of
from wealthloop.scoring.forest.pack import Forest, pack
from wealthloop.scoring.forest.read import CannotRead, Tree, read_trees

__all__ = ["CannotRead", "Coding", "Forest", "Tree", "coding_of", "pack", "read_trees"]
