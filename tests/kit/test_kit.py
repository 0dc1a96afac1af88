"""The pure helpers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wealthloop.errors import HomeError
from wealthloop.kit import (
    Cipher,
    FixedClock,
    Home,
    SystemClock,
    bucket,
    buckets,
    clock_of,
    compact,
    content_hash,
    day_end,
    day_of,
    day_start,
    fen,
    file_hash,
    opening,
    stable_id,
    write_atomic,
    yuan,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_buckets_are_uniform_reproducible_and_the_same_one_by_one() -> None:
    units = [f"C{n}" for n in range(20_000)]
    drawn = buckets("salt", units)
    assert drawn[:50].tolist() == [bucket("salt", unit) for unit in units[:50]]
    assert (drawn.min() >= 0, drawn.max() < 1) == (True, True)
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert float(((counts - 1000.0) ** 2 / 1000.0).sum()) < 43.8  # chi-square, 19 degrees of freedom, p = .001


def test_buckets_of_two_salts_are_unrelated() -> None:
    units = [f"C{n}" for n in range(20_000)]
    assert abs(float(np.corrcoef(buckets("one", units), buckets("two", units))[0, 1])) < 0.03


def test_a_bank_day_begins_and_ends_at_its_own_midnight() -> None:
    day = date(2026, 11, 20)
    assert day_start(day, SHANGHAI) == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert day_end(day, SHANGHAI) == day_start(day + timedelta(days=1), SHANGHAI)
    assert day_of(day_end(day, SHANGHAI), SHANGHAI) == date(2026, 11, 21)
    assert day_of(day_end(day, SHANGHAI) - timedelta(microseconds=1), SHANGHAI) == day
    assert opening(day, SHANGHAI) == datetime(2026, 11, 20, 1, tzinfo=UTC)


@pytest.mark.parametrize(("text", "minor"), [("-37.19", -3719), ("1", 100), ("0.10", 10), ("1.500", 150)])
def test_money_is_exact(text: str, minor: int) -> None:
    assert fen(text) == minor
    assert yuan(minor) == Decimal(text)


@pytest.mark.parametrize("text", ["1.005", "NaN", "Infinity"])
def test_money_finer_than_a_fen_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most two decimals"):
        fen(text)


def test_amounts_are_written_as_people_of_the_language_write_them() -> None:
    assert compact(12_345_600, "zh-hans") == "12.3 万"
    assert compact(1_234_567_890_00, "en") == "1.23 bn"


def test_an_id_depends_on_its_parts_and_their_borders() -> None:
    assert stable_id("a", "bc") == stable_id("a", "bc")
    assert stable_id("a", "bc") != stable_id("ab", "c")


def test_a_written_file_is_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"two", mode=0o600)
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["file"]
    assert file_hash(path) == content_hash(b"two")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_cipher_is_deterministic_and_belongs_to_its_home(tmp_path: Path) -> None:
    mine, other = Cipher.open(tmp_path / "a"), Cipher.open(tmp_path / "b")
    token = mine.encrypt("张三")
    assert Cipher.open(tmp_path / "a").encrypt("张三") == token
    assert mine.decrypt(token) == "张三"
    assert "张三" not in token
    with pytest.raises(HomeError, match=r"secret\.key"):
        other.decrypt(token)


def test_a_fixed_clock_runs_on_to_its_bound() -> None:
    start = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert FixedClock(start).now() == start
    assert start <= FixedClock(start, longest=timedelta(hours=1)).now() < start + timedelta(minutes=1)
    assert SystemClock().now().tzinfo is UTC


def test_a_simulated_bank_lives_on_the_day_after_its_newest_night(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", kind="simulated", salt="12345678")
    assert home.current() is None
    home.set_current(as_of=date(2026, 11, 20), run_id="r")
    assert home.current() == date(2026, 11, 20)
    assert day_of(clock_of(home).now(), home.zone) == date(2026, 11, 21)
    assert isinstance(clock_of(home.with_kind("bank")), SystemClock)


def test_a_home_is_made_once_and_opened_again(tmp_path: Path) -> None:
    home = Home.open_or_create(tmp_path / "home")
    assert Home.open_or_create(home.root).settings == home.settings
    with pytest.raises(HomeError, match="not empty"):
        Home.create(home.root)
    assert home.with_kind("demonstration").allows_real_connectors is False
    assert Home.open(home.root).settings.kind == "demonstration"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema_version = 0", "run 'wealthloop migrate'"),
        ("schema_version = 99", "use the newer wealthloop"),
        ("schema_version = 1", "key salt"),
        ("schema_version = ", "not readable as TOML"),
    ],
)
def test_a_home_that_this_version_cannot_open_says_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "home.toml").write_text(text, encoding="utf-8")
    with pytest.raises(HomeError, match=said):
        Home.open(tmp_path)


def test_no_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="make a home with"):
        Home.open(tmp_path)
