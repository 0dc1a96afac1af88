"""How a night's groups stood to their floors, kept beside its decisions; those of older nights named branches alone."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.loop.makers import home_in
from wealthloop import ledger
from wealthloop.errors import InvalidInput
from wealthloop.ledger import FLOORS
from wealthloop.ledger.beside import write_beside


def test_floors_are_kept_by_group_and_those_of_older_nights_are_read_as_branches(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    row = {"least": 3, "before": 1, "planned": 2, "why": "capacity"}
    now = [{"group": name, **row} for name in ("strategy:a", "branch:B1")]
    ledger.write_floors(home, "now", pa.Table.from_pylist(now, schema=FLOORS))
    assert ledger.read_floors(home, "now").to_pylist() == now[::-1]
    with pytest.raises(InvalidInput, match="a group stands twice"):
        ledger.write_floors(home, "now", pa.Table.from_pylist([now[0]] * 2, schema=FLOORS))
    fields = [pa.field("branch_id", pa.string(), nullable=False), *list(FLOORS)[1:]]
    before = pa.schema(fields)
    write_beside(home, "before", "floors", pa.Table.from_pylist([{"branch_id": "B:1", **row}], schema=before), before)
    assert ledger.read_floors(home, "before").to_pylist() == [{"group": "branch:B:1", **row}]
    assert ledger.read_floors(home, "before").schema == FLOORS
    ledger.write_floors(home, "now", FLOORS.empty_table())
    assert ledger.read_floors(home, "now").num_rows == 0
