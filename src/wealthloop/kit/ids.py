"""Stable identifiers: the same parts give the same id, so that a repeated step makes the same row."""

from hashlib import blake2b


def stable_id(*parts: object) -> str:
    """Return a 32-digit hex id of the parts, in order.

    Example:
        >>> stable_id("lead", "C1") == stable_id("lead", "C1")
        True
        >>> stable_id("a", "bc") == stable_id("ab", "c")
        False
    """
    text = "\x1f".join(str(part) for part in parts)
    return blake2b(text.encode(), digest_size=16).hexdigest()
