"""A model of an analyst's table from the command line."""

import os
from pathlib import Path

import pyarrow.csv as arrow_csv
import pytest
from tests.conftest import command, json_of
from tests.scoring.tabular.making import table_of

from wealthloop.scoring.measure import auc
from wealthloop.scoring.tabular.encode import binary, numbers
from wealthloop.scoring.tabular.reading import read

UCI = Path(__file__).parents[2] / ".." / "shared" / "data" / "bank_marketing_uci.zip"


def test_scores_stand_in_the_order_of_the_asked_rows_with_their_keys(tmp_path: Path) -> None:
    arrow_csv.write_csv(table_of(800), tmp_path / "train.csv")
    asked = table_of(40, seed=2).drop_columns(["y"])
    arrow_csv.write_csv(asked, tmp_path / "asked.csv")
    told = json_of(
        "models", "fit", tmp_path / "train.csv", "--target", "y", "--drop", "key,day", "--score",
        tmp_path / "asked.csv", "--out", tmp_path / "out.csv",
    )  # fmt: skip
    out = read(tmp_path / "out.csv")
    assert out.column_names == ["key", "day", "score"]
    assert out["key"].to_pylist() == asked["key"].to_pylist()
    assert all(0 < score < 1 for score in numbers(out["score"]))
    assert (told["rows"], told["scored"], told["flags"]) == (800, 40, ["good"])
    assert told["auc"] == pytest.approx(sum(told["auc_by_part"]) / 5, abs=1e-3)
    assert told["tried"][0]["auc"] >= told["tried"][-1]["auc"]


def test_a_table_that_cannot_be_learnt_from_is_named(tmp_path: Path) -> None:
    arrow_csv.write_csv(table_of(50), tmp_path / "train.csv")
    said = command(
        "models", "fit", tmp_path / "train.csv", "--target", "city", "--score", tmp_path / "train.csv", "--out",
        tmp_path / "out.csv", code=2,
    ).stderr  # fmt: skip
    assert "column city: 3 value(s)" in said
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.soak
@pytest.mark.skipif(not UCI.exists(), reason="the set of term-deposit calls is not at hand")
@pytest.mark.parametrize("name", ["bank-full", "bank-additional-full"])
def test_term_deposits_learnt_on_the_first_four_fifths_in_time(tmp_path: Path, name: str) -> None:
    os.system(f"cd {tmp_path} && unzip -q {UCI.resolve()}")
    (file,) = tmp_path.rglob(f"{name}.csv")
    header, *rows = file.read_text("utf-8").splitlines()
    separator = ";" if ";" in header else ","
    cut = len(rows) * 4 // 5
    numbered = [f"{place}{separator}{row}" for place, row in enumerate(rows)]
    for part, lines in (("train", numbered[:cut]), ("test", numbered[cut:])):
        (tmp_path / f"{part}.csv").write_text("\n".join([f"place{separator}{header}", *lines]) + "\n", "utf-8")
    told = json_of(
        "models", "fit", tmp_path / "train.csv", "--target", "y", "--time", "place", "--drop", "place,duration",
        "--score", tmp_path / "test.csv", "--out", tmp_path / "out.csv", timeout=600,
    )  # fmt: skip
    found = auc(numbers(read(tmp_path / "out.csv")["score"]), binary(read(tmp_path / "test.csv")["y"], name="y"))
    assert found is not None
    assert found >= 0.68
    assert "label_shift" in {note["rule"] for note in told["notes"]}
