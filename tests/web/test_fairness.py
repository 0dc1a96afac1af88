"""The page of fairness: heads see everybody by name, who makes strategies sees no small count and nobody by name."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils.translation import override

from tests.web.conftest import LogIn
from wealthloop.access.scope import NOBODY, Scope
from wealthloop.kit import Home
from wealthloop.loop.onemore import OneMore, _said
from wealthloop.rehearsal.fairness import Fairness, Floor
from wealthloop.rehearsal.planworth import PlanWorth
from wealthloop.rehearsal.unheld import Unheld
from wealthloop.reports.envy import Envy, spread
from wealthloop.reports.fairness import Branch, Desk
from wealthloop.web.fair import fairness_page
from wealthloop.web.views import fairness

DAY = date(2026, 11, 20)


def more(resource: str, worth: float) -> OneMore:
    kind, _, who = resource.partition(":")
    return OneMore(resource=resource, capacity=9, used=9, worth=worth, said=_said(kind, who, worth))


def desk(staff_id: str, cards: int, value: int) -> Desk:
    return Desk(
        staff_id=staff_id, branch_id="B1", room=10, planned=cards, cards=cards, value=value, book=200, touched=cards
    )


DESKS = (desk("SA1", 8, 960_000), desk("SA2", 9, 270_000), desk("SA3", 0, 0))
FOUND = Fairness(
    since=DAY, as_of=DAY, nights=1, desks=DESKS, value=spread([one.value for one in DESKS]),
    cards=spread([one.cards for one in DESKS]),
    envy=(
        Envy(staff_id="SA2", envied="SA1", own_per_card=3e4, envied_per_card=12e4, movable=0, beyond_one=False),
    ),
    branches=(
        Branch(branch_id="B1", customers=600, planned=40, contacts=30, value=2_000_000),
        Branch(branch_id="B2", customers=400, planned=8, contacts=7, value=300_000),
    ),
    floors=(
        Floor(kind="branch", name="B2", least=12, nights=1, missed=1, why={"capacity": 1}),
        Floor(kind="branch", name="B0", least=3, nights=1, missed=1, why={"no_options": 1}),
        Floor(kind="strategy", name="stay-close", least=45, nights=1, missed=1, why={"no_options": 1}),
        Floor(kind="strategy", name="B1", least=6, nights=1, missed=0, why={}),
    ),
    plan=PlanWorth(
        value=90_000_000, bound=90_100_000, objective=90_055_000, preference=123_400, floors=450_000,
        exploration=210_000, drawn=-40_000, lotteries=7,
    ),
    unheld=Unheld(
        customers=300, with_lead=100, contacted=48, through={"sms": 44, "remote_agent": 4}, only_person=20,
        only_manager=17, nobody=4,
    ),
    picking=("SA1",),
    more=(more("rm:SA2", 5_000), more("rm:SA1", 0), more("volume:sms", 77), more("seat:remote_agent", 0)),
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_head_sees_every_desk_by_name(
    home: Home, log_in: LogIn, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    monkeypatch.setattr(fairness, "_fairness", lambda *_: FOUND)
    page = log_in("head", language=language).get("/fairness/").content.decode()
    said = {
        "en": ["By manager", "Strategies with a minimum", "SA3", "by books", "no room could be made",
               "SMS contact would have added about 0.77",
               "desk of relationship manager SA2", "On 1 of 2 desks", "1 of 3 managers", "0.23 %", "−400"],
        "zh-hans": ["按客户经理", "设有最低触达数的策略", "SA3", "因管户", "腾不出容量",
                    "多发一条短信，约可多增 0.77 元",
                    "客户经理 SA2 多一张", "2 个桌面中，1 个", "3 位客户经理中，1 位",
                    "占方案价值", "0.23 %"],
    }[language]  # fmt: skip
    assert [one for one in said if one not in page] == []


def test_who_makes_strategies_sees_no_manager_and_no_small_count(
    home: Home, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    monkeypatch.setattr(fairness, "_fairness", lambda *_: FOUND)
    page = log_in("strategist").get("/fairness/").content.decode()
    assert "SA1" not in page
    assert "SA2" not in page
    assert "1 of 3 managers" in page
    assert "&lt;10" in page


@pytest.mark.usefixtures("home")
def test_before_the_first_night_the_page_says_how_to_fill_it(log_in: LogIn) -> None:
    assert "No night has planned yet." in log_in("head").get("/fairness/").content.decode()


def test_i19_small_counts_and_what_would_tell_them_by_subtraction_are_hidden() -> None:
    everything, part = (fairness_page(FOUND, scope) for scope in (Scope(everything=True), NOBODY))
    assert (part.desks, part.sees_people, len(everything.desks)) == ((), False, 3)
    assert [(line.branch_id, line.floor) for line in part.branches] == [("B0", "3"), ("B1", ""), ("B2", "12")]
    assert [line.contacts for line in everything.branches] == ["0", "30", "7"]
    assert [line.contacts for line in part.branches] == ["0", "30", "<10"]
    assert [line.value_per_thousand for line in part.branches] == [None, 3_333_333, None]
    assert [n for _, n in everything.unheld] == ["300", "100", "48", "20", "4", "28", "17"]
    assert [n for _, n in part.unheld] == ["300", "100", "48", "–", "<10", "28", "–"]
    assert [n for _, n in part.through] == ["–", "<10"]
    plain = replace(FOUND, unheld=replace(FOUND.unheld, through={"sms": 44}, nobody=0, only_manager=20))
    found = fairness_page(plain, NOBODY)
    assert [n for _, n in found.unheld] == ["300", "100", "48", "20", "0", "32", "20"]
    assert [n for _, n in found.through] == ["44"]


@override("en")
def test_what_the_plan_gave_up_is_told_where_the_night_says_it_and_of_few_draws_only_to_who_sees_all() -> None:
    everything, part = (fairness_page(FOUND, scope).worth for scope in (Scope(everything=True), NOBODY))
    assert [line.value for line in everything] == [90_000_000, 45_000, 123_400, 450_000, 210_000, -40_000]
    assert [line.share for line in everything][:2] == [None, 45_000 / 90_000_000]
    assert [line.value for line in part] == [90_000_000, 45_000, 123_400, 450_000, None, None]
    assert [line.why for line in part] == ["", "", "", "", "under ten draws", "under ten draws"]
    old = replace(FOUND.plan, exploration=None, drawn=None, lotteries=None)
    said = fairness_page(replace(FOUND, plan=old), Scope(everything=True)).worth
    assert [line.why for line in said][3:] == ["", "this night did not say it", "this night did not say it"]
