"""The days of a trial."""

from datetime import date

from wealthloop.trials.calendar import BURN_IN, MEASURED_FROM, PAST_DAYS, Calendar, number_of


def test_the_measured_days_follow_the_burn_in_and_the_past() -> None:
    calendar = Calendar(measured=365)
    assert calendar.days[BURN_IN] == MEASURED_FROM
    assert calendar.days[-1] == date(2026, 12, 31)
    assert (calendar.past_ends - calendar.past_begins).days == PAST_DAYS - 1
    span = calendar.span
    assert (span.first - span.begins, span.last - span.first) == (BURN_IN, 364)
    assert span.first == number_of(MEASURED_FROM)


def test_months_of_thirty_days_and_the_last_day_are_looked_at() -> None:
    calendar = Calendar(measured=40)
    ends = [day for day in calendar.days if calendar.ends_month(day)]
    assert ends == [date(2026, 1, 30), date(2026, 2, 9)]
    assert [calendar.month_of(day) for day in ends] == [1, 2]
    assert calendar.month_of(calendar.days[0]) == 0
