"""Writes docs/conformance.md: ``python -m tests.conformance.document``."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.conformance.recorded import Recorder

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "conformance.md"
ENGINES: Final = ("DuckDB", "Spark", "PostgreSQL")
_HEAD: Final = """# 引擎一致性 · Do the engines agree?

One small simulated bank with late corrections, every Ibis expression of the product and every feature of the
catalogue, asked of every engine. Integers, text, days, instants, flags and nulls must be equal, floats within 1e-9
relative; rows are compared in their order where the expression orders them. DuckDB is what the others are held
against. `make test` runs the comparison, `make conformance` writes this page. A cell says "equal", or the largest
relative difference of any float.

同一家小型模拟银行（含迟到更正），产品的每个 Ibis 表达式与目录中的每个特征在每个引擎上各算一次：整数、文本、日期、
时刻、标志与空值须完全相等，浮点相对误差不超过 1e-9；表达式有排序的按序比较。以 DuckDB 为基准。

| expression | """


def expressions_of(recorder: "Recorder") -> list[str]:
    """Return the names of what was asked, in order."""
    return sorted(recorder.answers)


def render(worst: Mapping[str, Mapping[str, float]]) -> str:
    """Return the page; ``worst`` is the largest difference by expression and engine."""
    head = _HEAD + " | ".join(ENGINES) + " |\n|---|" + "---|" * len(ENGINES) + "\n"
    rows = [f"| `{name}` | " + " | ".join(_cell(by[engine]) for engine in ENGINES) + " |" for name, by in worst.items()]
    return head + "\n".join(rows) + "\n"


def _cell(worst: float) -> str:
    if worst == float("inf"):
        return "**different**"
    return "equal" if worst == 0 else f"{worst:.0e}"


def main() -> None:
    """Ask every engine and write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthloop.settings")
    import django

    django.setup()
    from tests.conformance.bank import bank_at
    from tests.conformance.questions import ask
    from tests.conformance.recorded import differences
    from tests.conformance.servers import postgres_here, spark_here
    from wealthloop.engines import DuckDBEngine

    with TemporaryDirectory() as folder:
        home = bank_at(Path(folder))
        reference = ask(home, DuckDBEngine())
        with spark_here() as spark, postgres_here() as postgres:
            asked = dict(zip(ENGINES, (reference, ask(home, spark), ask(home, postgres)), strict=True))
    worst = {
        name: {engine: differences(reference.answers[name], asked[engine].answers[name]) for engine in ENGINES}
        for name in expressions_of(reference)
    }
    DOCUMENT.write_text(render(worst), encoding="utf-8")
    sys.stdout.write(f"{len(worst)} expressions on {len(ENGINES)} engines: {DOCUMENT.name}\n")


if __name__ == "__main__":
    main()
