"""World files on disk: shipped or given, standing on a base or whole, every wrong key and value named."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from os.path import normpath
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wealthloop.errors import DocumentError
from wealthloop.sandbox.spec import WorldSpec


def shipped_worlds() -> tuple[str, ...]:
    """Return the names of the shipped worlds, sorted."""
    folder = resources.files("wealthloop.sandbox") / "worlds"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load_world(name: str | Path = "default") -> WorldSpec:
    """Return a shipped world by name, or the world of a TOML file.

    A file that says ``base`` gives only what differs from that world: tables are merged key by key, everything else
    (arrays of tables such as ``products`` among it) is replaced whole. A base is a shipped world's name, or a path to
    a ``.toml`` file from the folder of the file that names it.

    Raises:
        DocumentError: no such world, a base that is unknown or stands on itself, not TOML, or wrong keys or values,
            each named by its path in the file.
    """
    label, document = _merged(name, Path(), ())
    try:
        return WorldSpec.model_validate(document)
    except ValidationError as error:
        raise DocumentError("; ".join(f"{label}: {_line(found)}" for found in error.errors())) from error


def _merged(name: str | Path, folder: Path, above: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """Return a world file's label and content upon its base's."""
    label, text, place = _read(name, folder)
    if label in above:
        raise DocumentError(f"{above[0]}: key base: stands on itself ({' -> '.join((*above, label))})")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{label}: not readable as TOML ({error})") from error
    if "base" not in document:
        return label, document
    base = document.pop("base")
    if not isinstance(base, str):
        raise DocumentError(f"{label}: key base: must be the name of a shipped world or of a .toml file")
    try:
        _, under = _merged(base, place, (*above, label))
    except _UnknownWorldError as error:
        raise DocumentError(f"{label}: key base: {error}") from error
    return label, _upon(under, document)


def _upon(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return two documents merged, table by table; the second wins."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _upon(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


class _UnknownWorldError(DocumentError):
    """No such world."""


def _read(name: str | Path, folder: Path) -> tuple[str, str, Path]:
    """Return a file's label, its text and the folder in which it stands."""
    path = Path(name)
    if path.suffix == ".toml":
        path = Path(normpath(folder / path))  # so that a file has one label, by whatever way it is named
        try:
            return str(path), path.read_text(encoding="utf-8"), path.parent
        except (OSError, UnicodeDecodeError) as error:
            raise _UnknownWorldError(f"{path}: not readable ({error})") from error
    if str(name) not in shipped_worlds():
        raise _UnknownWorldError(f"world == {name}, must be one of {', '.join(shipped_worlds())} or a .toml file")
    shipped = resources.files("wealthloop.sandbox") / "worlds" / f"{path.name}.toml"
    return f"{path.name}.toml", shipped.read_text(encoding="utf-8"), Path()


def _line(found: ErrorDetails) -> str:
    key = ".".join(str(part) for part in found["loc"])
    return f"key {key}: {found['msg']}" if key else str(found["msg"])
