"""A night in a process of its own: prints the digest of what the platform decided from the tables alone.

With the word ``spoilt`` the truth is changed before the night: the truth store is overwritten, and what the world
knows of its customers is shuffled.
"""

import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from wealthloop.kit import Home, content_hash
from wealthloop.sandbox import World
from wealthloop.state import open_state
from wealthloop.trials.calendar import Calendar
from wealthloop.trials.watch import Watch


def main(root: Path, spoilt: bool) -> None:
    calendar, salt = Calendar(measured=30), "a-night-apart"
    home = Home.create(root / "home", kind="simulated", bank_name="b", salt=salt)
    watch, world = Watch(home), World(seed=11, customers=700, salt=salt)
    world.history(first=calendar.past_begins, last=calendar.past_ends, running=(), out=watch.files(calendar.past_ends))
    watch.take(calendar.past_ends)
    world.write_truth(root / "truth")
    if spoilt:
        _spoil(world, root / "truth")
    open_state(home, create=True)
    from wealthloop.kit import opening
    from wealthloop.strategies.valuebook import parse_value_book
    from wealthloop.trials.bridge import Bridge
    from wealthloop.trials.jobs import year_book
    from wealthloop.trials.morning import room_of
    from wealthloop.trials.platform import first_document, prepare
    from wealthloop.trials.review import launch

    text = year_book(world.spec)
    prepare(home, room_of(world, parse_value_book(text.encode(), name="book")), text)
    launch(first_document(), opening(calendar.past_ends, home.zone), calendar.past_ends)
    Bridge(home, world, as_of=calendar.past_ends).night(models="used")
    sys.stdout.write(_decided(home))


def _spoil(world: World, store: Path) -> None:
    for path in store.rglob("*.parquet"):
        path.write_bytes(b"no truth")
    scene = world._played
    assert scene is not None
    rng = np.random.default_rng(0)
    shuffled = {
        field.name: rng.permutation(value)
        for field in fields(scene.truth)
        if isinstance(value := getattr(scene.truth, field.name), np.ndarray)
    }
    world._played = replace(scene, truth=replace(scene.truth, **shuffled))


def _decided(home: Home) -> str:
    from wealthloop import ledger
    from wealthloop.delivery.models import Intent

    rows = [{k: str(v) for k, v in row.items() if k != "person_key"} for row in ledger.read(home).to_pylist()]
    sent = sorted(Intent.objects.values_list("intent_id", "content_hash", "state"))
    assert rows
    assert sent
    return content_hash(json.dumps([rows, sent]).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), "spoilt" in sys.argv[2:])
