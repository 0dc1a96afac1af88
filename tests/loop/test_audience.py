"""Whom a strategy is for: every rule holds, what is not known holds for none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.loop.makers import AS_OF, audiences, home_in, lead, night_of, profile, running
from wealthloop import features, insight, scoring
from wealthloop.engines import DuckDBEngine, save_snapshot
from wealthloop.kit import bucket
from wealthloop.loop import audience as module
from wealthloop.loop.audience import answers, audiences_of
from wealthloop.loop.feeds import RAMP, feeds_of_night, usable
from wealthloop.strategies.parts import Audience, Schedule

MODEL = "churn/aum_half/30d"
NAN = float("nan")


def audience(**rules: Any) -> Audience:  # noqa: ANN401 - any rule
    return Audience.model_validate(
        {"tiers": ["wealth", "private"], "lifecycles": ["mature"], **rules},
    )


def chosen(rules: Audience, *rows: dict[str, Any], **columns: Mapping[str, object]) -> set[str]:
    described = [{"customer_id": f"C{place}", **row} for place, row in enumerate(rows)]
    return set(audiences(described, **columns).of(rules))


def test_tier_lifecycle_and_funds_at_the_horizon_all_hold() -> None:
    rows = (
        profile(available_now=100_000, available_30d=0),
        profile(tier="mass"),
        profile(lifecycle="lost"),
        profile(available_now=99_999, available_30d=99_999_999),
        profile(available_now=None),
    )
    assert chosen(audience(min_available_yuan=1000), *rows) == {"C0"}
    assert chosen(audience(), *rows) == {"C0", "C3", "C4"}
    assert chosen(audience(min_available_yuan=1000, horizon="30d"), *rows) == {"C3", "C4"}


def test_a_feature_lies_between_both_ends_and_unknown_lies_nowhere() -> None:
    ages = {"C0": 39.0, "C1": 40.0, "C2": 60.0, "C3": 60.5, "C4": NAN}
    rows = [profile()] * 6
    between = audience(features=[{"feature": "age", "at_least": 40, "at_most": 60}])
    assert chosen(between, *rows, age=ages) == {"C1", "C2"}
    assert chosen(audience(features=[{"feature": "age", "at_most": 60}]), *rows, age=ages) == {"C0", "C1", "C2"}
    assert chosen(between, *rows) == set()


def test_a_score_at_its_threshold_counts_and_without_scores_nobody_does() -> None:
    above = audience(scores=[{"model_id": MODEL, "at_least": 0.2}])
    scores: dict[str, object] = {"C0": 0.2, "C1": 0.19, "C2": None}
    assert chosen(above, *[profile()] * 3, churn_aum_half_30d=scores) == {"C0"}
    assert chosen(above, *[profile()] * 3) == set()


def test_tags_are_had_or_not_had_and_unknown_is_neither() -> None:
    states: dict[str, object] = {"C0": "value", "C1": "keep", "C2": None}
    rows = [profile()] * 4
    rule = {"tag": "rfm", "states": ["value", "key_value"]}
    assert chosen(audience(tags=[rule]), *rows, rfm=states) == {"C0"}
    assert chosen(audience(without_tags=[rule]), *rows, rfm=states) == {"C1"}
    assert chosen(audience(without_tags=[rule]), *rows) == set()


def test_a_night_reads_only_the_columns_that_rules_name(
    tmp_path: Path, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = night_of(home_in(tmp_path), engine)
    ids = [f"C{place}" for place in range(300)]
    save_snapshot(
        night.home.features, AS_OF, pa.table({"customer_id": ids[::-1], "age": [50.0] * 300, "aum": [1.0] * 300})
    )
    save_snapshot(night.home.scores, AS_OF, pa.table({"customer_id": ids, MODEL: [0.5] * 300}))
    save_snapshot(night.home.insight / "tags", AS_OF, pa.table({"customer_id": ids, "rfm": ["value"] * 300}))
    read: list[tuple[str, tuple[str, ...]]] = []
    for room, name in ((features, "load"), (scoring, "load"), (insight, "load_tags")):
        monkeypatch.setattr(room, name, _watched(getattr(room, name), f"{room.__name__}.{name}", read))
    monkeypatch.setattr(module, "feeds_of_night", lambda _: {MODEL: "ramp"})
    rows = pa.Table.from_pylist([{"customer_id": one, **profile()} for one in ids])
    known = audiences_of(night, rows)
    rules = audience(
        features=[{"feature": "age", "at_least": 40}], scores=[{"model_id": MODEL, "at_least": 0.1}],
        tags=[{"tag": "rfm", "states": ["value"]}],
    )  # fmt: skip
    salt = f"{night.home.settings.salt}/ramp/{MODEL}"
    assert known.of(rules) == {one for one in ids if bucket(salt, one) < RAMP} != set()
    assert known.of(rules) == known.of(rules)
    assert [columns for _, columns in read] == [("customer_id", name) for name in ("age", MODEL, "rfm")]


@pytest.mark.django_db
def test_a_model_that_may_not_choose_opens_no_audience(tmp_path: Path, engine: DuckDBEngine) -> None:
    night = night_of(home_in(tmp_path), engine)
    scores = pa.table({"customer_id": ["C1"], MODEL: [0.9]})
    assert usable(night, scores, MODEL, {MODEL: "full"}).num_rows == 1
    assert usable(night, scores, MODEL, {MODEL: "none"}).num_rows == 0
    assert usable(night, scores, MODEL, {}).num_rows == 0
    save_snapshot(night.home.scores, AS_OF, pa.table({"customer_id": ["C1"]}))
    assert usable(night, scores, MODEL, feeds_of_night(night)).num_rows == 0


def test_a_strategy_answers_its_triggers_and_its_own_schedule_alone() -> None:
    ours = running("idle-salary", schedule=Schedule(every="once", on=date(2026, 11, 21), lasts_days=3))
    scheduled = replace(lead(), trigger="scheduled", evidence={"strategy_id": "idle-salary"})
    assert answers(ours, scheduled)
    assert answers(ours, lead())
    assert not answers(ours, lead(trigger="near_tier"))
    assert not answers(running("maturity-care"), scheduled)
    assert not answers(running("maturity-care", schedule=ours.document.schedule), scheduled)


def _watched(load: Any, name: str, read: list[tuple[str, tuple[str, ...]]]) -> Any:  # noqa: ANN401 - stands for a function
    def watched(*args: Any, columns: tuple[str, ...], **more: Any) -> pa.Table:  # noqa: ANN401
        read.append((name, columns))
        found: pa.Table = load(*args, columns=columns, **more)
        return found

    return watched
