"""Decision records: what was planned, withheld and sent, with probabilities, values, prices and versions."""
