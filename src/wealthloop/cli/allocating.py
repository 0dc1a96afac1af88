"""``wealthloop allocate``: ``explain`` one customer, ``certify`` prices; what names no command is a problem."""

from typing import Any, Final

import typer
from typer.core import TyperGroup

from wealthloop.cli.allocate import allocate_command, certify_command
from wealthloop.cli.explain import attach

PROBLEM: Final = "problem"
"""The command that is meant where the first word names none."""


class OrProblem(TyperGroup):
    """A group in which what names no command is given to the command ``problem``, where there is one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's signature
        """Read the arguments, with the name of the command put before them where it is left out."""
        named = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if named or PROBLEM not in self.commands else [PROBLEM, *args])


app = typer.Typer(cls=OrProblem, help="Who gets what under capacity, and why.", no_args_is_help=True)
app.command(PROBLEM)(allocate_command)
app.command("certify")(certify_command)
attach(app)
