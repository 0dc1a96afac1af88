"""A year's result as JSON, its tables and its document."""

import json
import re

import pytest

from tests.reports.examples import example_year, with_figure
from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.reports.years import METRICS, POLICIES, Measured, from_json, published, save, to_json, years
from wealthloop.reports.yeartable import Tongue, loop_table, policies_of, reason, year_table
from wealthloop.reports.yeartext import command, markdown


def test_a_result_comes_back_from_json_as_it_was() -> None:
    year = with_figure(example_year(), "bau", "net_sales", Measured(mean=None, interval=None, why="too_short"))
    assert from_json(json.loads(json.dumps(to_json(year)))) == year


@pytest.mark.parametrize("text", ["{", "{}", '{"policies": [], "months": [], "seeds": []}'])
def test_a_file_that_is_no_result_is_named(home: Home, text: str) -> None:
    save(home, example_year())
    (home.root / "years" / "odd.json").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"odd\.json"):
        years(home)


def test_a_home_shows_what_was_saved_in_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthloop.reports.years._published", dict)
    assert years(home) == ()
    save(home, example_year(world="hostile"))
    save(home, example_year("bau"))
    save(home, example_year("loop"))
    assert [(year.world, tuple(year.policies)) for year in years(home)] == [
        ("default", ("loop",)), ("hostile", tuple(policy.name for policy in POLICIES)),
    ]  # fmt: skip


def test_what_is_published_stands_in_every_home_behind_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = example_year("bau")
    text = json.dumps(to_json(theirs))
    monkeypatch.setattr("wealthloop.reports.years._published", lambda: {f"{theirs.name}.json": text, "z.json": text})
    assert published() == (theirs, theirs)
    save(home, example_year("loop"))
    assert [tuple(year.policies) for year in years(home)] == [("loop",), ("bau",)]


def test_policies_stand_in_one_order_whatever_the_results() -> None:
    assert policies_of(example_year("oracle", "loop", "none")) == ("none", "loop", "oracle")


@pytest.mark.parametrize(
    ("tongue", "unit", "text", "interval"),
    [
        ("en", "m yuan", "+14.50", "13.34 to 15.66"),
        ("zh", "万元", "+1,450", "1,334 至 1,566"),
    ],
)
def test_a_row_is_in_one_unit_that_suits_its_largest_figure(
    tongue: Tongue, unit: str, text: str, interval: str
) -> None:
    table = year_table(example_year(), tongue)
    row = next(row for row in table.rows if row.metric.name == "incremental_sales")
    cell = row.cells[table.policies.index("loop")]
    assert (row.unit, cell.text, cell.interval) == (unit, text, interval)
    nobody = row.cells[table.policies.index("none")]
    assert (nobody.text, nobody.interval) == ("0", "")


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ("share_of_learnable", "64.2"), ("multiple_of_bau", "1.27"), ("upgrades", "−12"), ("contacts", "48,211"),
        ("opt_outs", "96.4"), ("complaints", "7.2"), ("cost", "310.0"), ("aum", "4,414"),
    ],
)  # fmt: skip
def test_a_figure_is_written_in_the_digits_that_it_needs(metric: str, text: str) -> None:
    table = year_table(example_year("none", "bau", "loop", "learnable"), "en")
    row = next(row for row in table.rows if row.metric.name == metric)
    assert row.cells[table.policies.index("loop")].text == text


def test_a_dash_has_its_reason_below_and_equal_reasons_are_told_once() -> None:
    year = with_figure(example_year("bau", "loop"), "bau", "cost", Measured(mean=None, interval=None, why="odd"))
    table = year_table(year, "zh")
    dashes = [cell for row in table.rows for cell in row.cells if cell.text == "–"]
    assert dict(table.notes) == {"a": "用来比较的策略没有运行", "b": "odd"}
    assert {cell.note for cell in dashes} == {"a", "b"}
    assert all(not cell.interval for cell in dashes)


def test_a_mean_without_an_interval_says_why() -> None:
    year = with_figure(example_year(), "bau", "cost", Measured(mean=5.0, interval=None, why="not_measured"))
    row = next(row for row in year_table(year, "en").rows if row.metric.name == "cost")
    assert (row.cells[1].interval, row.cells[1].note) == ("", "a")


def test_only_the_loop_has_the_figures_of_the_loop() -> None:
    assert loop_table(example_year("none", "bau"), "en") is None
    table = loop_table(example_year(), "en")
    assert table is not None
    assert table.policies == ("loop",)
    assert {row.metric.name for row in table.rows} == {metric.name for metric in METRICS if metric.loop_only}
    told = {row.metric.name: (row.cells[0].text, row.unit) for row in table.rows}
    assert told["allocation_gap"] == ("0.040", "%")
    assert told["allocation_gap_value"] == ("312", "yuan")
    assert told["lost_to_holdouts"] == ("8.3", "%")


def test_a_reason_that_is_no_code_stands_for_itself() -> None:
    assert [reason(code, "en") for code in ("", "too_short", "a text")] == [
        "not measured", "the year ends before the 90 days have passed", "a text",
    ]  # fmt: skip


def test_the_command_repeats_the_result() -> None:
    year = example_year("bau", "none", world="my worlds/small.toml", seeds=2)
    assert command(year) == (
        "wealthloop sandbox year --world 'my worlds/small.toml' --customers 20000 --days 365 --seeds 2 "
        "--policies none,bau --json"
    )


def test_the_document_has_every_policy_and_metric_and_repeats_itself() -> None:
    results = (example_year(), example_year("bau", "loop", world="hostile", seeds=1, over="customers"))
    text = markdown(results)
    assert text == markdown(results)
    for metric in METRICS:
        assert f"| `{metric.name}` | {metric.en} | {metric.zh} |" in text
    for policy in POLICIES:
        assert f"| `{policy.name}` | {policy.en} | {policy.zh} |" in text
    assert text.count("\n### ") == 2
    assert all(command(year) in text for year in results)
    assert "intervals over the customers of one seed" in text
    assert "It is **not** an upper bound" in text


def test_the_document_shows_a_dash_with_its_reason() -> None:
    text = markdown([example_year("bau", "loop")])
    assert "| share of learnable · % | – (a) | – (a) |" in text
    assert "- (a) the policy to compare with was not run" in text
    assert "| 1 | 0 | 0 | – | 0 |" in text
    assert "| 4 | 48 | 44 | 91.7 | 3 |" in text


def test_a_document_of_no_result_holds_no_figure() -> None:
    text = markdown([])
    results = text[text.index("## The results") :]
    assert "No result is published yet" in results
    assert not re.search(r"\d", results)


def test_every_table_of_the_document_has_as_many_cells_in_every_line() -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", markdown([example_year()]), re.MULTILINE)
    assert len(blocks) == 5
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1
