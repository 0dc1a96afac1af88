"""Made-up tables of an analyst."""

import numpy as np
import pyarrow as pa


def table_of(rows: int, *, seed: int = 1, noise_columns: int = 2, strength: float = 1.5) -> pa.Table:
    """Return rows whose target ``y`` (yes, no) depends on a number, a category and a curve."""
    draw = np.random.default_rng(seed)
    amount, age = draw.lognormal(8, 1, rows), draw.uniform(20, 80, rows)
    city = draw.choice(["上海", "杭州", "成都"], rows)
    odds = strength * ((np.log(amount) - 8) + (city == "上海") - np.abs(age - 50) / 15) - 0.5
    target = draw.random(rows) < 1 / (1 + np.exp(-odds))
    return pa.table({
        "key": [f"{place:06d}" for place in range(rows)],
        "day": [f"2026-{1 + place * 9 // rows:02d}-{1 + place % 28:02d}" for place in range(rows)],
        "amount": amount, "age": age, "city": city,
        **{f"noise_{place}": draw.normal(size=rows) for place in range(noise_columns)},
        "y": np.where(target, "yes", "no"),
    })  # fmt: skip
