"""Opens the state plane of a home: points Django at it and brings its schema up to date."""

import os

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from wealthloop.errors import HomeError
from wealthloop.kit import Home


def open_state(home: Home, *, create: bool = False) -> None:
    """Set Django up on a home's state file; called once in a process, by a door.

    The mark ``state.making`` stands while a new state is made, so that a killed first opening goes on.

    Raises:
        HomeError: another home is already open in this process, or the state's schema is not this version's.
    """
    point_at(home)
    making = home.root / "state.making"
    if create and (making.exists() or not home.state.exists()):
        making.touch()
        migrate_state()
        making.unlink()
    elif _unapplied():
        raise HomeError(f"{home.state}: the state is of an older version, run 'wealthloop migrate --home {home.root}'")


def migrate_state() -> None:
    """Apply every migration that the state plane lacks."""
    call_command("migrate", verbosity=0, interactive=False)


def point_at(home: Home) -> None:
    """Set Django up on a home, whatever the version of its state."""
    wanted = str(home.root.resolve())
    named = os.environ.get("WEALTHLOOP_HOME")
    if apps.ready:
        if named != wanted:
            raise HomeError(f"this process already works on {named}, start another for {wanted}")
        return
    os.environ["WEALTHLOOP_HOME"] = wanted
    os.environ["DJANGO_SETTINGS_MODULE"] = "wealthloop.settings"
    django.setup()


def _unapplied() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
