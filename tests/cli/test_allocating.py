"""One command takes what names no command."""

import typer
from typer.testing import CliRunner

from wealthloop.cli.allocating import PROBLEM, OrProblem
from wealthloop.cli.app import app


def test_what_names_no_command_is_a_problem_and_explain_stays_explain() -> None:
    group = typer.Typer(cls=OrProblem)

    @group.command(PROBLEM)
    def problem(folder: str, *, out: str = typer.Option(...)) -> None:
        typer.echo(f"{folder} {out}")

    @group.command("explain")
    def explain(customer: str) -> None:
        typer.echo(f"why {customer}")

    assert CliRunner().invoke(group, ["folder", "--out", "plan.parquet"]).stdout == "folder plan.parquet\n"
    assert CliRunner().invoke(group, ["--out", "plan.parquet", "folder"]).stdout == "folder plan.parquet\n"
    assert CliRunner().invoke(group, ["explain", "C1"]).stdout == "why C1\n"
    assert "explain" in CliRunner().invoke(group, ["--help"]).stdout


def test_a_customer_is_explained_on_the_command_line() -> None:
    assert "customer" in CliRunner().invoke(app, ["allocate", "explain", "--help"]).stdout
