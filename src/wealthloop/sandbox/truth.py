"""The truth as tables, for publishing a benchmark: kept apart from the bank's tables, which never show it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.bank.contract import CATEGORIES, CHANNELS, LEVELS
from wealthloop.sandbox.leanings import STAGES
from wealthloop.sandbox.names import chosen
from wealthloop.sandbox.needs import needs_of
from wealthloop.sandbox.staff import rm_ids
from wealthloop.sandbox.state import Scene


def truth_tables(scene: Scene) -> dict[str, pa.Table]:
    """Return the latent facts as of now.

    Returns:
        ``customers``, one row each: stage, level, sleeping dog, wealth here and elsewhere and monthly income in fen,
        digital habit, attention, ``need_<category>`` and ``affinity_<channel>``; ``rms``: the skill at each seat.
    """
    truth, state = scene.truth, scene.state
    needs = needs_of(scene, np.arange(scene.size))
    customers = {
        "customer_id": pa.array(scene.ids, pa.string()),
        "stage": chosen(STAGES, state.stage),
        "level": chosen(LEVELS, truth.level),
        "sleeping_dog": truth.dog,
        "on_bank": state.aum,
        "off_bank": state.off_bank,
        "income": truth.income,
        "digital": truth.digital,
        "attention": truth.attention,
        **{f"need_{name}": needs[:, index] for index, name in enumerate(CATEGORIES)},
        **{f"affinity_{name}": truth.affinity[:, index] for index, name in enumerate(CHANNELS)},
    }
    rms = {"staff_id": pa.array(rm_ids(scene), pa.string()), "skill": state.skill}
    return {"customers": pa.table(customers), "rms": pa.table(rms)}


def write_truth(scene: Scene, folder: Path) -> None:
    """Write each table to ``<folder>/<name>.parquet``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in truth_tables(scene).items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", store_schema=False)
