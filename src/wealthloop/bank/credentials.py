"""Data of grade C3 (JR/T 0171-2020: card numbers whole, passwords, biometrics): never taken in, not even aside."""

import re
from typing import Final

from wealthloop.bank.chunks import Chunk
from wealthloop.bank.converted import as_text
from wealthloop.errors import BankDataError

_NAMES: Final = frozenset((
    "password", "passwd", "pwd", "cvv", "cvv2", "cvn", "cvn2", "cvc", "cvc2", "pin", "fingerprint", "biometric",
    "biometrics", "faceprint", "iris", "voiceprint", "passphrase", "pinblock",
))  # fmt: skip
_CHINESE: Final = ("密码", "指纹", "人脸", "虹膜", "声纹", "磁道", "安全码", "验证码")
_CARD: Final = re.compile(r"[34569]\d{15,18}")
_SAMPLE: Final = 200
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def refuse_credentials(chunk: Chunk, *, file: str) -> None:
    """Raise where a column is named like a credential, or most of its cells look like whole card numbers.

    Raises:
        BankDataError: such a column is there; nothing of the source is taken in.
    """
    for name, cells in zip(chunk.names, chunk.columns, strict=True):
        if _named_like_one(name):
            raise BankDataError(f"{file}: line 1, column {name}, rule c3_refused: {_ADVICE}")
        sample = [text for text in as_text(cells[: 4 * _SAMPLE]).to_pylist() if text][:_SAMPLE]
        cards = sum(is_card_number(text) for text in sample)
        if sample and cards * 2 > len(sample):
            raise BankDataError(
                f"{file}: column {name}, rule c3_refused: {cards} of {len(sample)} cells look like whole card numbers: "
                f"{_ADVICE}"
            )


_ADVICE: Final = "grade C3 data is never stored, leave the column out of the export"


def is_card_number(text: str) -> bool:
    """Return whether a text is 16 to 19 digits that begin like a bank card and pass the Luhn check (ISO/IEC 7812).

    Example:
        >>> is_card_number("6222 0212 3456 7894"), is_card_number("6222021234567890")
        (False, False)
        >>> is_card_number("4111111111111111")
        True
    """
    digits = re.sub(r"[ -]", "", text)
    if not _CARD.fullmatch(digits):
        return False
    total = sum(_DOUBLED[int(digit)] if place % 2 else int(digit) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _named_like_one(name: str) -> bool:
    words = re.split(r"[^a-z0-9]+", name.lower())
    return not _NAMES.isdisjoint(words) or any(word in name for word in _CHINESE)
