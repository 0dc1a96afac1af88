"""A strategy's way from a document to its launch, as the people of a bank take it on the command line."""

from pathlib import Path

from tests.conftest import command, json_of

from wealthloop.kit import Home
from wealthloop.strategies.load import LIBRARY

DOCUMENT = LIBRARY / "maturity-care.yaml"


def test_a_strategy_is_approved_by_another_than_its_author_before_it_runs(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    step = ("maturity-care", "--home", home, "--by")
    submitted = json_of("strategy", "submit", DOCUMENT, "--home", home, "--by", "li")
    assert (submitted["version"], submitted["state"]) == (1, "in_review")
    early = command("strategy", "launch", *step, "zhao", code=4)
    assert "must be approved to be launched" in early.stderr.replace("\n", " ")
    own = command("strategy", "approve", *step, "li", code=4)
    assert "somebody else must approve" in own.stderr.replace("\n", " ")
    assert json_of("strategy", "approve", *step, "zhao")["approved_by"] == "zhao"
    launched = json_of("strategy", "launch", *step, "zhao", "--on", "2026-11-20")
    assert (launched["state"], launched["launched_on"]) == ("running", "2026-11-20")
    assert json_of("strategy", "list", "--home", home)["strategies"] == [launched]


def test_a_version_is_signed_sent_back_signed_again_and_concluded(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    step = ("maturity-care", "--home", home, "--by")
    assert json_of("strategy", "draft", DOCUMENT, "--home", home, "--by", "li")["state"] == "draft"
    assert json_of("strategy", "submit", DOCUMENT, "--home", home, "--by", "li")["signatures"] == {"strategy": None}
    assert json_of("strategy", "sign", *step, "zhao")["signatures"] == {"strategy": "zhao"}
    back = json_of("strategy", "reject", *step, "zhao", "--reason", "too many words")
    assert (back["version"], back["state"], back["signatures"]) == (1, "draft", {"strategy": None})
    json_of("strategy", "submit", DOCUMENT, "--home", home, "--by", "li")
    assert json_of("strategy", "sign", *step, "zhao", "--signature", "strategy")["state"] == "approved"
    json_of("strategy", "launch", *step, "zhao", "--on", "2026-11-20")
    done = json_of("strategy", "conclude", *step, "zhao", "--verdict", "lost", "--reason", "no better than control")
    assert (done["state"], done["verdict"], done["reason"]) == ("concluded", "lost", "no better than control")


def test_a_document_without_control_is_refused_and_its_line_named(tmp_path: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    without = text.replace("{name: control, share: 0.3, control: true}", "{name: control, share: 0.3, control: false}")
    assert without != text
    spoilt = tmp_path / "spoilt.yaml"
    spoilt.write_text(without, encoding="utf-8")
    home = Home.create(tmp_path / "home").root
    refused = command("strategy", "submit", spoilt, "--home", home, "--by", "li", code=2)
    line = 1 + text.splitlines().index("arms:")
    said = refused.stderr.replace("\n", " ")
    assert f"spoilt.yaml:{line}: arms:" in said
    assert "a strategy needs a control arm" in said
    assert "Traceback" not in refused.stderr


def test_a_good_document_needs_no_home_to_be_checked() -> None:
    checked = json_of("strategy", "check", DOCUMENT)
    assert checked["ok"]
    assert checked["id"] == "maturity-care"


def test_a_strategy_that_is_not_in_the_home_is_named(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    done = command("strategy", "approve", "nobody", "--home", home, "--by", "li", code=4)
    assert "strategy nobody: not in this home" in done.stderr.replace("\n", " ")


def test_a_pack_is_written_alike_twice_and_told_as_json(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    json_of("strategy", "submit", DOCUMENT, "--home", home, "--by", "li")
    asked = ("strategy", "pack", "--home", home, "--as-of", "2026-12-20", "--language", "en")
    told = json_of(*asked, "--week", "--out", tmp_path / "one.md")
    assert [told["first"], told["as_of"]] == ["2026-12-14", "2026-12-20"]
    turns = next(section["rows"] for section in told["sections"] if section["name"] == "turns")
    assert [turns[0]["Who"], turns[0]["What"], turns[0]["Strategy"]] == ["Strategy", "sign", "maturity-care/v1"]
    command(*asked, "--week", "--out", tmp_path / "two.md", alone=True)
    assert (tmp_path / "one.md").read_bytes() == (tmp_path / "two.md").read_bytes()
    assert "name either --week or --month" in command(*asked, code=2).stderr


def test_documents_leave_a_home_differ_and_come_into_another(tmp_path: Path) -> None:
    home, other = (Home.create(tmp_path / name).root for name in ("home", "other"))
    json_of("strategy", "submit", DOCUMENT, "--home", home, "--by", "li")
    out = tmp_path / "out.yaml"
    exported = json_of("strategy", "export", "maturity-care", "--home", home, "--out", out)["exported"][0]
    edited = tmp_path / "edited.yaml"
    edited.write_text(
        out.read_text(encoding="utf-8").replace("daily_maximum: 300", "daily_maximum: 299"), encoding="utf-8"
    )
    same = json_of("strategy", "diff", DOCUMENT, out)
    assert (same["same"], same["changes"]) == (True, [])
    change = json_of("strategy", "diff", "maturity-care/v1", edited, "--home", home)["changes"]
    assert change == [{"path": "daily_maximum", "kind": "changed", "before": 300, "after": 299}]
    said = command("strategy", "diff", DOCUMENT, edited).stdout
    assert said.strip() == "~ daily_maximum: 300 → 299"
    assert "--home" in command("strategy", "diff", "maturity-care/v1", edited, code=2).stderr
    rows = json_of("strategy", "import", out, "--home", other, "--by", "li", alone=True)["imported"]
    assert (rows[0]["version"], rows[0]["content_hash"]) == (1, exported["content_hash"])
    schema = tmp_path / "schema.json"
    command("strategy", "schema", "--out", schema)
    assert schema.read_text(encoding="utf-8").startswith("{")
