"""Bank days: a day is a calendar day of the bank's zone; instants are stored in UTC."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a bank day begins (00:00)."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a bank day ends (24:00); ``as_of`` a day means this instant."""
    return day_start(day + timedelta(days=1), zone)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the bank day to which an instant belongs."""
    return instant.astimezone(zone).date()


def opening(day: date, zone: ZoneInfo, *, at: time = time(9)) -> datetime:
    """Return the instant, in UTC, at which work begins on a bank day (09:00 by default)."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """Return the day some calendar months later (or, negative, earlier), cut to the month's last day.

    Example:
        >>> months_after(date(2026, 1, 31), 1)
        datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
