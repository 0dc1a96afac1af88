"""Room: access."""
