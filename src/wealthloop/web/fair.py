"""The page of fairness from its report: what a reader may see of it, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from wealthloop.access.scope import Scope
from wealthloop.rehearsal.fairness import Fairness, Floor
from wealthloop.rehearsal.planworth import PlanWorth
from wealthloop.rehearsal.unheld import Unheld
from wealthloop.reports.envy import MARGIN, Envy, Spread
from wealthloop.reports.fairness import Branch, Desk
from wealthloop.web.contexts.fairness import BranchLine, DeskLine, FairnessPage, MinimumLine, SpreadLine, WorthLine
from wealthloop.web.counts import SMALL, shown
from wealthloop.web.templatetags.wealthloop import DASH
from wealthloop.web.words import word

_MOST: Final = 200
"""Desks that are listed."""


def fairness_page(found: Fairness, scope: Scope) -> FairnessPage:
    """Return the page; managers stand on it by name only for a reader who may see everybody."""
    floors = {one.name: one for one in found.floors if one.kind == "branch"}
    people = scope.everything
    rooms = [one for one in found.more if one.kind == "rm"]
    homes = [one for one in found.more if one.kind == "household"]
    shared = [one for one in found.more if one.kind not in {"rm", "household"}]
    others = [*rooms[:1], *shared, *homes[:1]] if people else shared
    return FairnessPage(
        as_of=found.as_of,
        spreads=(_spread(_("Expected value"), found.value), _spread(_("Cards"), found.cards)),
        margin=MARGIN,
        desks=_desks(found) if people else (),
        desks_in_all=len(found.desks),
        sees_people=people,
        envious=len(found.envy),
        beyond_one=sum(one.beyond_one for one in found.envy),
        branches=tuple(_branch(one, floors.get(one.branch_id), scope) for one in _branches(found)),
        has_floors=bool(floors),
        minimums=tuple(_minimum(one) for one in found.floors if one.kind == "strategy"),
        worth=_worth(found.plan, scope),
        unheld=_unheld(found.unheld, scope),
        through=_apart({word("channel", name): n for name, n in found.unheld.through.items()}, scope),
        full_desks=(sum(one.worth > 0 for one in rooms), len(rooms)),
        priced=bool(found.more),
        more=tuple(one.said for one in others if one.worth > 0),
        plenty=tuple(one.said for one in others if one.worth <= 0),
    )


def _worth(plan: PlanWorth, scope: Scope) -> tuple[WorthLine, ...]:
    """Return what the plan was worth and gave up; of few lotteries nothing is told to who sees only parts."""
    few = not scope.everything and plan.lotteries is not None and 0 < plan.lotteries < SMALL
    hidden = _("under ten draws") if few else ""
    return (
        _line(_("Expected value of the plan, before control and exploration"), plan.value),
        _line(_("At most missed: the gap to the proved bound, floors included"), plan.gap, of=plan),
        _line(_("Given up for the channel preference"), plan.preference, of=plan),
        _line(_("Given up for floors of branches and strategies"), plan.floors, of=plan),
        _line(_("Given up to exploration, as expected before the draws"), plan.exploration, of=plan, hidden=hidden),
        _line(_("Given up to exploration, as drawn"), plan.drawn, of=plan, hidden=hidden),
    )


def _line(name: str, value: int | None, *, of: PlanWorth | None = None, hidden: str = "") -> WorthLine:
    if hidden or value is None:
        return WorthLine(name=name, value=None, why=hidden or _("this night did not say it"))
    return WorthLine(name=name, value=value, share=None if of is None else of.share(value))


def _spread(name: str, found: Spread) -> SpreadLine:
    figures = (DASH if one is None else f"{one:.2f}" for one in (found.gini, found.ninety_to_ten))
    gini, ratio = figures
    return SpreadLine(name=name, gini=gini, ratio=ratio)


def _desks(found: Fairness) -> tuple[DeskLine, ...]:
    envious = {one.staff_id: one for one in found.envy}
    picking = set(found.picking)
    ordered = sorted(found.desks, key=lambda one: (-one.value, one.staff_id))[:_MOST]
    return tuple(_desk(one, envious.get(one.staff_id), picks=one.staff_id in picking) for one in ordered)


def _desk(desk: Desk, envy: Envy | None, *, picks: bool) -> DeskLine:
    return DeskLine(
        staff_id=desk.staff_id,
        branch_id=desk.branch_id or DASH,
        room=desk.room,
        planned=desk.planned,
        cards=desk.cards,
        load=desk.load,
        value=desk.value,
        per_card=None if desk.value_per_card is None else round(desk.value_per_card),
        touched=desk.share_touched,
        envied="" if envy is None else envy.envied,
        movable=envy is not None and envy.beyond_one,
        picks=picks,
    )


def _branches(found: Fairness) -> list[Branch]:
    """Return the branches, those too that have a floor and no customer."""
    known = {one.branch_id for one in found.branches}
    empty = [
        Branch(branch_id=one.name, customers=0, planned=0, contacts=0, value=0)
        for one in found.floors
        if one.kind == "branch" and one.name not in known
    ]
    return sorted([*found.branches, *empty], key=lambda one: one.branch_id)


def _branch(branch: Branch, floor: Floor | None, scope: Scope) -> BranchLine:
    small = not scope.everything and (branch.contacts < SMALL or branch.customers < SMALL)
    contacts, value = branch.contacts_per_thousand, branch.value_per_thousand
    return BranchLine(
        branch_id=branch.branch_id,
        customers=shown(branch.customers, scope),
        contacts=shown(branch.contacts, scope),
        contacts_per_thousand=DASH if small or contacts is None else f"{contacts:,.1f}",
        value_per_thousand=None if small or value is None else round(value),
        floor="" if floor is None else f"{floor.least:,}",
        missed=() if floor is None else _missed(floor),
    )


def _minimum(floor: Floor) -> MinimumLine:
    return MinimumLine(strategy_id=floor.name, least=floor.least, missed=_missed(floor))


def _missed(floor: Floor) -> tuple[str, ...]:
    return tuple(word("floor", why) for why in floor.why)


def _unheld(found: Unheld, scope: Scope) -> tuple[tuple[str, str], ...]:
    parts = {
        _("Contacted"): found.contacted,
        _("Nothing: only a person may serve them"): found.only_person,
        _("Nothing: no rule-abiding contact of a running strategy"): found.nobody,
        _("Nothing: their turn has not come, or others were worth more"): found.other,
    }
    seats = found.only_person - found.only_manager
    managers = _apart({"": found.only_manager, " ": seats}, scope)[0][1]
    return (
        (_("Customers in nobody's book"), shown(found.customers, scope)),
        (_("With an open lead"), shown(found.with_lead, scope)),
        *_apart(parts, scope),
        (_("Of those whom only a person may serve, not even a remote seat"), managers),
    )


def _apart(parts: Mapping[str, int], scope: Scope) -> tuple[tuple[str, str], ...]:
    """Write the parts of a whole; where one alone is small, another goes too, so that no subtraction tells it."""
    told = {name: shown(n, scope) for name, n in parts.items()}
    hidden = _small(parts) if not scope.everything else []
    if len(hidden) == 1:
        others = [name for name in parts if parts[name] > 0 and name not in hidden]
        if others:
            told[min(others, key=lambda name: parts[name])] = DASH
    return tuple(told.items())


def _small(parts: Mapping[str, int]) -> Sequence[str]:
    return [name for name, n in parts.items() if 0 < n < SMALL]
