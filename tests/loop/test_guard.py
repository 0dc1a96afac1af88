"""A version that surely harms is paused by the night, with the figures in the audit; no other is."""

from dataclasses import replace

import pytest

from tests.loop.makers import home_in, launch, night_of
from tests.loop.test_night import run
from wealthloop.access.models import AuditEntry
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.loop import guard
from wealthloop.reports.types import GuardrailReport
from wealthloop.strategies.models import StrategyVersion

pytestmark = pytest.mark.django_db

SAFE = GuardrailReport(
    metric="opt_out", at_most=0.02, effect=0.001, low=-0.01, high=0.015, n=900, window_days=14, standing="safe",
    why=Bilingual(zh="", en=""),
)  # fmt: skip
HARM = replace(SAFE, metric="complaint", effect=0.06, low=0.03, high=0.09, standing="harm")


def standing(home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    def watched(bank: object, home: object, *, strategy_id: str, **_: object) -> tuple[GuardrailReport, ...]:  # noqa: ARG001
        return (SAFE, HARM) if strategy_id == "idle-salary" else (SAFE,)

    monkeypatch.setattr(guard, "watched", watched)
    return guard.watch_guardrails(night_of(home, engine))


def test_harm_pauses_the_version_and_writes_the_figures(
    tmp_path: object, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch("idle-salary", "stay-close")
    home = home_in(tmp_path)  # type: ignore[arg-type]
    assert standing(home, engine, monkeypatch) == {"guardrails": 3, "paused": 1}
    states = dict(StrategyVersion.objects.values_list("strategy_id", "state"))
    assert states == {"idle-salary": "paused", "stay-close": "running"}
    links = AuditEntry.objects.filter(actor="wealthloop")
    assert [one.verb for one in links.order_by("pk")] == ["strategy.paused", "strategy.harmed"]
    detail = links.get(verb="strategy.harmed").detail
    assert (detail["metric"], detail["low"], detail["at_most"], detail["customers"]) == ("complaint", 0.03, 0.02, 900)
    assert standing(home, engine, monkeypatch) == {"guardrails": 1, "paused": 0}


@pytest.mark.usefixtures("described")
def test_a_night_plans_nothing_for_what_it_has_paused(bank_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "watched", lambda *_, **__: (HARM,))
    assert run(bank_home).steps["plan"]["planned"] == 0
