"""The turn of a day: a morning in which everything moves by itself, contacts, an evening of purchases; and a past."""

from collections.abc import Callable, Sequence
from datetime import date

from wealthloop.sandbox.behaviour import behave
from wealthloop.sandbox.flows import move_money
from wealthloop.sandbox.needs import live
from wealthloop.sandbox.operate import Operation
from wealthloop.sandbox.purchases import purchase
from wealthloop.sandbox.records import POUR_ROWS, Sheets
from wealthloop.sandbox.snapshot import is_month_end, note_credit, note_holdings, note_market, weigh
from wealthloop.sandbox.staff import leave
from wealthloop.sandbox.standing import write_standing
from wealthloop.sandbox.state import Scene, day_date
from wealthloop.sandbox.types import PastDecision


def begin(scene: Scene, day: int) -> None:
    """Begin a day: the market moves, people leave, lives go on, money moves by itself, customers show themselves."""
    scene.state.day = day
    scene.today.clear()
    scene.market.step(day)
    leave(scene)
    live(scene)
    move_money(scene)
    weigh(scene)
    behave(scene)


def finish(scene: Scene) -> None:
    """End a day: purchases, then the market and the credit lines in the books; holdings are written apart."""
    purchase(scene)
    weigh(scene)
    note_market(scene)
    if is_month_end(scene.day):
        note_credit(scene)


def past(
    scene: Scene, operations: Sequence[Operation], sheets: Sheets | None, *, end: int, daily: int,
    on_day: Callable[[date], None],
) -> list[PastDecision]:  # fmt: skip
    """Play a bank's past from its opening and return the contacts that its strategies planned, in order.

    Args:
        scene: a world on the evening of its opening day.
        operations: the strategies that ran.
        sheets: the files to write; None: nothing is written.
        end: the last day, days since 1970.
        daily: holdings are written for this many last days, before them for the opening and the month ends.
        on_day: told each day as it ends.
    """
    planned: list[PastDecision] = []
    if sheets is not None:
        write_standing(scene, sheets)
        note_holdings(scene, sheets)
        note_credit(scene)
    for day in range(scene.day + 1, end + 1):
        begin(scene, day)
        for operation in operations:
            planned += operation.play(scene)
        finish(scene)
        if sheets is not None and (is_month_end(day) or day > end - daily):
            note_holdings(scene, sheets)
        scene.records.pour(sheets, least=POUR_ROWS if sheets else 0)
        on_day(day_date(day))
    scene.records.pour(sheets)
    return planned
