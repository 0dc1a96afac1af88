"""Models of any table that an analyst has: read, encoded, fitted by several learners, validated, explained."""
