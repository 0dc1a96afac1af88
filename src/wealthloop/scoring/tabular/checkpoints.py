"""Tables of sums by checkpoint, as an experiment platform keeps them."""

from typing import Final

import pyarrow as pa

from wealthloop.errors import InvalidInput
from wealthloop.experiments.monitor import Checkpoint, Look, Method, looks
from wealthloop.scoring.tabular.encode import needed, texts
from wealthloop.scoring.tabular.experiment import finite

_SUMS: Final = ("count_c", "count_t", "mean_c", "mean_t", "variance_c", "variance_t")
_KEYS: Final = ("experiment_id", "variant_id", "metric_id")


def checkpoints(table: pa.Table) -> dict[tuple[str, str, str], list[Checkpoint]]:
    """Return the checkpoints of a table of sums, by experiment, variant and metric.

    Raises:
        InvalidInput: a column is missing, or a cell is empty or no number.
    """
    needed(table, *_KEYS, "time_since_start", *_SUMS)
    keys = zip(*(texts(table, name) for name in _KEYS), strict=True)
    columns = {name: finite(table, name) for name in ("time_since_start", *_SUMS)}
    found: dict[tuple[str, str, str], list[Checkpoint]] = {}
    for place, (experiment, variant, metric) in enumerate(keys):
        row = {name: float(columns[name][place]) for name in (*_SUMS, "time_since_start")}
        found.setdefault((experiment, variant, metric), []).append(
            Checkpoint(
                time=row["time_since_start"], count_c=int(row["count_c"]), count_t=int(row["count_t"]),
                mean_c=row["mean_c"], mean_t=row["mean_t"], variance_c=row["variance_c"], variance_t=row["variance_t"],
            )
        )  # fmt: skip
    return found


def watched(table: pa.Table, *, method: Method, n_planned: int, alpha: float) -> dict[tuple[str, str, str], list[Look]]:
    """Say what each checkpoint of a table of sums allows to conclude; see ``looks``.

    Raises:
        InvalidInput: see ``checkpoints`` and ``looks``; the message names experiment, variant and metric.
    """
    found = {}
    for key, rows in checkpoints(table).items():
        try:
            found[key] = looks(rows, method=method, n_planned=n_planned, alpha=alpha)
        except InvalidInput as error:
            raise InvalidInput(
                f"{', '.join(f'{name} {one}' for name, one in zip(_KEYS, key, strict=True))}: {error}"
            ) from error
    return found
