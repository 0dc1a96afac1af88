"""Room: loop."""
