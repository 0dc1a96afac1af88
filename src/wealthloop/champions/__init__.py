"""Which version of a model is in use: a row a version, challengers, two people for a change, the way back."""
