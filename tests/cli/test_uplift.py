"""Effects of an analyst's trial from the command line."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from tests.conftest import json_of
from tests.scoring.tabular.test_effects import trial

from wealthloop.scoring.qini import Trial, gain_area, qini
from wealthloop.scoring.tabular.encode import numbers
from wealthloop.scoring.tabular.reading import read

HILLSTROM = Path(__file__).parents[2] / ".." / "shared" / "data" / "hillstrom.zip"


def test_effects_stand_in_the_order_of_the_asked_rows_one_column_an_arm(tmp_path: Path) -> None:
    table, _ = trial(rows=900)
    keyed = table.append_column("key", pa.array([f"{place:05d}" for place in range(900)]))
    arrow_csv.write_csv(keyed, tmp_path / "train.csv")
    arrow_csv.write_csv(keyed.slice(0, 30).drop_columns(["arm", "won"]), tmp_path / "asked.csv")
    asked = ("--score", tmp_path / "asked.csv", "--treatment", "arm", "--outcome", "won", "--drop", "key")
    told = json_of("uplift", "fit", tmp_path / "train.csv", *asked, "--out", tmp_path / "out.parquet")
    out = read(tmp_path / "out.parquet")
    assert out.column_names == [
        "key", "uplift_call", "uplift_call_low", "uplift_call_high", "uplift_mail", "uplift_mail_low",
        "uplift_mail_high",
    ]  # fmt: skip
    assert out["key"].to_pylist() == [f"{place:05d}" for place in range(30)]
    assert [arm["arm"] for arm in told["arms"]] == ["call", "mail"]
    json_of("uplift", "fit", tmp_path / "train.csv", *asked, "--arms", "control,call", "--out", tmp_path / "one.csv")
    assert read(tmp_path / "one.csv").column_names == ["key", "uplift", "uplift_low", "uplift_high"]


@pytest.mark.soak
@pytest.mark.skipif(not HILLSTROM.exists(), reason="the set of the e-mail trial is not at hand")
@pytest.mark.parametrize("outcome", ["visit", "spend"])
def test_the_e_mail_trial_is_ranked_as_well_as_the_peers_rank_it(tmp_path: Path, outcome: str) -> None:
    import zipfile

    with zipfile.ZipFile(HILLSTROM) as archive:
        archive.extractall(tmp_path)
    (file,) = tmp_path.rglob("*.csv")
    table = read(file)
    women = np.array(table["segment"].to_pylist()) != "Mens E-Mail"
    found = []
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(table.num_rows)
        train, test = table.take(np.sort(order[::2])), table.take(np.sort(order[1::2]))
        test = test.filter(pa.array(women[np.sort(order[1::2])]))
        arrow_csv.write_csv(train, tmp_path / "train.csv")
        arrow_csv.write_csv(test, tmp_path / "test.csv")
        others = ",".join(name for name in ("visit", "conversion", "spend") if name != outcome)
        json_of(
            "uplift", "fit", tmp_path / "train.csv", "--treatment", "segment", "--outcome", outcome, "--arms",
            "No E-Mail,Womens E-Mail", "--drop", others, "--score", tmp_path / "test.csv", "--out",
            tmp_path / "out.csv", timeout=600,
        )  # fmt: skip
        treated = (np.array(test["segment"].to_pylist()) == "Womens E-Mail").astype(float)
        scored = Trial(
            score=numbers(read(tmp_path / "out.csv")["uplift"]), treated=treated, outcome=numbers(test[outcome])
        )
        found.append((qini if outcome == "visit" else gain_area)(scored).estimate)
    assert np.mean(found) >= (0.057 if outcome == "visit" else 0.0)
