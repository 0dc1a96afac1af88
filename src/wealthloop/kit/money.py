"""Money is whole minor units (fen for CNY) in an ``int``; a float never holds it."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

Language = Literal["en", "zh-hans"]

_STEPS: dict[str, tuple[tuple[int, str], ...]] = {
    "zh-hans": ((100_000_000, " 亿"), (10_000, " 万")),
    "en": ((1_000_000_000, " bn"), (1_000_000, " m"), (1_000, " k")),
}


def fen(amount: str | Decimal) -> int:
    """Return an amount in yuan as fen.

    Raises:
        ValueError: the amount has more than two decimals or is no number.

    Example:
        >>> fen("-37.19")
        -3719
    """
    exact = Decimal(amount) * 100
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise ValueError(f"amount == {amount}, must be a number with at most two decimals")
    return int(exact)


def yuan(minor: int) -> Decimal:
    """Return fen as an exact amount in yuan."""
    return Decimal(minor) / 100


def compact(minor: int, language: Language) -> str:
    """Return an amount in fen as people of that language write it, in yuan, to three digits.

    Example:
        >>> compact(12_345_600, "zh-hans"), compact(12_345_600, "en"), compact(99_900, "en")
        ('12.3 万', '123 k', '999')
    """
    amount = yuan(minor)
    for size, word in _STEPS[language]:
        if abs(amount) >= size:
            return f"{_three_digits(amount / size):,}{word}"
    return f"{amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN):,}"


def _three_digits(amount: Decimal) -> Decimal:
    decimals = max(0, 2 - amount.adjusted())
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
