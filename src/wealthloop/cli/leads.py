"""``wealthloop leads``: the moments that were found, with their evidence."""

from typing import Annotated, Any

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home, parse_day
from wealthloop.errors import NotFound

app = typer.Typer(help="Leads: moments found in the data, each with its evidence and an end.", no_args_is_help=True)


@app.command("list")
def list_leads(
    home: HomeOption,
    *,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; the newest night's by default.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Of this customer alone.")] = None,
    trigger: Annotated[str | None, typer.Option("--trigger", help="Of this trigger alone.")] = None,
    json_: JsonOption = False,
) -> None:
    """List the leads that were found by a day and are not over on it, the most urgent first."""
    opened = open_home(home)
    from wealthloop.leads.repository import listed
    from wealthloop.leads.triggers import rule_of

    day = parse_day(as_of) if as_of is not None else opened.current()
    if day is None:
        raise NotFound("no night is complete, run one with 'wealthloop run --as-of DATE'")
    if trigger is not None:
        rule_of(trigger)
    leads = [_told(lead) for lead in listed(day, customer_id=customer, trigger=trigger)]
    if json_:
        emit({"as_of": day.isoformat(), "leads": leads})
        return
    for lead in leads:
        typer.echo(
            f"{lead['customer_id']}  {lead['trigger']}  {lead['occurred_on']} - {lead['expires_on']}  {lead['en']}"
        )


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
