"""Room: insight."""
