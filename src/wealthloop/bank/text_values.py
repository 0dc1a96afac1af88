"""Text cells to stored values, whole columns at a time."""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.contract import Kind
from wealthloop.bank.converted import (
    DAY_MICROS,
    MONEY_PRECISION,
    WRONG_TYPE,
    Cells,
    Converted,
    Mask,
    Reader,
    compute,
    filled,
    result,
    true_of,
)
from wealthloop.bank.instants import utc_of_wall

_DAY: Final = r"^(?P<y>\d{4})[-/]?(?P<m>\d{2})[-/]?(?P<d>\d{2})$"
_INSTANT: Final = (
    r"^(?P<y>\d{4})[-/]?(?P<m>\d{2})[-/]?(?P<d>\d{2})"
    r"(?:[ T]?(?P<h>\d{2}):?(?P<n>\d{2})(?::?(?P<s>\d{2})(?:\.(?P<f>\d{1,6})\d*)?)?)?(?P<z>Z|[+-]\d{2}:?\d{2})?$"
)
_MONEY: Final = r"^(?P<sign>[+-]?)(?P<whole>\d{1,15})(?:\.(?P<cents>\d{0,2})0*)?$"
_DECIMAL: Final = r"^[+-]?\d{1,15}(\.\d*)?$"
_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_INTEGER: Final = r"^[+-]?\d{1,18}(\.0*)?$"
_TRUE: Final = ("1", "true", "t", "y", "yes", "是")
_FALSE: Final = ("0", "false", "f", "n", "no", "否")


def _number_of(group: Cells, *, absent: str = "0") -> NDArray[np.int64]:
    empty = compute.or_(compute.equal(group, ""), compute.is_null(group))
    whole = compute.cast(compute.if_else(empty, absent, group), pa.int64())
    return np.asarray(whole.to_numpy(zero_copy_only=False), dtype=np.int64)


def _groups(text: Cells, pattern: str) -> tuple[dict[str, Cells], Mask]:
    found = compute.extract_regex(text, pattern)
    matched = filled(found)
    names = [field.name for field in found.type]
    keep = pa.array(matched)
    return {name: compute.if_else(keep, compute.struct_field(found, name), "") for name in names}, matched


def _days_of(groups: dict[str, Cells]) -> tuple[NDArray[np.int64], Mask]:
    """Return days since 1970 and which of them are on the calendar (years 1800 to 9999)."""
    year, month, day = (_number_of(groups[name]) for name in "ymd")
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    date = first.astype("M8[D]") + (day - 1)
    good = (year >= 1800) & (month >= 1) & (month <= 12) & (day >= 1) & (date.astype("M8[M]") == first)
    return date.astype(np.int64), good


def _text(cells: Cells, _: ZoneInfo) -> Converted:
    return Converted(values=cells)


def _text_day(cells: Cells, _: ZoneInfo) -> Converted:
    groups, matched = _groups(cells, _DAY)
    days, good = _days_of(groups)
    return result(days.astype(np.int32), matched & good, cells, pa.date32())


def _text_instant(cells: Cells, zone: ZoneInfo) -> Converted:
    groups, matched = _groups(cells, _INSTANT)
    days, good = _days_of(groups)
    hour, minute, second = (_number_of(groups[name]) for name in "hns")
    fraction = _number_of(compute.utf8_rpad(groups["f"], 6, "0"))
    good &= (hour < 24) & (minute < 60) & (second < 60)
    wall = days * DAY_MICROS + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    wall = np.where(good, wall, 0)
    zoned = true_of(compute.not_equal(groups["z"], ""))
    instants = utc_of_wall(wall, zone)
    if zoned.any():
        instants = np.where(zoned, wall - _stated_offsets(groups["z"]), instants)
    return result(instants, matched & good, cells, pa.timestamp("us"))


def _stated_offsets(zones: Cells) -> NDArray[np.int64]:
    encoded = zones.dictionary_encode()
    micros = []
    for name in encoded.dictionary.to_pylist():
        digits = name.replace(":", "")
        minutes = 0 if digits in ("", "Z") else int(digits[1:3]) * 60 + int(digits[3:5])
        micros.append((-minutes if digits.startswith("-") else minutes) * 60_000_000)
    of_each = np.asarray(micros, dtype=np.int64)
    places: NDArray[np.int64] = encoded.indices.to_numpy(zero_copy_only=False)
    return of_each[places]


def _text_money(cells: Cells, _: ZoneInfo) -> Converted:
    grouped = compute.match_substring_regex(cells, r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
    bare = compute.if_else(grouped, compute.replace_substring(cells, ",", ""), cells)
    bare = compute.replace_substring_regex(bare, r"^([+-]?)\.(\d)", r"\10.\2")
    groups, matched = _groups(bare, _MONEY)
    amount = _number_of(groups["whole"]) * 100 + _number_of(compute.utf8_rpad(groups["cents"], 2, "0"))
    signed = np.where(true_of(compute.equal(groups["sign"], "-")), -amount, amount)
    finer = true_of(compute.match_substring_regex(bare, _DECIMAL)) & ~matched
    values = pa.array(signed, pa.int64(), mask=~matched)
    wrong = filled(cells) & ~matched & ~finer
    return Converted(values=values, problems=((MONEY_PRECISION, finer), (WRONG_TYPE, wrong)))


def _text_number(cells: Cells, _: ZoneInfo) -> Converted:
    good = true_of(compute.match_substring_regex(cells, _NUMBER))
    values = compute.cast(compute.if_else(pa.array(good), cells, pa.scalar(None, pa.string())), pa.float64())
    return Converted(values=values, problems=((WRONG_TYPE, filled(cells) & ~good),))


def _text_integer(cells: Cells, _: ZoneInfo) -> Converted:
    good = true_of(compute.match_substring_regex(cells, _INTEGER))
    whole = compute.replace_substring_regex(cells, r"^\+|\.0*$", "")
    values = compute.cast(compute.if_else(pa.array(good), whole, pa.scalar(None, pa.string())), pa.int64())
    return Converted(values=values, problems=((WRONG_TYPE, filled(cells) & ~good),))


def _text_flag(cells: Cells, _: ZoneInfo) -> Converted:
    lower = compute.utf8_lower(cells)
    true = true_of(compute.is_in(lower, pa.array(_TRUE)))
    false = true_of(compute.is_in(lower, pa.array(_FALSE)))
    return result(true, true | false, cells, pa.bool_())


TEXT_READERS: Final[dict[Kind, Reader]] = {
    Kind.ID: _text, Kind.TEXT: _text, Kind.CODE: _text, Kind.SECRET: _text, Kind.DAY: _text_day,
    Kind.INSTANT: _text_instant, Kind.MONEY: _text_money, Kind.NUMBER: _text_number, Kind.INTEGER: _text_integer,
    Kind.FLAG: _text_flag,
}  # fmt: skip
