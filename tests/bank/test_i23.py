"""I23: rows_in == accepted + quarantined, whatever comes in."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bank.source import home_at, load, rows, source_at

_CELL = st.sampled_from(
    ["T1", "T2", "", "C1", "2026-11-19", "2026-11-19 10:00", "2030-01-01", "fee", "x", "1.5", "1.234", "好"]
)
_HEADER = "transaction_id,customer_id,at,kind,amount\nT0,C1,2026-11-19,fee,1\n"
_LINE = st.lists(_CELL, min_size=1, max_size=6).map(",".join)
_SOUND = st.builds("T{},C1,2026-11-19,fee,{}".format, st.integers(1, 30), st.integers(0, 9))


@settings(max_examples=10, deadline=None)
@given(lines=st.lists(st.one_of(_SOUND, _LINE), min_size=1, max_size=25))
def test_i23_every_row_is_accepted_or_kept_aside(lines: list[str]) -> None:
    text = _HEADER + "".join(f"{line}\n" for line in lines)
    with TemporaryDirectory() as folder:
        home = home_at(Path(folder))
        report = load(home, source_at(Path(folder), {"transactions.csv": text}), accept=True)
        counts = report.tables["transactions"]
        aside = home.quarantine / "000001" / "transactions.parquet"
        kept = pq.read_metadata(aside).num_rows if aside.exists() else 0
        filled = sum(1 for line in lines if line)
        assert counts.rows_in == 1 + filled
        assert (counts.accepted, counts.quarantined) == (len(rows(home, "transactions")), kept)
        assert counts.rows_in == counts.accepted + counts.quarantined == counts.accepted + sum(counts.reasons.values())
