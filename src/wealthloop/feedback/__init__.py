"""Room: feedback."""
