"""Scoring by many models: one coding of the rows and packed trees beside LightGBM's own predict, every cell compared.

    make bench-scoring
    .venv/bin/python benches/scoring.py --rows 1000000

Models of 100 trees with 15 leaves over made-up rows of 100 columns. Seconds are of one thread each, packing and coding
counted with ours; training left out.
"""

import argparse
import json
import sys
from importlib.metadata import version
from time import perf_counter

import lightgbm as lgb
import numpy as np

from wealthloop.scoring.forest import coding_of, pack, read_trees

COLUMNS = 100
TRAIN_ROWS = 20_000
SETTINGS = {"objective": "binary", "verbosity": -1, "num_leaves": 15, "max_bin": 63, "num_threads": 2}
ROUNDS = 100


def _trained(models: int) -> list[lgb.Booster]:
    draw = np.random.default_rng(1)
    x = draw.normal(size=(TRAIN_ROWS, COLUMNS))
    x[draw.random(x.shape) < 0.05] = np.nan
    shared = lgb.Dataset(x, np.zeros(TRAIN_ROWS), params=SETTINGS, free_raw_data=False).construct()
    boosters = []
    for seed in range(models):
        weight = draw.normal(size=COLUMNS) * (draw.random(COLUMNS) < 0.2)
        odds = np.nan_to_num(x) @ weight - 2
        shared.set_label((draw.random(TRAIN_ROWS) < 1 / (1 + np.exp(-odds))).astype(np.float32))
        boosters.append(lgb.train({**SETTINGS, "seed": seed}, shared, ROUNDS))
    return boosters


def main() -> None:
    """Print what was measured; exit 1 where a margin differs."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--models", type=int, default=200)
    given = asked.parse_args()
    boosters = _trained(given.models)
    draw = np.random.default_rng(2)
    x = draw.normal(size=(given.rows, COLUMNS))
    x[draw.random(x.shape) < 0.05] = np.nan
    texts = [booster.model_to_string() for booster in boosters]
    small = [read_trees(text) for text in texts[:1]]
    pack(small, coding_of(small)).margins(coding_of(small).apply(x[:10]))
    began = perf_counter()
    models = [read_trees(text) for text in texts]
    coding = coding_of(models)
    forest = pack(models, coding)
    packed = perf_counter()
    codes = coding.apply(x)
    coded = perf_counter()
    ours = forest.margins(codes)
    walked = perf_counter()
    worst = 0.0
    theirs_seconds = 0.0
    for place, booster in enumerate(boosters):
        start = perf_counter()
        theirs = np.asarray(booster.predict(x, raw_score=True, num_threads=1))
        theirs_seconds += perf_counter() - start
        worst = max(worst, float(np.abs(theirs - ours[:, place]).max()))
    told = {
        "rows": given.rows, "models": given.models, "trees": ROUNDS, "leaves": SETTINGS["num_leaves"],
        "code_bits": 8 * codes.itemsize,
        "ours_seconds": round(walked - began, 2), "of_it_packing": round(packed - began, 2),
        "of_it_coding": round(coded - packed, 2), "lightgbm_seconds": round(theirs_seconds, 2),
        "times_faster": round(theirs_seconds / (walked - began), 1), "worst_difference": worst,
        "versions": {name: version(name) for name in ("lightgbm", "numba", "numpy")},
    }  # fmt: skip
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    sys.exit(worst > 1e-6)


if __name__ == "__main__":
    main()
