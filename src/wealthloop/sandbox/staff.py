"""People at their desks: capacity, absence, skill and tiredness; RMs leave, and successors take over their books."""

from datetime import datetime, time
from typing import Any, Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox import names
from wealthloop.sandbox.arrays import Texts
from wealthloop.sandbox.books import agent_name, branch_name, rm_name, skills
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.leanings import YEAR
from wealthloop.sandbox.state import DAY_MICROS, NEVER, Scene, day_date

_MORNING: Final = 8 * 3_600_000_000
_WEEK: Final = 7.0


def rm_ids(scene: Scene) -> list[str]:
    """Return the ids of the RMs who sit at each seat today."""
    return [rm_name(seat, generation) for seat, generation in enumerate(scene.state.generation.tolist())]


def staff_ids(scene: Scene) -> list[str]:
    """Return the ids of the people at each desk today: RMs, then remote agents."""
    return rm_ids(scene) + [agent_name(index) for index in range(scene.books.remote_agents)]


def rm_of(scene: Scene, customer: int) -> str | None:
    """Return the id of a customer's RM today, None in the public pool."""
    seat = int(scene.books.rm[customer])
    return None if seat < 0 else rm_name(seat, int(scene.state.generation[seat]))


def full_capacity(scene: Scene) -> Ints:
    """Return how many customers each desk can work on in a whole day, shape (n_seats,)."""
    books = scene.spec.books
    is_rm = np.arange(scene.books.seats) < scene.books.rms
    return np.where(is_rm, books.rm_capacity, books.remote_capacity)


def capacity_today(scene: Scene) -> Ints:
    """Return how many cards each desk takes up today: diligence, more or less by a fifth; none on leave."""
    seats = scene.books.seats
    drawn = scene.draws.shared("desk/capacity", scene.day, seats)
    able = full_capacity(scene) * scene.spec.desk.diligence * (0.8 + 0.4 * drawn)
    return np.where(_absent(scene), 0, able.astype(np.int64))


def _absent(scene: Scene) -> Mask:
    """Return which RMs are on leave, for a whole spell at a time; remote agents stand in for each other."""
    staff, books = scene.spec.staff, scene.books
    spell = scene.day // staff.absent_days
    absent: Mask = scene.draws.shared("staff/absent", spell, books.seats) < staff.absent_share
    return absent & (np.arange(books.seats) < books.rms)


def quality_of(scene: Scene, seat: Ints, turn: Ints) -> Floats:
    """Return the multiple of interest of each call by who makes it: skill, the day's and the last weeks' tiredness.

    Args:
        scene: the world.
        seat: desks, shape (n,).
        turn: how many calls the person made before on this day, shape (n,).
    """
    staff, books = scene.spec.staff, scene.books
    skill = np.concatenate([scene.state.skill, np.ones(books.remote_agents)])[seat]
    spent = (turn + 0.5) / full_capacity(scene)[seat]
    today = 1.0 + staff.tire_day * (0.5 - spent)
    lately = 1.0 - staff.tire_week * (scene.state.load[seat] - scene.spec.desk.diligence)
    return np.asarray(skill * today * lately)


def note_load(scene: Scene, seat: Ints) -> None:
    """Let the day's calls (one row each) count in each desk's load of the last weeks."""
    used = np.bincount(seat, minlength=scene.books.seats) / full_capacity(scene)
    scene.state.load += (used - scene.state.load) / _WEEK


def leave(scene: Scene) -> None:
    """Some RMs leave for good; each one's successor takes over the seat and the whole book the same morning."""
    daily = 1.0 - (1.0 - scene.spec.staff.leave_yearly) ** (1.0 / YEAR)
    leavers = np.flatnonzero(scene.draws.shared("staff/leave", scene.day, scene.books.rms) < daily)
    for seat in leavers.tolist():
        _hand_over(scene, seat)


def _hand_over(scene: Scene, seat: int) -> None:
    state, customers = scene.state, np.flatnonzero(scene.books.rm == seat)
    old, since = rm_name(seat, int(state.generation[seat])), int(state.seat_since[seat])
    state.generation[seat] += 1
    generation = int(state.generation[seat])
    state.skill[seat] = skills(scene.spec, scene.draws, seats=scene.books.rms, generation=generation)[seat]
    state.load[seat] = scene.spec.desk.diligence
    new = rm_name(seat, generation)
    scene.records.staff.add(**staff_row(scene, seat, generation, name=called(scene, generation)[seat]))
    _assign(scene, customers, old, since=scene.books.since[customers] if since == NEVER else since, to=scene.day)
    _assign(scene, customers, new, since=scene.day, to=-1)
    _bind_wecom(scene, customers[scene.bound["wecom"][customers]], old, new, since=since)
    state.seat_since[seat] = scene.day


def called(scene: Scene, generation: int) -> list[str]:
    """Return the names of the RMs of a generation, one for each seat."""
    return [str(name) for name in names.people_names(scene.draws, f"staff/{generation}", scene.books.rms).to_pylist()]


def staff_row(scene: Scene, seat: int, generation: int, *, name: str) -> dict[str, Any]:
    """Return an RM's row of the staff table."""
    return {
        "staff_id": rm_name(seat, generation),
        "role": "rm",
        "branch_id": branch_name(int(scene.books.rm_branch[seat])),
        "daily_capacity": scene.spec.books.rm_capacity,
        "qualified_for": "investment" if seat % 6 == 5 else "investment,insurance",
        "name": name,
        "known_at": datetime.combine(day_date(scene.day), time(8)),
    }


def _assign(scene: Scene, customers: Ints, rm: str, *, since: Ints | int, to: int) -> None:
    """Write who looks after customers from one day to another; a row that ends is a correction of the one before."""
    rows = len(customers)
    scene.records.book_assignments.add(
        {
            "customer_id": customers,
            "rm_id": np.full(rows, rm, dtype=np.object_),
            "from": np.broadcast_to(np.asarray(since), rows),
            "to": np.full(rows, to),
            "known_at": np.full(rows, scene.day * DAY_MICROS + _MORNING),
        }
    )


def note_books(scene: Scene) -> None:
    """Write the books of the opening; a row is known from the morning of its first day."""
    covered = np.flatnonzero(scene.books.rm >= 0)
    since, rms = scene.books.since[covered], np.array(rm_ids(scene), dtype=np.object_)
    scene.records.book_assignments.add(
        {
            "customer_id": covered,
            "rm_id": rms[scene.books.rm[covered]],
            "from": since,
            "to": np.full(len(covered), -1),
            "known_at": since * DAY_MICROS + _MORNING,
        }
    )


def _bind_wecom(scene: Scene, customers: Ints, old: str, new: str, *, since: int) -> None:
    """Pass the customers' WeCom links on: the leaver's end, the successor's begin."""
    channel, now = CHANNELS.index("wecom"), scene.day * DAY_MICROS + _MORNING
    bound = scene.opening_bound if since == NEVER else since * DAY_MICROS + _MORNING
    rows = len(customers)
    for staff, start, end in ((old, bound, now), (new, now, -1)):
        scene.records.channel_identities.add(
            {
                "customer_id": customers,
                "channel": np.full(rows, channel),
                "address_token": tokens(scene, customers, "wecom"),
                "bound_at": np.full(rows, start),
                "unbound_at": np.full(rows, end),
                "wecom_staff_id": np.full(rows, staff, dtype=np.object_),
                "known_at": np.full(rows, now),
            }
        )


def tokens(scene: Scene, customers: Ints, channel: str) -> Texts:
    """Return the customers' addresses in a channel that has tokens of its own."""
    ids = pa.array([scene.ids[i] for i in customers.tolist()], pa.string())
    found: Texts = names.joined(f"{channel}-", ids).to_numpy(zero_copy_only=False)
    return found
