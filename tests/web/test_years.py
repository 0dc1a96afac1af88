"""The benchmark page: its one number, chart, tables, dashes, and what it says when there is nothing."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils.translation import override

from tests.reports.examples import example_year, with_figure
from tests.web.conftest import LogIn
from wealthloop.kit import Home
from wealthloop.reports.years import METRICS, POLICIES, Measured, published, save
from wealthloop.web.words import WORDS
from wealthloop.web.yearing import spans, year_section

PAGE = "/years/"


@pytest.fixture
def shelf(home: Home) -> Iterator[Home]:
    """The home, whose results are taken away after the test."""
    yield home
    shutil.rmtree(home.root / "years", ignore_errors=True)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("20,000 customers", "365 days after 30 of burn-in", "5 seeds", "code 0.1.0", "m yuan", "loop · share",
                "incremental", "not an upper bound", "+14.50", "13.34 to 15.66", "What the policies do")),
        ("zh-hans", ("20,000 位客户", "预热 30 天后 365 天", "5 个种子", "万元", "平台 · 占可学得增量",
                     "不是全年的上界", "+1,450", "1,334 至 1,566", "各做法的含义", "不联系")),
    ],
)  # fmt: skip
def test_shows_a_result_in_the_readers_language(
    language: str, said: tuple[str, ...], log_in: LogIn, shelf: Home
) -> None:
    save(shelf, example_year())
    text = log_in("head", language=language).get(PAGE).content.decode()
    assert [part for part in said if part not in text] == []
    english = language == "en"
    assert [one.name for one in METRICS if (one.en if english else one.zh).replace("'", "&#x27;") not in text] == []
    assert "wealthloop sandbox year --world default --customers 20000 --days 365 --seeds 5" in text


@pytest.mark.parametrize(("language", "said"), [("en", "No year has been simulated"), ("zh-hans", "还没有模拟过")])
def test_an_empty_page_says_how_to_fill_it(
    language: str,
    said: str,
    log_in: LogIn,
    home: Home,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wealthloop.reports.years._published", dict)
    text = log_in("strategist", language=language).get(PAGE).content.decode()
    assert said in text
    assert "wealthloop sandbox year --home DIR" in text


def test_what_is_published_stands_on_the_page_of_every_home(log_in: LogIn, home: Home) -> None:  # noqa: ARG001
    text = log_in("strategist", language="en").get(PAGE).content.decode()
    assert published()
    for year in published():
        assert f"--customers {year.customers} --days {year.days} --seeds {len(year.seeds)}" in text


def test_a_file_that_is_no_result_is_named_on_the_page(log_in: LogIn, shelf: Home) -> None:
    save(shelf, example_year())
    (shelf.root / "years" / "odd.json").write_text("{", encoding="utf-8")
    answer = log_in("head").get(PAGE)
    assert answer.status_code == 200
    assert "odd.json" in answer.content.decode()
    assert "Nothing was changed." in answer.content.decode()


def test_a_dash_leads_to_its_reason(log_in: LogIn, shelf: Home) -> None:
    save(shelf, example_year("bau", "loop"))
    text = log_in("head").get(PAGE).content.decode()
    key = "default-v1-20000x365x5-all-a"
    assert f'href="#{key}"' in text
    assert f'id="{key}"' in text
    assert "the policy to compare with was not run" in text


def test_the_number_that_matters_is_the_share_of_learnable_where_it_is_known() -> None:
    with override("en"):
        whole, without = year_section(example_year()), year_section(example_year("bau", "loop"))
        neither = year_section(example_year("none"))
    assert (whole.headline.text, whole.headline.interval) == ("64.2 %", "59.0 to 69.3")
    assert (without.headline.text, without.headline.why) == ("1.27", "")
    assert (without.second.text, without.second.why) == ("–", "the policy to compare with was not run")
    assert (neither.headline.text, neither.headline.why) == ("–", "not measured")


def test_says_what_the_intervals_of_one_seed_are_over() -> None:
    with override("en"):
        one = year_section(example_year(seeds=1, over="customers"))
        more = year_section(example_year())
    assert "1 seed" in one.facts
    assert one.intervals.startswith("One seed: 95 % intervals over its customers")
    assert "over seeds" in more.intervals


def test_a_year_without_loop_has_no_table_of_its_own_and_no_months() -> None:
    with override("en"):
        part = year_section(example_year("none", "bau"))
    assert part.loop is None
    assert part.months == ()
    assert not part.has_oracle


def test_a_month_without_intervals_has_no_coverage() -> None:
    with override("en"):
        first, _second, _third, last = year_section(example_year()).months
    assert (first.coverage, first.place) == ("–", None)
    assert (last.coverage, last.place, last.confirmed) == ("91.7", 91.7, "3")


def test_the_chart_places_every_policy_but_none_on_one_scale_with_zero() -> None:
    with override("en"):
        drawn = spans(example_year())
        harm = Measured(mean=-2e6, interval=(-3e6, -1e6))
        below = spans(with_figure(example_year(), "random", "incremental_sales", harm))
    assert drawn is not None
    assert below is not None
    assert [row.label for row in drawn.rows] == ["bau", "random", "pcvl", "allocated", "loop", "learnable", "oracle"]
    assert all(0 < drawn.zero < row.low < row.point < row.high < 100 for row in drawn.rows)
    assert "0" in [label for _place, label in drawn.ticks]
    harmed = below.rows[1]
    assert 0 < harmed.low < harmed.point < harmed.high < below.zero
    assert harmed.text == "−2.00"


def test_a_world_without_effects_has_a_chart_and_a_year_without_intervals_has_none() -> None:
    year, nothing = example_year("bau", "loop"), Measured(mean=0.0, interval=(0.0, 0.0))
    with override("en"):
        assert spans(year) is None
        flat = spans(with_figure(year, "loop", "incremental_sales", nothing))
    assert flat is not None
    assert flat.rows[0].point == flat.zero


def test_a_policy_that_this_version_does_not_know_stands_last_by_its_own_name() -> None:
    year = example_year("bau")
    with override("zh-hans"):
        part = year_section(replace(year, policies={"a_new_one": year.policies["bau"], **year.policies}))
    assert part.every.heads == ("常规做法", "a_new_one")


def test_has_a_word_for_every_policy() -> None:
    assert {policy.name for policy in POLICIES} == set(WORDS["policy"])
