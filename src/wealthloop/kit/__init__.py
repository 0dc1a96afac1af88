"""Pure helpers: clock, bank days, ids, money, hash buckets, files, ciphers."""

from wealthloop.kit.buckets import bucket, buckets
from wealthloop.kit.cipher import Cipher
from wealthloop.kit.clock import Clock, FixedClock, SystemClock
from wealthloop.kit.days import day_end, day_of, day_start, months_after, opening
from wealthloop.kit.files import content_hash, file_hash, write_atomic
from wealthloop.kit.home import Home
from wealthloop.kit.ids import stable_id
from wealthloop.kit.memory import peak_mib
from wealthloop.kit.money import compact, fen, yuan
from wealthloop.kit.parts import parts_of
from wealthloop.kit.present import clock_of

__all__ = [
    "Cipher",
    "Clock",
    "FixedClock",
    "Home",
    "SystemClock",
    "bucket",
    "buckets",
    "clock_of",
    "compact",
    "content_hash",
    "day_end",
    "day_of",
    "day_start",
    "fen",
    "file_hash",
    "months_after",
    "opening",
    "parts_of",
    "peak_mib",
    "stable_id",
    "write_atomic",
    "yuan",
]
