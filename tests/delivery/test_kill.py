"""Workers that are really killed: no double acceptance, nothing lost (I1, I2, I8)."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wealthloop.kit import Home, bucket

INTENTS = 400
KILLS = 12

WORKER = """
import sys
from pathlib import Path
from wealthloop.kit import Home
from wealthloop.state import open_state
home = Home.open(Path(sys.argv[1]))
open_state(home, create=True)
from tests.delivery.makers import NOW, allow, new_intent
from wealthloop.delivery import outbox
from wealthloop.delivery.connectors import CardConnector, FakeConnector, Guarantee
fake = FakeConnector(home.root / "fake_provider.sqlite3", guarantee=Guarantee(sys.argv[2]))
connectors = [CardConnector(home.zone), fake]
outbox.stage([new_intent(i, channel="rm" if i % 4 == 0 else "sms") for i in range(int(sys.argv[3]))], now=NOW)
print("ready", flush=True)
outbox.recover(home, now=NOW, gate=allow, worker="night", connectors=connectors)
outbox.dispatch(home, now=NOW, gate=allow, worker="night", connectors=connectors)
print("done", flush=True)
"""


def start(home: Home, guarantee: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("WEALTHLOOP_", "DJANGO_"))}
    words = [sys.executable, "-c", WORKER, str(home.root), guarantee, str(INTENTS)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment, cwd=root)


def run_and_kill(home: Home, guarantee: str, *, after: float) -> bool:
    """Run a worker, kill it so many seconds after it began to send; say whether it was still at it."""
    with start(home, guarantee) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        time.sleep(after)
        worker.send_signal(signal.SIGKILL)
        return worker.stdout.read() == ""


def states(home: Home) -> dict[str, int]:
    state = sqlite3.connect(home.state)
    rows = dict(state.execute("SELECT state, count(*) FROM delivery_intent GROUP BY state").fetchall())
    state.close()
    return rows


@pytest.mark.soak
@pytest.mark.parametrize("guarantee", ["idempotent_key", "queryable", "neither"])
def test_i1_workers_killed_at_many_moments_never_send_twice_and_lose_nothing(tmp_path: Path, guarantee: str) -> None:
    home = Home.create(tmp_path / "home", kind="simulated", salt="a-test-salt")
    moments = [0.6 * bucket("kills", f"{guarantee}{i}") for i in range(KILLS)]
    caught = sum(run_and_kill(home, guarantee, after=after) for after in moments)
    assert caught >= 3, "too few kills hit a worker at work"
    with start(home, guarantee) as last:
        assert last.communicate()[0] == "ready\ndone\n"
    book = sqlite3.connect(home.root / "fake_provider.sqlite3")
    keys = [key for (key,) in book.execute("SELECT key FROM accepted")]
    book.close()
    ended = states(home)
    assert len(keys) == len(set(keys)), "a message was accepted twice"
    assert sum(ended.values()) == INTENTS
    assert set(ended) <= ({"sent", "unknown"} if guarantee == "neither" else {"sent"})
    assert ended.get("unknown", 0) <= caught
    assert len(keys) >= 3 * INTENTS // 4 - ended.get("unknown", 0)
