"""Room: leads."""
