"""The pages of the library and of incentives, in both languages."""

from datetime import date

import pytest

from tests.web.conftest import LogIn
from wealthloop.delivery.content import Bilingual
from wealthloop.experiments.fieller import Ratio
from wealthloop.kit import Home
from wealthloop.reports.advice import Advice
from wealthloop.reports.incentives import ArmReturn, IncentiveReport
from wealthloop.strategies.load import parse_strategy, shipped
from wealthloop.strategies.models import StrategyVersion
from wealthloop.web.views import incentives


def ratio(low: float | None, high: float | None) -> Ratio:
    return Ratio(ratio=2.5, low=low, high=high, gain=250.0, cost=100.0, n=800, method="always-valid Fieller set, 95 %")


WHY = Bilingual(zh="区间整体低于门槛", en="the interval lies below the hurdle")
REPORT = IncentiveReport(
    strategy_id="idle-salary", version=1, name=Bilingual(zh="工资闲置唤醒", en="Put idle salary to work"),
    metric="conversion", price=0.25, hurdle=1.25, as_of=date(2026, 11, 20),
    arms=(
        ArmReturn(arm="contact", given=0, n=800, value=ratio(None, None), sales=None, beside=None, marginal=None,
                  advice=Advice(code="measure", why=WHY)),
        ArmReturn(arm="gift20", given=2000, n=810, value=ratio(1.0, 4.0), sales=ratio(900.0, 4000.0), beside="contact",
                  marginal=ratio(0.2, 0.9), advice=Advice(code="lower", why=WHY, to=1000)),
    ),
)  # fmt: skip


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_library_lists_every_ready_strategy_with_what_it_is_judged_by(log_in: LogIn, language: str) -> None:
    page = log_in("strategist", language=language).get("/library/").content.decode()
    for one in shipped():
        assert f'href="/library/{one.id}.yaml"' in page
        assert (one.purpose.zh if language == "zh-hans" else one.purpose.en) in page
    assert ("不推荐产品" if language == "zh-hans" else "sells nothing") in page
    assert ("30 天内完成风险测评客户占比" in page) == (language == "zh-hans")


@pytest.mark.usefixtures("home")
def test_a_draft_begins_with_the_document_as_it_is_written(log_in: LogIn) -> None:
    import yaml

    person = log_in("strategist")
    answer = person.get("/library/reassessment.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reassessment.yaml"'
    assert parse_strategy(yaml.safe_load(answer.content)).id == "reassessment"
    assert person.get("/library/value_book.yaml").status_code == 404


@pytest.mark.usefixtures("home")
def test_a_draft_is_kept_once_under_the_name_of_who_began_it_and_only_writers_may(log_in: LogIn) -> None:
    person = log_in("strategist")
    for _ in range(2):
        assert person.post("/library/reassessment/draft/").headers["Location"] == "/strategies/"
    row = StrategyVersion.objects.get(strategy_id="reassessment")
    assert (row.state, row.author, row.version) == ("draft", "strategist", 1)
    assert log_in("head").post("/library/first-fund/draft/").status_code == 403
    assert not StrategyVersion.objects.filter(strategy_id="first-fund").exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_incentives_are_shown_with_intervals_the_hurdle_and_what_to_do(
    home: Home, log_in: LogIn, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    incentives._reports.cache_clear()
    monkeypatch.setattr(incentives, "reported", lambda *_, **__: (REPORT,))
    page = log_in("strategist", language=language).get("/incentives/").content.decode()
    incentives._reports.cache_clear()
    assert "1.25" in page
    for said in {"en": ("2.50 (0.20 to 0.90)", "Lower to 10 yuan", "beside contact", "2.50 (no bounds yet)", WHY.en),
                 "zh-hans": ("2.50(0.20 至 0.90)", "降低至 10 元", "继续测量", WHY.zh)}[language]:  # fmt: skip
        assert said in page
