"""Documents as files: the schema that editors read, what differs, and the way out of a home and in again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wealthloop.errors import DocumentError, InvalidInput
from wealthloop.strategies import life
from wealthloop.strategies.differ import changes
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.exchange import document_of, export, read_files, yaml_of
from wealthloop.strategies.load import LIBRARY, content_hash, load_strategy, parse_strategy, shipped
from wealthloop.strategies.schema import MODELINE, schema, schema_text

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BASE = next(one for one in shipped() if one.id == "idle-salary")


def test_the_committed_schema_is_the_codes() -> None:
    held = (ROOT / "docs" / "strategy.schema.json").read_text(encoding="utf-8")
    assert held == schema_text(), "write it anew with 'wealthloop strategy schema --out docs/strategy.schema.json'"


def test_fields_of_a_document_are_explained_to_who_writes_one() -> None:
    made = schema()
    assert made["properties"]["model_id"]["description"].startswith("The model")
    assert made["$defs"]["Schedule"]["description"].startswith("Days on which")


def test_every_file_of_the_library_tells_editors_where_the_schema_is() -> None:
    files = [path for path in LIBRARY.glob("*.yaml") if path.name != "value_book.yaml"]
    for path in files:
        line = path.read_text(encoding="utf-8").splitlines()[0]
        assert line.startswith(MODELINE), path.name
        assert (path.parent / line.removeprefix(MODELINE)).resolve() == ROOT / "docs" / "strategy.schema.json", (
            path.name
        )


@pytest.mark.parametrize("document", shipped(), ids=lambda one: str(one.id))
def test_a_document_that_went_out_comes_in_as_the_same_content(document: Strategy) -> None:
    text = yaml_of(document)
    assert content_hash(load_strategy(text)) == content_hash(document)
    whole = parse_strategy(document.model_dump(mode="json"))
    assert yaml_of(whole) == text, "defaults are left out, whether or not somebody wrote them"
    assert document.name.zh in text
    assert ": null" not in text
    assert list(yaml.safe_load(text)) == [name for name in Strategy.model_fields if name in yaml.safe_load(text)]


def test_a_part_that_stands_twice_is_written_twice() -> None:
    prior = next(iter(BASE.effect_prior.values()))
    text = yaml_of(BASE.model_copy(update={"effect_prior": dict.fromkeys(BASE.effect_prior, prior)}))
    assert [line for line in text.splitlines() if "&" in line or "*" in line] == []
    assert len(set(load_strategy(text).effect_prior.values())) == 1


WORDS = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


PARTS = st.fixed_dictionaries({
    "name": st.fixed_dictionaries({"zh": WORDS, "en": WORDS}), "owner": WORDS, "credit": st.none() | WORDS,
    "not_after": st.none() | st.dates(), "budget_yuan": st.none() | st.integers(1, 10**12),
    "schedule": st.fixed_dictionaries(
        {"every": st.sampled_from(["once", "week"]), "on": st.dates(), "lasts_days": st.integers(1, 60)}
    ),
})  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=PARTS, low=st.floats(-1e9, 1e9), effect=st.floats(1e-9, 1e9, exclude_min=True))
def test_whatever_a_document_holds_survives_the_way_out_and_in(
    parts: dict[str, Any], low: float, effect: float
) -> None:
    content = {**BASE.model_dump(), **parts}
    content["audience"]["features"] = [{"feature": "age", "at_least": low}]
    content["success"]["minimum_worthwhile_effect"] = effect
    for language in ("zh", "en"):
        content["card"][language]["why_now"]["scheduled"] = "{on}"
    document = Strategy.model_validate(content)
    again = Strategy.model_validate(yaml.safe_load(yaml_of(document)))
    assert content_hash(again) == content_hash(document)
    assert changes(document, again) == ()


def test_several_files_are_read_all_or_none_and_each_is_of_another_strategy(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(yaml_of(BASE), encoding="utf-8")
    second.write_text(yaml_of(BASE).replace("idle-salary", "other").replace("daily_maximum: 1000", "daily_maximum: 0"))
    with pytest.raises(DocumentError, match=r"b.yaml:\d+: daily_maximum"):
        read_files([first, second])
    second.write_text(yaml_of(BASE).replace("idle-salary", "other"), encoding="utf-8")
    assert [one.id for one in read_files([second, first])] == ["other", "idle-salary"]
    third = tmp_path / "c.yaml"
    third.write_bytes(second.read_bytes())
    with pytest.raises(InvalidInput, match="other stands in several"):
        read_files([first, second, third])


@pytest.mark.django_db
def test_the_version_that_is_asked_for_leaves_a_home(tmp_path: Path) -> None:
    for document in (BASE, BASE.model_copy(update={"daily_maximum": 7})):
        life.submit(document, "li", NOW)
    out = tmp_path / "out.yaml"
    assert export(BASE.id, 2, out).daily_maximum == 7
    assert load_strategy(out) == document_of(BASE.id, 2)
    export(BASE.id, 1, out)
    assert load_strategy(out) == BASE
