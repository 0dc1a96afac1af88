"""The house itself: what the documents say of it is true, and nothing foreign stands in it."""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "wealthloop"


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in names.split("\0") if name]


def test_every_room_stands_in_the_architecture_and_in_the_contract_of_layers() -> None:
    rooms = {
        path.stem if path.is_file() else path.name
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }
    listed = set(re.findall(r"`([a-z]+)/?`", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")))
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = set(next(one for one in contracts if one["type"] == "layers")["layers"])
    assert rooms - listed == set()
    assert rooms == layers


def test_people_hand_in_accept_and_launch_through_what_foretells_alone() -> None:
    call = re.compile(r"\b(?:life|review|decide)\.(?:submit|launch|accept)\(")
    named = re.compile(r"import [^\n]*\b(?:submit|launch|accept)\b")
    found = set()
    for path in PACKAGE.rglob("*.py"):
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(PACKAGE))
        if (call.search(text) or named.search(text)) and not name.startswith("trials/"):
            found.add(name)
    scripted = {"cli/demo_bank.py"}
    assert found == {"rehearsal/launching.py", "evolution/decide.py", "strategies/life.py", *scripted}


def test_no_registry_host_and_no_path_of_a_machine_stands_in_the_repository() -> None:
    foreign = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|/home/[a-z]+/|/root/")
    found = []
    for file in tracked():
        if file.suffix in {".py", ".toml", ".lock", ".json", ".md", ".yaml", ".html", ".js", ".css", ".cfg", ""}:
            text = file.read_text(encoding="utf-8")
            found += [f"{file.relative_to(ROOT)}: {hit}" for hit in foreign.findall(text) if file != Path(__file__)]
    assert found == []


def test_every_locked_requirement_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8"))
        without = [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
        assert without == [], name


def test_no_browser_library_is_kept_in_the_repository() -> None:
    kept = [file.name for file in tracked() if file.is_relative_to(PACKAGE / "web" / "static" / "vendor")]
    assert kept == []


def test_the_readme_names_only_commands_that_there_are() -> None:
    from wealthloop.cli.app import COMMANDS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^wealthloop ([a-z]+)", readme, flags=re.MULTILINE))
    assert named
    assert named - set(COMMANDS) == set()


def test_the_benchmarks_document_says_what_the_published_results_say() -> None:
    from wealthloop.reports.years import published
    from wealthloop.reports.yeartext import markdown

    assert (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8") == markdown(published())
