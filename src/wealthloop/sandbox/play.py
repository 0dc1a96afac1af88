"""The turn of one day: a morning in which everything moves by itself, contacts in between, an evening of purchases."""

from wealthloop.sandbox.behaviour import behave
from wealthloop.sandbox.flows import move_money
from wealthloop.sandbox.needs import live
from wealthloop.sandbox.purchases import purchase
from wealthloop.sandbox.snapshot import is_month_end, note_credit, note_market, weigh
from wealthloop.sandbox.staff import leave
from wealthloop.sandbox.state import Scene


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
