"""The sheet of a version in words and tables: each says what its numbers are from."""

from collections.abc import Callable
from typing import Final, TypeAlias

from django.utils.translation import gettext as _

from wealthloop.experiments import LEAST_CLUSTERS
from wealthloop.rehearsal.scored import Record, ScoredForecast
from wealthloop.rehearsal.types import DryRun, Load, Predicted, Sheet
from wealthloop.web.contexts.prelaunch import SheetTable
from wealthloop.web.templatetags.wealthloop import DASH, money, number, percent
from wealthloop.web.words import word

Tell: TypeAlias = Callable[[int], str]
_LOADS: Final = 12
"""Resources that are shown: those asked for the most beyond what they have."""


def tables_of(
    sheet: Sheet, scored: ScoredForecast | None, record: Record | None, *, tell: Tell
) -> tuple[SheetTable, ...]:
    """Return the tables of a sheet, with what happened beside what was foretold where that is known.

    ``tell`` writes a count of customers as the reader may see it.
    """
    counted = (_sizes(sheet, tell), _power(sheet, tell), *_clusters(sheet), _plans(sheet, tell), _overlap(sheet, tell))
    return (*counted, _load(sheet), _forecast(sheet, scored, record))


def value_line(sheet: Sheet) -> str:
    """Say what the plan is worth more with the document."""
    week = sheet.first_week
    return _(
        "First week, expected incremental value of what is sent: %(with)s with it, %(without)s without it; "
        "%(displaced)s contacts of other strategies give way."
    ) % {
        "with": money(week.value_with), "without": money(week.value_without), "displaced": number(week.displaced)
    }  # fmt: skip


def alike_line(sheet: Sheet, *, tell: Tell) -> str:
    """Say what customers like these did by themselves."""
    one = sheet.alike
    if one is None:
        return _("Nobody like these was left without a contact in a window that has closed.")
    return _(
        "Of %(n)s customers whom it would have planned on %(day)s and nobody contacted, the mean within %(window)s "
        "days was %(mean)s (%(low)s to %(high)s); observational. %(contacted)s more were left out, somebody had "
        "contacted them."
    ) % {
        "n": tell(one.customers), "day": one.day.isoformat(), "window": sheet.window_days,
        "mean": measured(sheet, one.mean), "low": measured(sheet, one.low), "high": measured(sheet, one.high),
        "contacted": tell(one.contacted),
    }  # fmt: skip


def measured(sheet: Sheet, value: float) -> str:
    """Write a value of the criterion's metric."""
    return money(round(value)) if sheet.metric == "amount" else percent(value, 1)


def _sizes(sheet: Sheet, tell: Tell) -> SheetTable:
    sizes = sheet.sizes
    rows = [
        (_("in the audience"), sizes.audience, tuple(arm.audience for arm in sizes.arms)),
        (_("with a lead now"), sizes.with_lead, tuple(arm.with_lead for arm in sizes.arms)),
        (_("whom the rules allow"), sizes.allowed, tuple(arm.allowed for arm in sizes.arms)),
    ]
    through = [
        (_("allowed through %(channel)s") % {"channel": word("channel", name)}, tell(n), *("" for _arm in sizes.arms))
        for name, n in sizes.by_channel.items()
    ]
    everybody = (_("customers of the bank"), tell(sizes.customers), *("" for _arm in sizes.arms))
    return SheetTable(
        title=_("Customers"),
        source=_("counted: profiles, leads and rules of that night; arms drawn by hash"),
        head=(_("condition"), _("how many"), *(f"{word('arm', arm.arm)} {percent(arm.share)}" for arm in sizes.arms)),
        rows=(everybody, *((says, tell(n), *map(tell, arms)) for says, n, arms in rows), *through),
    )


def _power(sheet: Sheet, tell: Tell) -> SheetTable:
    return SheetTable(
        title=_("Power"),
        source={
            "alike": _("power analysis; spread of customers like these, entering as in the dry runs"),
            "everybody": _("power analysis; spread of all customers, entering as in the dry runs"),
        }[sheet.power[0].basis],
        head=(
            _("arm"), _("least worthwhile effect"), _("customers needed"), _("customers at hand"),
            _("days of entering"), _("days until enough"), _("smallest effect that is found"), _("verdict"),
        ),
        rows=tuple(
            (
                word("arm", one.arm), measured(sheet, one.minimum_worthwhile_effect), number(one.needed_n),
                tell(one.at_hand_n), number(one.days), number(one.needed_days),
                DASH if one.detectable_effect is None else measured(sheet, one.detectable_effect),
                _("under-powered") if one.under_powered else _("enough"),
            )
            for one in sheet.power
        ),
    )  # fmt: skip


def _clusters(sheet: Sheet) -> tuple[SheetTable, ...]:
    """Return what it costs that clusters draw the arms; nothing where customers do."""
    found = [(one.arm, one.alike) for one in sheet.power if one.alike is not None]
    if not found:
        return ()
    rows = tuple(
        (
            word("arm", arm), word("cluster", one.unit),
            _("%(n)s, at least %(least)s needed") % {"n": number(one.clusters), "least": number(LEAST_CLUSTERS)},
            number(one.rho, 3) if one.estimated else _("1, a bound: history cannot tell"),
            number(one.design_effect, 2),
        )
        for arm, one in found
    )  # fmt: skip
    return (
        SheetTable(
            title=_("Clusters"),
            source=_("whole clusters draw the arms; correlation of the metric within one among all customers, before"),
            head=(
                _("arm"), _("who draws"), _("clusters in the smaller arm"), _("correlation within one"),
                _("design effect at hand"),
            ),
            rows=rows,
        ),
    )  # fmt: skip


def _plans(sheet: Sheet, tell: Tell) -> SheetTable:
    runs = (sheet.tonight, sheet.first_week, sheet.later_week)
    return SheetTable(
        title=_("Dry run"),
        source=_("the night's own plan beside the running strategies; nothing is written. Planned, of these sent"),
        head=(_("channel"), _("one night"), _("first week"), _("a later week")),
        rows=tuple(
            (word("channel", one.channel), *(_planned(run, place, tell) for run in runs))
            for place, one in enumerate(sheet.tonight.channels)
        ),
    )


def _planned(run: DryRun, place: int, tell: Tell) -> str:
    one = run.channels[place]
    return f"{tell(one.planned)} / {tell(one.sent)}"


def _overlap(sheet: Sheet, tell: Tell) -> SheetTable:
    return SheetTable(
        title=_("Overlap"),
        source=_("counted: both audiences; contacts of the first week's dry run"),
        head=(
            _("running strategy"), _("shared customers"), _("of this audience"), _("of theirs"),
            _("their contacts without it"), _("give way"),
        ),
        rows=tuple(
            (
                f"{one.strategy_id} v{one.version}", tell(one.customers), percent(one.share),
                percent(one.share_of_theirs), tell(one.contacts), number(one.displaced),
            )
            for one in sheet.overlap
        ),
        empty=_("No other strategy runs."),
    )  # fmt: skip


def _load(sheet: Sheet) -> SheetTable:
    return SheetTable(
        title=_("Load on desks and channels"),
        source=_("first week's dry run: what everybody's best contact would take, against seven days' capacity"),
        head=(_("who"), _("wanted"), _("of it this strategy"), _("capacity"), _("too much")),
        rows=tuple(
            (_who(one), *(_units(one, n) for n in (one.wanted, one.ours, one.capacity, one.over)))
            for one in sheet.load[:_LOADS]
        ),
        empty=_("Nobody is asked for anything."),
    )


def _who(one: Load) -> str:
    says = {
        "rm": _("manager %(who)s"), "seat": _("remote agents"), "volume": "%(who)s",
        "strategy": _("daily maximum of %(who)s"), "budget": _("budget of the day"),
        "spend": _("budget of %(who)s"), "stock": _("pieces of benefit %(who)s"),
        "places": _("places at activity %(who)s"), "branch": _("contact limit of branch %(who)s"),
    }[one.kind]  # fmt: skip
    return says % {"who": word("channel", one.who) if one.kind == "volume" else one.who}


def _units(one: Load, n: int) -> str:
    return money(n) if one.kind in {"budget", "spend"} else number(n)


def _forecast(sheet: Sheet, scored: ScoredForecast | None, record: Record | None) -> SheetTable:
    known = {} if scored is None else {one.name: one for one in scored.numbers}
    held = ""
    if record is not None and record.scored:
        held = " " + _("All forecasts of this bank: %(inside)s of %(scored)s held.") % {
            "inside": record.inside, "scored": record.scored
        }  # fmt: skip
    rows = []
    for one in sheet.predicted:
        seen = known.get(one.name)
        low, high = (one.low, one.high) if seen is None else (seen.low, seen.high)
        expected = one.expected if seen is None else seen.expected
        actual = None if seen is None else seen.actual
        rows.append(
            (
                _named(one), f"{_told(sheet, one, expected)} ({_told(sheet, one, low)} – {_told(sheet, one, high)})",
                DASH if actual is None else _told(sheet, one, actual), _basis(one),
            )
        )  # fmt: skip
    return SheetTable(
        title=_("Forecast and what happened"),
        source=_("intervals should hold 90 % of the time; a dash: not known yet.") + held,
        head=(_("number"), _("foretold"), _("happened"), _("from")),
        rows=tuple(rows),
    )


def _told(sheet: Sheet, one: Predicted, value: float) -> str:
    shown = value if one.name == "effect" else max(value, 0.0)
    return measured(sheet, shown) if one.name in {"effect", "control"} else number(shown)


def _named(one: Predicted) -> str:
    kind, _slash, what = one.name.partition("/")
    says = {
        "audience": _("customers in the audience"),
        "units_first_week": _("customers who enter, first week"),
        "units_later_week": _("customers who enter, a later week"),
        "contacts_first_week": _("contacts through %(what)s, first week"),
        "contacts_later_week": _("contacts through %(what)s, a later week"),
        "days": _("days until enough, arm %(what)s"),
        "effect": _("effect of a contact (incremental)"),
        "control": _("control, by itself"),
    }[kind]
    return says % {"what": word("arm" if kind == "days" else "channel", what)} if what else says


def _basis(one: Predicted) -> str:
    return {
        "audience": _("count of tonight"), "first_week": _("dry run"), "later_week": _("dry run"),
        "alike": _("customers like these"), "everybody": _("all customers"), "prior": _("the document's prior"),
        "measured": _("prior and past contacts"), "power": _("power analysis"),
    }[one.basis]  # fmt: skip
