"""``wealthloop leads``: the moments that were found, with their evidence."""

from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day
from wealthloop.cli.live import placed, watch_command
from wealthloop.cli.plain import opened_at
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home, clock_of, day_of

if TYPE_CHECKING:
    from wealthloop.leads.repository import LeadView

app = typer.Typer(help="Leads: moments found in the data, each with its evidence and an end.", no_args_is_help=True)


@app.command("list")
def list_leads(
    home: HomeOption,
    *,
    as_of: Annotated[str, typer.Option("--as-of", help="Day YYYY-MM-DD; the newest night's by default.")] = "",
    customer: Annotated[str | None, typer.Option("--customer", help="Of this customer alone.")] = None,
    trigger: Annotated[str | None, typer.Option("--trigger", help="Of this trigger alone.")] = None,
    json_: JsonOption = False,
) -> None:
    """List the leads that were found by a day and are not over on it, the most urgent first.

    In a home where no night has run yet they are found now, in the bank's tables, and are not recorded.
    """
    night = open_home(home).current()
    from wealthloop.leads.repository import listed
    from wealthloop.leads.triggers import rule_of

    if trigger is not None:
        rule_of(trigger)
    if night is None:
        day, found = _found_now(home, as_of)
        found = [one for one in found if customer in (None, one.customer_id) and trigger in (None, one.trigger)]
    else:
        day = parse_day(as_of) if as_of else night
        found = listed(day, customer_id=customer, trigger=trigger)
    leads = [_told(lead) for lead in found]
    if json_:
        emit({"as_of": day.isoformat(), "recorded": night is not None, "leads": leads})
        return
    for lead in leads:
        typer.echo(
            f"{lead['customer_id']}  {lead['trigger']}  {lead['occurred_on']} - {lead['expires_on']}  {lead['en']}"
        )


@app.command("place")
def place_leads(
    home: HomeOption,
    *,
    lead: Annotated[str, typer.Option("--lead", help="This lead alone.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Every open lead that was found since the night.")] = False,
    json_: JsonOption = False,
) -> None:
    """Give leads of the day their places at the night's prices, within what the night has left.

    What is placed stands in the ledger and the outbox, from where 'wealthloop deliver' sends it.
    """
    if new == bool(lead):
        raise InvalidInput("name one lead with --lead, or --new for those found since the night")
    opened = open_home(home)
    now, began = clock_of(opened).now(), perf_counter()
    from wealthloop.loop.day import open_day
    from wealthloop.loop.intraday import place_all
    from wealthloop.loop.placing import Declined, Placed

    wanted = _wanted(opened, lead, now)
    day = open_day(opened, now=now, customers={one.customer_id for one in wanted})
    opened_after = perf_counter() - began
    outcomes = place_all(day, wanted, now=now)
    taken = [placed(one) for one in outcomes if isinstance(one, Placed)]
    declined = [{"lead_id": one.lead_id, "reason": one.reason} for one in outcomes if isinstance(one, Declined)]
    if json_:
        emit({
            "as_of": day.night.as_of.isoformat(), "day": day.night.first_day.isoformat(), "placed": taken,
            "declined": declined, "opening_seconds": round(opened_after, 3),
            "placing_ms": round(1000 * (perf_counter() - began - opened_after), 1),
        })  # fmt: skip
        return
    for one in taken:
        typer.echo(f"{one['lead_id']}  {one['strategy']}  {one['channel']}  {one['disposition']}")
    for two in declined:
        typer.echo(f"{two['lead_id']}  {two['reason']}")


def _wanted(home: Home, lead: str, now: datetime) -> "list[LeadView]":
    from wealthloop.leads.repository import by_ids
    from wealthloop.loop.intraday import new_leads

    night = home.current()
    if lead:
        found = by_ids([lead])
        if lead not in found:
            raise NotFound(f"lead {lead}: not in this home, 'wealthloop leads list' names those that are")
        return [found[lead]]
    return [] if night is None else new_leads(night, today=day_of(now, home.zone))


def _found_now(home: Path, as_of: str) -> "tuple[date, list[LeadView]]":
    from wealthloop import features
    from wealthloop.insight import profiles
    from wealthloop.leads.detect import detect
    from wealthloop.leads.repository import unrecorded

    opened = opened_at(home, as_of)
    made = features.build(opened.bank, opened.engine, as_of=opened.as_of)
    known = profiles(opened.bank, opened.engine, as_of=opened.as_of, features=made)
    events = detect(opened.bank, opened.engine, as_of=opened.as_of, features=made, profiles=known)
    return opened.as_of, unrecorded(events, as_of=opened.as_of)


def _told(lead: Any) -> dict[str, Any]:  # noqa: ANN401 - imported after Django is set up
    from wealthloop.leads.triggers import rule_of
    from wealthloop.strategies.evidence import shown

    rule = rule_of(lead.trigger)
    return {
        "lead_id": lead.lead_id,
        "customer_id": lead.customer_id,
        "trigger": lead.trigger,
        "title": {"zh": rule.zh, "en": rule.en},
        "zh": rule.sentence.zh.format_map(shown(lead.evidence, "zh-hans")),
        "en": rule.sentence.en.format_map(shown(lead.evidence, "en")),
        "priority": rule.priority,
        "needs": list(rule.needs),
        "occurred_on": lead.occurred_on.isoformat(),
        "found_on": lead.found_on.isoformat(),
        "expires_on": lead.expires_on.isoformat(),
        "state": lead.state,
        "evidence": lead.evidence,
    }


app.command("watch")(watch_command)
