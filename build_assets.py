"""Hatch build hook: fetches the browser libraries with npm and compiles the translations."""
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    """Filled by the web room."""
