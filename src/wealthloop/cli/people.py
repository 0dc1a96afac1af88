"""``wealthloop people``: who can log in."""

from typing import Annotated

import typer

from wealthloop.cli.doors import HomeOption, open_home
from wealthloop.kit import clock_of

app = typer.Typer(no_args_is_help=True, help="Who can log in.")


@app.command("add")
def add(
    username: str,
    *,
    home: HomeOption,
    role: Annotated[str, typer.Option(help="rm, remote_agent, branch_head, strategy, data, compliance, head ...")],
    staff_id: Annotated[str, typer.Option(help="The person's staff_id in the bank's tables.")] = "",
    branch_id: Annotated[str, typer.Option(help="The person's branch_id in the bank's tables.")] = "",
    language: Annotated[str, typer.Option(help="zh-hans or en.")] = "zh-hans",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="At least ten characters.")
    ],
) -> None:
    """Add a person who can log in."""
    opened = open_home(home)
    from wealthloop.access.people import add_person

    add_person(
        username,
        role=role,
        staff_id=staff_id,
        branch_id=branch_id,
        language=language,
        password=password,
        now=clock_of(opened).now(),
    )
    typer.echo(f"{username} can log in as {role}")


@app.command("list")
def list_people(*, home: HomeOption) -> None:
    """List who can log in."""
    open_home(home)
    from wealthloop.access.models import Person

    for person in Person.objects.order_by("username"):
        typer.echo(f"{person.username}\t{person.role}\t{person.staff_id}\t{person.branch_id}")
