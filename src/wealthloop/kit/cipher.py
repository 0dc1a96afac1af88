"""Encryption at rest for the few columns that name a person (grade C2: name, mobile, address token)."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from wealthloop.errors import HomeError
from wealthloop.kit.files import write_atomic


class Cipher:
    """Deterministic authenticated encryption (AES-SIV, RFC 5297), so that a re-load gives the same bytes."""

    def __init__(self, key: bytes) -> None:
        self._siv = AESSIV(key)

    @classmethod
    def open(cls, path: Path) -> "Cipher":
        """Open the key file of a home, making it (mode 600) on first use."""
        if not path.exists():
            write_atomic(path, secrets.token_bytes(64), mode=0o600)
        return cls(path.read_bytes())

    def encrypt(self, text: str) -> str:
        """Return the URL-safe token of a text."""
        return urlsafe_b64encode(self._siv.encrypt(text.encode(), None)).decode()

    def decrypt(self, token: str) -> str:
        """Return the text of a token.

        Raises:
            HomeError: the token was not written with this home's key.
        """
        try:
            return self._siv.decrypt(urlsafe_b64decode(token), None).decode()
        except (InvalidTag, ValueError) as error:
            raise HomeError(
                "a stored value was not written with this home's secret.key, restore the key that belongs to it"
            ) from error
