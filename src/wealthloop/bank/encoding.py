"""Which encoding a text file is in, strictly: UTF-8 (with or without a mark) or GB18030, else the first bad byte."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]

_PIECE: Final = 1 << 20
_HAN: Final = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEncoding:
    """How a file is to be read."""

    name: Encoding
    bad_line: int | None = None
    """The line (from 1) of the first byte that the encoding cannot hold; None where all can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    bad_line: int | None
    han_before: bool


def detect(path: Path) -> TextEncoding:
    """Return the encoding of a file.

    Valid UTF-8 is UTF-8; else valid GB18030 is GB18030. A file that begins as UTF-8 with Chinese in it and then breaks
    is broken UTF-8, although GB18030 might read nonsense from it. A zero byte stands in no text.
    """
    with path.open("rb") as file:
        marked = file.read(3) == codecs.BOM_UTF8
    utf8: Encoding = "utf-8-sig" if marked else "utf-8"
    first = _try(path, utf8)
    if first.bad_line is None:
        return TextEncoding(name=utf8)
    if marked or first.han_before:
        return TextEncoding(name=utf8, bad_line=first.bad_line)
    second = _try(path, "gb18030")
    if second.bad_line is None:
        return TextEncoding(name="gb18030")
    if second.bad_line > first.bad_line:
        return TextEncoding(name="gb18030", bad_line=second.bad_line)
    return TextEncoding(name=utf8, bad_line=first.bad_line)


def _try(path: Path, encoding: Encoding) -> _Trial:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, han = 1, False
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                return _Trial(bad_line=lines + before.count(b"\n"), han_before=han or _has_han(before, encoding))
            if "\0" in text:
                return _Trial(bad_line=lines + text[: text.index("\0")].count("\n"), han_before=han)
            if not piece:
                return _Trial(bad_line=None, han_before=han)
            han = han or _HAN.search(text) is not None
            lines += text.count("\n")


def _has_han(before: bytes, encoding: Encoding) -> bool:
    return _HAN.search(before.decode(encoding, errors="ignore")) is not None
