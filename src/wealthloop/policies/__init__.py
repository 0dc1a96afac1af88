"""Room: policies."""
