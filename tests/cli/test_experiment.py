"""Experiments from the command line: the reference figures of three public trials, and what is refused."""

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from tests.conftest import command, json_of

from wealthloop.errors import InvalidInput
from wealthloop.scoring.tabular.experiment import Question, analyze
from wealthloop.scoring.tabular.reading import read

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


def unpacked(name: str, folder: Path) -> Path:
    """Return the one data file of an archive, or skip where the archive is not at hand."""
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not at hand")
    with zipfile.ZipFile(DATA / name) as archive:
        (inside,) = [one for one in archive.namelist() if one.lower().endswith((".csv", ".parquet"))]
        archive.extract(inside, folder)
    return folder / inside


def read_out(
    file: Path, variant: str, control: str, metric: str, **more: str | float | None
) -> dict[str, dict[str, Any]]:
    fields: dict[str, Any] = {
        "kind": "mean", "denominator": "", "covariate": "", "cluster": "", "strata": "", "method": "fixed",
        "alpha": 0.05, "shares": "",
    }  # fmt: skip
    asked = Question(variant=variant, control=control, metric=metric, **{**fields, **more})
    return {one["variant"]: one for one in analyze(read(file), asked)}


def test_hillstroms_arms_have_their_reference_rates(tmp_path: Path) -> None:
    file = unpacked("hillstrom.zip", tmp_path)
    arms = (file, "segment", "No E-Mail")
    found = read_out(*arms, "visit", kind="binary")
    assert 100 * found["Mens E-Mail"]["effect"] == pytest.approx(18.28 - 10.62, abs=0.02)
    assert 100 * found["Womens E-Mail"]["effect"] == pytest.approx(15.14 - 10.62, abs=0.02)
    assert all(one["interval"][0] > 0 and one["checks"]["sample_ratio"]["ok"] for one in found.values())
    bought = read_out(*arms, "conversion", kind="binary")
    assert 100 * bought["Mens E-Mail"]["effect"] == pytest.approx(1.253 - 0.573, abs=0.002)
    assert 100 * bought["Womens E-Mail"]["effect"] == pytest.approx(0.884 - 0.573, abs=0.002)
    assert "CUPED" in read_out(*arms, "spend", covariate="history")["Mens E-Mail"]["method"]
    watched = read_out(*arms, "visit", method="always-valid")
    wide, narrow = watched["Mens E-Mail"]["interval"], found["Mens E-Mail"]["interval"]
    assert 1.4 < (wide[1] - wide[0]) / (narrow[1] - narrow[0]) < 1.75
    (told,) = json_of(
        "experiment", "analyze", file, "--variant", "segment", "--control", "Mens E-Mail", "--metric", "visit",
        "--shares", "Mens E-Mail=1,No E-Mail=1,Womens E-Mail=1",
    )["comparisons"][:1]  # fmt: skip
    assert told["effect"] == pytest.approx(-found["Mens E-Mail"]["effect"])


def test_cookie_cats_retention_and_its_sample_ratio(tmp_path: Path) -> None:
    file = unpacked("cookie_cats.zip", tmp_path)
    for days, control, moved in ((1, 44.82, 44.23), (7, 19.02, 18.20)):
        found = read_out(file, "version", "gate_30", f"retention_{days}", kind="binary")["gate_40"]
        assert 100 * found["effect"] == pytest.approx(moved - control, abs=0.011)
        assert (found["n_control"], found["n_treatment"]) == (44_700, 45_489)
        assert found["checks"]["sample_ratio"]["counts"] == {"gate_30": 44_700, "gate_40": 45_489}


def test_get_out_the_vote_has_its_turnouts_and_its_designed_shares(tmp_path: Path) -> None:
    file = unpacked("gotv_social_pressure.zip", tmp_path)
    arms = (file, "messages", "Control", "primary2006")
    found = read_out(*arms, kind="binary", shares="Control=5,Civic Duty=1,Hawthorne=1,Neighbors=1")
    for name, turnout in {"Civic Duty": 0.3145, "Hawthorne": 0.3224, "Neighbors": 0.3779}.items():
        assert found[name]["effect"] == pytest.approx(turnout - 0.2966, abs=0.0001)
        assert found[name]["checks"]["sample_ratio"]["ok"]
    equal = read_out(*arms, kind="binary")["Neighbors"]["checks"]["sample_ratio"]
    assert (equal["ok"], equal["assumed_equal"]) == (False, True)
    adjusted = read_out(*arms, covariate="primary2004", strata="sex")["Neighbors"]
    assert adjusted["effect"] == pytest.approx(found["Neighbors"]["effect"], abs=0.003)
    assert "CUPED" in adjusted["method"]
    assert "post-stratified" in adjusted["method"]


def written(path: Path, **columns: object) -> Path:
    arrow_csv.write_csv(pa.table(columns), path)
    return path


def test_checkpoints_are_watched_and_a_plan_is_made(tmp_path: Path) -> None:
    rows = 12
    counts = [200 * (place + 1) for place in range(rows)]
    file = written(
        tmp_path / "sums.csv", experiment_id=["e1"] * rows, variant_id=["b"] * rows, metric_id=["m"] * rows,
        time_since_start=list(range(rows)), count_c=counts, count_t=counts, mean_c=[0.0] * rows, mean_t=[0.2] * rows,
        variance_c=[1.0] * rows, variance_t=[1.0] * rows,
    )  # fmt: skip
    (one,) = json_of("experiment", "monitor", file, "--planned-n", "4800")["comparisons"]
    assert (one["experiment"], one["variant"], one["metric"]) == ("e1", "b", "m")
    assert one["ever_significant"]
    assert len(one["checkpoints"]) == rows
    fixed = json_of("experiment", "monitor", file, "--method", "fixed")["comparisons"][0]
    assert fixed["first_significant_at"] < one["first_significant_at"]
    plan = json_of("experiment", "plan", "--effect", "0.02", "--base", "0.05", "--method", "fixed")
    assert plan["total"] == 4420
    assert json_of("experiment", "calibrate", "--runs", "100")["rows"][0]["kind"] == "binary"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"metric": "nothing"}, "column nothing: there is none"),
        ({"control": "z"}, "no row of z"),
        ({"metric": "text"}, "column text, row 1"),
        ({"kind": "ratio"}, "needs --denominator"),
        ({"kind": "ratio", "denominator": "one", "cut": 5.0}, "only amounts"),
        ({"cut": 0.0}, "must be above 0"),
        ({"cluster": "five", "method": "always-valid"}, "20 are needed"),
        ({"shares": "a=1"}, "must name a, b"),
        ({"shares": "a=1,b=x"}, "written as name=share"),
        ({"alpha": 0.9}, "alpha == 0.9"),
    ],
)
def test_what_cannot_be_read_is_named(asked: dict[str, Any], told: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    file = written(
        tmp_path / "t.csv", arm=["a", "b"] * 50, y=draw.normal(size=100).tolist(), text=["word"] * 100,
        one=[1] * 100, five=[place % 10 for place in range(100)],
    )  # fmt: skip
    fields = {"variant": "arm", "control": "a", "metric": "y", **asked}
    with pytest.raises(InvalidInput, match=re.escape(told)):
        read_out(file, **fields)


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", arm=["a", "b"], y=[1.0, 2.0])
    words = ("--variant", "arm", "--control", "c", "--metric", "y")
    assert "no row of c" in command("experiment", "analyze", file, *words, code=2).stderr


def test_the_command_names_file_line_and_column(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", arm=["a", "b", "a"], y=["1", "2", "x"])
    told = command("experiment", "analyze", file, "--variant", "arm", "--control", "a", "--metric", "y", code=2).stderr
    assert "t.csv: column y, row 3 (line 4)" in told.replace("\n", "")
    falling = written(
        tmp_path / "sums.csv", experiment_id=["e"] * 2, variant_id=["b"] * 2, metric_id=["m"] * 2,
        time_since_start=[1, 2], count_c=[50, 40], count_t=[50, 60], mean_c=[0.0] * 2, mean_t=[0.0] * 2,
        variance_c=[1.0] * 2, variance_t=[1.0] * 2,
    )  # fmt: skip
    told = command("experiment", "monitor", falling, code=2).stderr.replace("\n", " ")
    assert "sums.csv: experiment_id e, variant_id b, metric_id m: checkpoint at 2.0: counts fall" in told


def test_ratios_and_clusters_may_be_looked_at_on_any_day(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    n = 2_000
    file = written(
        tmp_path / "t.csv", arm=np.array(["a", "b"])[np.arange(n) // 20 % 2].tolist(), rm=(np.arange(n) // 20).tolist(),
        sales=draw.poisson(1.0, n).tolist(), visits=(1 + draw.poisson(2.0, n)).tolist(),
    )  # fmt: skip
    arms = (file, "arm", "a", "sales")
    ratio: dict[str, Any] = {"kind": "ratio", "denominator": "visits"}
    for asked in (ratio, {"cluster": "rm"}, {**ratio, "cluster": "rm"}):
        once, always = (read_out(*arms, method=method, **asked)["b"] for method in ("fixed", "always-valid"))
        assert always["effect"] == once["effect"]
        widths = [one["interval"][1] - one["interval"][0] for one in (always, once)]
        assert 1.5 < widths[0] / widths[1] < 1.6
        assert always["planned_n"] == n
    words = ("--variant", "arm", "--control", "a", "--metric", "sales", "--kind", "ratio", "--denominator", "visits")
    (later,) = json_of(
        "experiment", "analyze", file, *words, "--cluster", "rm", "--method", "always-valid", "--planned-n", "8000"
    )["comparisons"]
    assert later["interval"][1] > always["interval"][1]
    assert later["planned_n"] == 8_000


def test_a_small_arm_of_amounts_is_read_by_redrawing_and_named(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    file = written(
        tmp_path / "t.csv", arm=["a"] * 950 + ["b"] * 50, y=draw.lognormal(0, 2, 1_000).tolist(), yes=[0, 1] * 500
    )  # fmt: skip
    amount = read_out(file, "arm", "a", "y", cut=100.0)["b"]
    assert "randomisation test" in amount["method"]
    assert amount["estimand"] == "difference in means, winsorised at 100 on both sides"
    assert amount["interval"][0] < amount["effect"] < amount["interval"][1]
    assert read_out(file, "arm", "a", "yes")["b"]["method"] == "Welch"
    waiting = read_out(file, "arm", "a", "y", method="always-valid")["b"]
    assert waiting["pending"]["code"] == "small_arm"
    assert "randomisation test" in waiting["pending"]["en"]
