"""``wealthloop credits``: whose sales they are, by branch and person."""

from datetime import datetime
from typing import Annotated

import typer

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home
from wealthloop.errors import NotFound


def credits_command(
    *,
    home: HomeOption,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first bank day of purchases.")],
    as_json: JsonOption = False,
) -> None:
    """Credit the purchases that followed a contact to people, by each strategy's own rule; observational."""
    from wealthloop.bank import BankTables
    from wealthloop.engines import DuckDBEngine

    opened = open_home(home)
    from wealthloop.reports.credit import by_person, credits_of

    as_of = opened.current()
    if as_of is None:
        raise NotFound("no night is complete, run one with 'wealthloop run --as-of DATE'")
    engine = DuckDBEngine()
    bank = BankTables(opened, engine)
    found = credits_of(bank, engine, zone=opened.zone, since=since.date(), as_of=as_of)
    rows = by_person(found)
    if as_json:
        names = ("branch_id", "staff_id", "purchases", "amount_fen")
        rows_told = [dict(zip(names, row, strict=True)) for row in rows]
        emit({"kind": "observational", "as_of": as_of.isoformat(), "credits": rows_told})
        return
    for branch, staff, purchases, amount in rows:
        typer.echo(f"{branch or '-'}  {staff or '-'}  {purchases} purchases  {amount / 100:,.2f} yuan")
    typer.echo("observational: whose contact a purchase followed, not what it added" if rows else "nothing is credited")
