"""``wealthloop strategy library``: the strategies that are ready to be taken and changed."""

from typing import Annotated

import typer

from wealthloop.cli.doors import JsonOption, emit


def library(
    strategy_id: Annotated[str, typer.Argument(help="Print the document of this one, YAML, to begin a draft.")] = "",
    *,
    as_json: JsonOption = False,
) -> None:
    """List the ready strategies with what each is judged by, or print the document of one."""
    from wealthloop.strategies.load import shipped, shipped_text

    if strategy_id:
        typer.echo(shipped_text(strategy_id), nl=False)
        return
    rows = [
        {
            "id": one.id, "name": one.name.model_dump(), "purpose": one.purpose.model_dump(), "owner": one.owner,
            "triggers": list(one.triggers), "channels": list(one.plan_channels),
            "offers": list(one.offer.all_categories), "success": one.success.model_dump(mode="json"),
        }
        for one in shipped()
    ]  # fmt: skip
    if as_json:
        emit({"strategies": rows})
    for one in () if as_json else shipped():
        judged = f"{one.success.metric} within {one.success.window_days} days"
        typer.echo(f"{one.id}\t{one.name.zh} {one.name.en}\t{judged}\t{', '.join(one.triggers)}")
