"""The sheet of a document before its launch: sizes, overlap, load, power, dry runs and forecasts, in one pass."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.leads.repository import LeadView
from wealthloop.loop.types import Night
from wealthloop.rehearsal.alike import alike
from wealthloop.rehearsal.candidate import Candidate, candidate, must_be_known
from wealthloop.rehearsal.crowding import loads, overlaps
from wealthloop.rehearsal.dryrun import Options, Rehearsed, desks_before, dry_run, options_for, rehearse
from wealthloop.rehearsal.moments import brought_by_a_week, standing_leads, week_before
from wealthloop.rehearsal.power import powers
from wealthloop.rehearsal.predict import (
    audience_forecast,
    control_forecast,
    counts_of,
    days_forecast,
    effect_forecast,
    units_of_plan,
)
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.sizes import audience_of, clusters_among, sizes
from wealthloop.rehearsal.types import WEEK, Alike, Predicted, Sheet, Sizes
from wealthloop.rehearsal.weigh import Scene, scene_of, weighed
from wealthloop.reports.criterion import Criterion, judged_by
from wealthloop.reports.design import Fixed, fixed_before
from wealthloop.strategies.document import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rehearsal:
    """A night's leads with what may be done for them, and the three plans of it."""

    scene: Scene
    leads: tuple[LeadView, ...]
    audience: frozenset[str]
    others: dict[str, frozenset[str]]
    tonight: Rehearsed
    first: Rehearsed
    later: Rehearsed


def check(home: Home, bank: BankTables, engine: Engine, document: Strategy, *, as_of: date, today: date) -> Sheet:
    """Return what is known of a document before it is launched; nothing is written.

    Args:
        home: the bank's home, its state plane open.
        bank: its tables.
        engine: what they lie on.
        document: the document, of a version or not submitted yet.
        as_of: the last day whose facts count; the night of that day is rehearsed as it stood before its leads.
        today: whose running strategies are those beside it.

    Raises:
        InvalidInput: the bank's tables do not reach the day.
    """
    must_be_known(as_of, bank.last_day())
    mine = candidate(document, as_of=as_of, today=today)
    criterion = judged_by(document, mine.mine.version)
    fixed = fixed_before(bank, engine, criterion, first_day=as_of)
    past = _alike(home, bank, engine, mine, criterion, fixed, as_of)
    with night_at(home, bank, engine, as_of=as_of) as night:
        return _sheet(_rehearsed(home, night, mine), mine, criterion, fixed, past)


def _sheet(found: _Rehearsal, mine: Candidate, criterion: Criterion, fixed: Fixed, past: Alike | None) -> Sheet:
    night = found.scene.night
    counted = sizes(found.scene, mine.mine, found.leads, found.audience)
    power = powers(
        mine.mine.document, criterion, fixed=fixed, alike=past, first_week=len(units_of_plan(found.first.mine)),
        later_week=len(units_of_plan(found.later.mine)), sizes=counted, as_of=night.as_of,
        clusters=clusters_among(found.scene, mine.mine, found.audience, fixed.clusters),
    )  # fmt: skip
    predicted = _predicted(found, counted, criterion, past)
    return Sheet(
        strategy_id=mine.mine.strategy_id,
        version=mine.mine.version,
        content_hash=mine.mine.approval.content_hash,
        metric=criterion.metric,
        window_days=criterion.window_days,
        as_of=night.as_of,
        beside=tuple(one.experiment for one in mine.others),
        replaces=None if mine.replaces is None else mine.replaces.experiment,
        sizes=counted,
        overlap=overlaps(found.first, found.audience, found.others),
        load=loads(found.first),
        tonight=dry_run(found.tonight, night),
        first_week=dry_run(found.first, night),
        later_week=dry_run(found.later, night),
        alike=past,
        power=power,
        predicted=(*predicted, *days_forecast(power)),
    )


def _rehearsed(home: Home, night: Night, mine: Candidate) -> _Rehearsal:
    full = mine.at_full_width()
    every = full.every
    leads = standing_leads(night, every, mine=full.mine)
    with night_at(home, night.bank, night.engine, as_of=week_before(night)) as earlier:
        before = {lead.lead_id for lead in standing_leads(earlier, every, mine=full.mine)}
    scene = scene_of(night, leads, every)
    options = options_for(scene, leads, full)
    of_week = brought_by_a_week(night, leads, before, mine=full.mine)
    same = full.mine.document == mine.mine.document
    tonight = options if same else options_for(scene, leads, mine, without_it=options.without_it)
    busy = desks_before(night)
    return _Rehearsal(
        scene=scene,
        leads=leads,
        audience=audience_of(night, mine.mine),
        others={one.strategy_id: audience_of(night, one) for one in mine.others},
        tonight=rehearse(scene, mine, tonight, nights=1, busy=busy),
        first=rehearse(scene, full, options, nights=WEEK, busy=busy),
        later=rehearse(scene, full, options.of_leads(of_week), nights=WEEK, busy=Counter()),
    )


def _alike(
    home: Home, bank: BankTables, engine: Engine, mine: Candidate, criterion: Criterion, fixed: Fixed, as_of: date
) -> Alike | None:
    """Plan the document alone for the last week whose window has closed, and look at what came of it by itself."""
    day = as_of - timedelta(days=criterion.window_days)
    alone = replace(mine.at_full_width(), others=(), replaces=None)
    alone = replace(alone, mine=replace(alone.mine, launched_on=day))
    with night_at(home, bank, engine, as_of=day) as past:
        leads = standing_leads(past, (alone.mine,), mine=alone.mine)
        scene = scene_of(past, leads, (alone.mine,))
        options = Options(with_it=weighed(scene, leads, (alone.mine,)), without_it=())
        found = rehearse(scene, alone, options, nights=WEEK, busy=Counter())
        return alike(past, alone, units_of_plan(found.mine), len(audience_of(past, alone.mine)), criterion, fixed.cut)


def _predicted(found: _Rehearsal, counted: Sizes, criterion: Criterion, past: Alike | None) -> tuple[Predicted, ...]:
    channels = found.first.candidate.mine.document.plan_channels
    return (
        audience_forecast(counted.audience, past),
        *counts_of("first_week", found.first.mine, channels),
        *counts_of("later_week", found.later.mine, channels),
        *effect_forecast(found.first.mine, criterion),
        *control_forecast(past),
    )
