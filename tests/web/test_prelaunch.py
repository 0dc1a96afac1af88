"""The sheet of a version on its page: by whom it is seen, what it says, and what it is from."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.web.conftest import LogIn
from tests.web.making import NOW
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.rehearsal import launching
from wealthloop.rehearsal.ledger import keep, kept
from wealthloop.rehearsal.types import Alikeness, Load
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyVersion

IDLE = next(one for one in shipped() if one.id == "idle-salary")
PAGE = f"/strategies/{IDLE.id}/1/before/"


def handed_in(home: Home) -> None:
    engine = DuckDBEngine()
    launching.submit(home, BankTables(home, engine), engine, IDLE, by="li", now=NOW, reason="a pilot of one branch")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Before the launch", "Under-powered", "a pilot of one branch", "kept when li handed it in", "Dry run")),
        ("zh-hans", ("上线前检查", "样本不足", "a pilot of one branch", "li 提交时保存", "试运行", "来源")),
    ],
)
def test_the_kept_sheet_is_shown_with_what_its_numbers_are_from(
    language: str, said: tuple[str, ...], home: Home, log_in: LogIn
) -> None:
    handed_in(home)
    text = log_in("strategist", language=language).get(PAGE).content.decode()
    assert [part for part in said if part not in text] == []
    assert text.count("<table>") >= 4


def test_a_version_without_a_sheet_of_its_content_says_so_and_can_be_worked_out(home: Home, log_in: LogIn) -> None:
    handed_in(home)
    life.retire(IDLE.id, 1, "li", NOW)
    StrategyVersion.objects.filter(version=1).delete()
    life.submit(IDLE.model_copy(update={"daily_maximum": 9}), "li", NOW)
    kept = sorted((home.root / "forecasts").iterdir())
    client = log_in("strategist")
    assert "No sheet has been kept of this version." in client.get(PAGE).content.decode()
    assert "worked out now, not kept" in client.get(f"{PAGE}?now").content.decode()
    assert sorted((home.root / "forecasts").iterdir()) == kept


def test_desks_see_no_sheet_and_an_unknown_version_is_none(home: Home, log_in: LogIn) -> None:
    handed_in(home)
    assert log_in("rm1").get(PAGE).status_code == 403
    assert 'before/"' not in log_in("rm1").get("/strategies/").content.decode()
    assert log_in("strategist").get(PAGE.replace("/1/", "/7/")).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Clusters", "12, at least 20 needed", "1, a bound: history cannot tell", "budget of idle-salary")),
        ("zh-hans", ("群组", "12，至少需要 20", "1（上限：历史数据无法判断）", "idle-salary 的预算")),
    ],
)
def test_what_clusters_cost_and_a_budget_of_its_own_stand_on_the_sheet(
    language: str, said: tuple[str, ...], home: Home, log_in: LogIn
) -> None:
    handed_in(home)
    (forecast,) = kept(home)
    alike = Alikeness(unit="rm", clusters=12, rho=1.0, estimated=False, design_effect=9.5)
    spend = Load(kind="spend", who="idle-salary", wanted=900, ours=900, sent=100, capacity=300)
    power = tuple(replace(one, alike=alike) for one in forecast.sheet.power)
    sheet = replace(forecast.sheet, power=power, load=(spend,))
    keep(home, replace(forecast, sheet=sheet, at=NOW + timedelta(minutes=1)))
    text = log_in("strategist", language=language).get(PAGE).content.decode()
    assert [part for part in (*said, "9.50") if part not in text] == []
