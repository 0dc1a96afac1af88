"""Many models at once: one matrix of bins shared by all, columns screened, trees boosted where it pays."""
