"""How values are written, charts are scaled and effects are placed."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.utils.translation import override

from wealthloop.access.scope import Scope
from wealthloop.delivery.content import Bilingual, Estimate
from wealthloop.reports import ArmEffect, ArmReport, Check, PendingEffect, Series, StrategyReport
from wealthloop.web.counts import shown
from wealthloop.web.plots import money_unit, series_plot
from wealthloop.web.reporting import forest, interval, section
from wealthloop.web.templatetags import wealthloop as written
from wealthloop.web.words import WORDS, word

EVERYTHING = Scope(everything=True)
OWN = Scope(staff_id="S1")


@pytest.mark.parametrize(
    ("language", "minor", "text"),
    [("zh-hans", 12_345_600, "12.3 万"), ("en", 12_345_600, "123 k"), ("en", -99_900, "−999"), ("en", None, "–")],
)
def test_writes_money_as_people_of_the_language_do(language: str, minor: int | None, text: str) -> None:
    with override(language):
        assert written.money(minor) == text


def test_writes_an_estimate_with_sign_and_interval() -> None:
    with override("en"):
        assert written.estimate(Estimate(mean=124_000, low=31_000, high=218_000)) == "+1,240 (310 to 2,180)"
        assert written.estimate(Estimate(mean=-50_000, low=-90_000, high=10_000)) == "−500 (−900 to 100)"
        assert written.estimate(Estimate(mean=5_000_000, low=0, high=9_000_000)) == "+50.0 k (0 to 90.0 k)"
        assert written.estimate(None) == "–"
    with override("zh-hans"):
        assert written.estimate(Estimate(mean=124_000, low=31_000, high=218_000)) == "+1,240(310 至 2,180)"


def test_writes_what_is_not_known_as_a_dash() -> None:
    nothing = (
        written.percent(None),
        written.number(None),
        written.day(None),
        written.plain(None),
        written.word(None, "tier"),
    )
    assert set(nothing) == {"–"}


def test_marks_gains_and_losses_with_a_sign_and_an_arrow() -> None:
    assert [(written.move(value), written.arrow(value)) for value in (1.0, -1.0, 0.0, None)] == [
        ("gain", "▲"), ("loss", "▼"), ("flat", ""), ("flat", ""),
    ]  # fmt: skip


def test_gives_a_code_without_a_word_as_it_is() -> None:
    assert word("outcome", "callback_booked") == "callback_booked"


def test_has_a_word_for_every_code_that_the_rooms_below_know() -> None:
    from wealthloop.access.models import Role
    from wealthloop.bank.contract import CATEGORIES, CHANNELS, COUNTERPARTIES, TRANSACTION_KINDS
    from wealthloop.delivery.models import CardState
    from wealthloop.delivery.transitions import Outcome
    from wealthloop.insight import DEFINITIONS, TIERS
    from wealthloop.reports.types import STATES
    from wealthloop.strategies.models import StrategyState, Verdict

    known = {
        "role": Role.values, "category": CATEGORIES, "channel": CHANNELS, "counterparty": COUNTERPARTIES,
        "transaction": TRANSACTION_KINDS, "card_state": CardState.values, "outcome": Outcome,
        "life_stage": [state.name for state in DEFINITIONS["life_stage"].states], "tier": [tier.name for tier in TIERS],
        "intent_state": STATES, "strategy_state": StrategyState.values,
        "verdict": Verdict.values,
    }  # fmt: skip
    assert {(kind, code) for kind, codes in known.items() for code in codes if code not in WORDS[kind]} == set()


def test_i19_hides_a_small_count_from_a_reader_of_a_part() -> None:
    assert [shown(count, OWN) for count in (0, 1, 9, 10, 1234)] == ["0", "<10", "<10", "10", "1,234"]
    assert shown(9, EVERYTHING) == "9"


@pytest.mark.parametrize(
    ("language", "largest", "unit"),
    [("zh-hans", 5 * 10**12, "亿元"), ("zh-hans", 10**8, "万元"), ("en", 10**9, "m yuan")],
)
def test_chooses_a_unit_in_which_movements_show(language: str, largest: int, unit: str) -> None:
    with override(language):
        size, name = money_unit(largest)
    assert name == unit
    assert largest / size >= 10


def test_a_chart_keeps_what_is_not_known_apart_from_zero() -> None:
    with override("en"):
        plot = series_plot("mau", "MAU", (_series((None, 0, 3)),))
    assert plot is not None
    assert plot.data["series"] == [{"name": "Active", "values": [None, 0, 3]}]
    assert [values for _row, values in plot.table] == [[3], [0], [None]]


def test_a_chart_of_nothing_is_no_chart() -> None:
    assert series_plot("mau", "MAU", (_series((None, None, None)),)) is None


def test_places_effects_on_a_scale_that_holds_zero() -> None:
    placed = forest([_effect(0.03, 0.01, 0.05), _effect(0.01, -0.02, 0.04)])
    assert placed is not None
    first, second = placed.rows
    assert placed.zero < first.low < first.point < first.high
    assert second.low < placed.zero < second.point < first.point
    assert second.low > 0
    assert first.high < 480
    assert forest([]) is None


def test_writes_an_effect_in_its_metrics_unit() -> None:
    with override("en"):
        assert interval(_effect(0.031, 0.011, 0.052)) == "+3.10 (1.10 to 5.20)"
        assert interval(_effect(124_000, 31_000, 218_000, metric="amount")) == "+1.24 k (310 to 2.18 k)"


def test_i12_shows_a_dash_with_the_reason_while_a_check_fails() -> None:
    with override("en"):
        shown_section = section(_report(n=40), EVERYTHING, None)
    (line,) = shown_section.effects
    assert (line.text, line.why) == ("–", "sizes are off")
    assert shown_section.forest is None
    assert [(check.ok, check.found) for check in shown_section.checks] == [(False, "control 40")]


def test_i19_says_nothing_of_a_small_arm_to_a_reader_of_a_part() -> None:
    with override("en"):
        shown_section = section(_report(n=4), OWN, (("cards", 3), ("claimed", 1)))
    said = repr((shown_section.effects, shown_section.checks, shown_section.arms))
    assert "sizes are off" not in said
    assert "control 4" not in said
    assert [arm.units for arm in shown_section.arms] == ["<10", "<10"]
    assert [(step.text, round(step.share, 2)) for step in shown_section.funnel] == [("3", 1.0), ("1", 0.33)]


def test_a_strategy_without_cards_has_no_funnel() -> None:
    assert section(_report(n=40), EVERYTHING, (("cards", 0), ("won", 0))).funnel == ()


def _series(values: tuple[int | None, ...]) -> Series:
    return Series(
        name="mau", title=Bilingual(zh="月活", en="Active"), unit="customers",
        days=tuple(date(2026, 11, 18 + at) for at in range(len(values))), values=values,
        as_of=date(2026, 11, 20), how=Bilingual(zh="计数", en="counted"),
    )  # fmt: skip


def _effect(effect: float, low: float, high: float, *, metric: str = "conversion") -> ArmEffect:
    return ArmEffect(
        arm="contact", metric=metric, effect=effect, low=low, high=high, sd=1.0, n=100, n_treated=80, n_control=20,
        method="always valid", estimand="share",
    )  # fmt: skip


def _report(*, n: int) -> StrategyReport:
    arms = tuple(
        ArmReport(arm=name, control=name == "control", share=0.5, planned=n, states=(), n_units=n, n_matured=n)
        for name in ("contact", "control")
    )
    why = Bilingual(zh="人数不对", en="sizes are off")
    return StrategyReport(
        strategy_id="s", version=1, name=Bilingual(zh="策略", en="Strategy"), metric="conversion",
        analysis="always_valid", n_planned=100, arms=arms, effects=(),
        pending=(PendingEffect(arm="contact", metric="conversion", code="locked", why=why, locked=True),),
        checks=(Check(name="sample_ratio", ok=False, found=Bilingual(zh=f"对照 {n}", en=f"control {n}")),),
        funnel=(), as_of=date(2026, 11, 20), lineage=Bilingual(zh="", en=""),
    )  # fmt: skip


def test_a_reader_of_either_language_gets_their_own_words() -> None:
    text = SimpleNamespace(zh="到期", en="matures")
    with override("en"):
        assert written.tongue(text) == "matures"
    with override("zh-hans"):
        assert written.tongue(text) == "到期"
