"""What a bank can do in a day: people's capacity, the channels' volumes and costs, the budget."""

from typing import Any

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox.bank_spec import BY_PEOPLE
from wealthloop.sandbox.state import Scene


def capacities(scene: Scene) -> dict[str, Any]:
    """Return a day's limits, the same for every policy.

    Returns:
        ``rm_capacity``: cards a day for each RM, shape (n_rms,); ``remote_capacity``: cards a day of all remote
        agents together; ``channel_volume``: contacts a day by channel that no person makes; ``contact_cost``: fen for
        one contact by channel; ``budget``: fen a day for all contacts together.
    """
    spec, thousands = scene.spec, scene.size / 1000.0
    return {
        "rm_capacity": np.full(scene.books.rms, spec.books.rm_capacity),
        "remote_capacity": scene.books.remote_agents * spec.books.remote_capacity,
        "channel_volume": {
            name: round(spec.channels[name].daily_per_thousand * thousands)
            for name in CHANNELS
            if name not in BY_PEOPLE
        },
        "contact_cost": {name: round(spec.channels[name].cost_yuan * 100) for name in CHANNELS},
        "budget": round(spec.cost.budget_yuan_per_thousand * thousands * 100),
    }
