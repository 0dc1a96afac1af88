"""Many models at once: one matrix of bins shared by all, columns screened, trees boosted where it pays."""

from wealthloop.scoring.factory.binning import Bins, bins_of
from wealthloop.scoring.factory.learn import Learned, Lesson, learn

__all__ = ["Bins", "Learned", "Lesson", "bins_of", "learn"]
