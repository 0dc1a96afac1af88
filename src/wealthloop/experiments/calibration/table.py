"""The calibration table as a document."""

from collections.abc import Sequence
from typing import Final

from wealthloop.experiments.calibration.daily import A_DAY
from wealthloop.experiments.calibration.rows import Row

ABOUT: Final = (
    "Two-sided tests at 5 %. False positives: trials without effect in which any look left out 0, with a 95 % "
    "interval. Coverage: trials with an effect in which every look held the truth of the named estimand. Arms are "
    f"equal where nothing else is said; daily: {A_DAY} units a day where nothing else is said, each plan of 14, 30 or "
    "60 days with its own boundary."
)
_HEAD: Final = (
    "| kind | method | looks | false positives | 95 % interval | coverage | power | width |",
    "|---|---|---|---|---|---|---|---|",
)


def markdown(rows: Sequence[Row], *, seed: int) -> str:
    """Return the table as a document."""
    once, daily = ([row for row in rows if bool(row.peek_days) == peeked] for peeked in (False, True))
    lines = [
        "# Do the tests keep their word?", "",
        f"{ABOUT} {rows[0].runs:,} trials a row without effect and as many with one.", "",
        f"Seed {seed}, `make calibration` repeats it.", "",
        "## One look at the end", "",
        "`welch` is what would be read of a small arm of heavy-tailed amounts without the randomisation test.", "",
        *_HEAD, *(_line(row) for row in once), "",
        "## A look every day", "",
        "An ordinary test is right when it is read once. Read daily until it is significant, it finds winners where",
        "there are none; the always-valid interval does not. Width: on the last day, over that of one look.", "",
        *_HEAD, *(_line(row) for row in daily), "",
        "## What was drawn", "",
        *(f"- {kind}, {looks}: {about}." for kind, looks, about in dict.fromkeys(
            (row.kind, "daily" if row.peek_days else "one look", row.about) for row in rows)),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    looked = f"daily, {row.peek_days} days" if row.peek_days else "one"
    low, high = row.interval
    width = "" if row.width_ratio is None else f"{row.width_ratio:.2f}"
    return (
        f"| {row.kind} | {row.method} | {looked} | {row.false_positive_rate:.2%} | {low:.2%} to {high:.2%} | "
        f"{row.coverage:.2%} | {row.power:.1%} | {width} |"
    )
