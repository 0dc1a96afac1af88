"""What strategies have shown and what grows of them, by command, on the demonstration's bank."""

from pathlib import Path
from typing import Any

from tests.conftest import command, json_of

Demo = tuple[Path, dict[str, Any]]


def test_the_report_names_every_version_and_why_it_is_pending(demo: Demo) -> None:
    home, _ = demo
    found = json_of("strategy", "report", "--home", home)
    named = {one["strategy"] for one in (*found["effects"], *found["pending"])}
    assert named
    strategy_id = min(named).rsplit("/v", 1)[0]
    alone = json_of("strategy", "report", strategy_id, "--home", home)
    assert {one["strategy"].rsplit("/v", 1)[0] for one in (*alone["effects"], *alone["pending"])} == {strategy_id}
    for one in found["effects"]:
        assert one["interval"][0] <= one["effect"] <= one["interval"][1]
    told = command("strategy", "report", "nobody", "--home", home, code=4).stderr
    assert "nobody" in told
    assert "Traceback" not in told


def test_evolve_says_what_is_open_who_is_unserved_and_keeps_small_groups_to_itself(demo: Demo) -> None:
    found = json_of("strategy", "evolve", "--home", demo[0])
    assert {"as_of", "confirmed", "proposals", "unserved", "stars"} == set(found)
    assert found["unserved"]
    assert all(one["unserved"] >= 10 and 0 < one["share"] <= 1 for one in found["unserved"])
    assert [one["aum"] for one in found["unserved"]] == sorted((one["aum"] for one in found["unserved"]), reverse=True)


def test_the_tree_stands_on_its_roots(demo: Demo) -> None:
    found = json_of("strategy", "tree", "--home", demo[0])
    assert found["nodes"]
    roots = [node for node in found["nodes"] if node["depth"] == 0]
    assert all(node["parent"] is None for node in roots)
    told = command("strategy", "tree", "--home", demo[0]).stdout
    assert all(node["strategy"] in told for node in found["nodes"])


def test_what_is_not_proposed_cannot_be_decided(demo: Demo) -> None:
    done = command("strategy", "accept", "nothing", "--home", demo[0], "--by", "li", code=4)
    assert "proposal nothing: not in this home" in done.stderr
