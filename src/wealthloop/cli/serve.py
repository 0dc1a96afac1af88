"""``wealthloop serve`` and ``migrate``."""

from typing import Annotated

import typer

from wealthloop.cli.doors import HomeOption, open_home
from wealthloop.kit import Home
from wealthloop.state import migrate_state, point_at


def serve(
    *,
    home: HomeOption,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Serve the pages of a home."""
    open_home(home)
    start(host, port)


def start(host: str, port: int) -> None:
    """Run the server until it is interrupted; the state plane is open."""
    import uvicorn

    uvicorn.run(
        "wealthloop.web.asgi:application",
        host=host,
        port=port,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=2,
    )


def migrate(*, home: HomeOption) -> None:
    """Bring a home of an older version up to this one, step by step."""
    opened = Home.open(home)
    point_at(opened)
    migrate_state()
    typer.echo(f"{opened.root}: up to date")
