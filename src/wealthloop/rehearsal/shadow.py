"""A night as it stood before its leads, over a shadow of the home: nothing that a rehearsal makes reaches the home.

The shadow is a folder of links to the home's own files, thrown away afterwards. What the home has not kept of a day
(features, scores, profiles, tags) is made anew, point in time: from rows known by then and models trained by then.
Features, profiles and tags made so are kept apart, for the next rehearsal of the same tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, insight, ledger, scoring
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, opening, stable_id
from wealthloop.loop.types import Night
from wealthloop.scoring.matrix import with_regions
from wealthloop.scoring.types import Lives

_BY_DAY: Final = ("features", "scores", "insight")
"""Folders of which a rehearsal may need a day that is not there."""
_MADE: Final = "rehearsed"
"""Where the days that rehearsals have made are kept, by version of the tables; nothing else reads it."""
_LEFT_OUT: Final = frozenset({"rows", "state.sqlite3", "secret.key", "ledger", _MADE})


@contextmanager
def night_at(home: Home, bank: BankTables, engine: Engine, *, as_of: date) -> Iterator[Night]:
    """Give the night of a day with everything that it had before it looked for leads."""
    with TemporaryDirectory(prefix="wealthloop-rehearsal-") as folder:
        shadow = Home(Path(folder), home.settings)
        _link(home, shadow)
        made = _made_before(home, bank)
        for name in ("features", "insight"):
            _mirror(made / name, shadow.root / name)
        _plans_before(home, shadow, as_of)
        night = Night(
            home=shadow,
            engine=engine,
            bank=bank,
            run_id=stable_id("run", as_of.isoformat()),
            as_of=as_of,
            begins=opening(as_of + timedelta(days=1), home.zone),
            now=opening(as_of + timedelta(days=1), home.zone),
        )
        _fill(night, made)
        yield night


def _made_before(home: Home, bank: BankTables) -> Path:
    """Return the folder of the days that rehearsals have made of this very version of the tables; older ones go."""
    folder = home.root / _MADE
    mine = folder / bank.version()
    for older in folder.iterdir() if folder.exists() else ():
        if older != mine:
            rmtree(older)
    for name in ("features", "insight"):
        (mine / name).mkdir(parents=True, exist_ok=True)
    return mine


def _link(home: Home, shadow: Home) -> None:
    for child in home.root.iterdir():
        if child.name in _BY_DAY:
            _mirror(child, shadow.root / child.name)
        elif child.name not in _LEFT_OUT:
            (shadow.root / child.name).symlink_to(child.resolve())
    for name in _BY_DAY:
        (shadow.root / name).mkdir(exist_ok=True)


def _plans_before(home: Home, shadow: Home, as_of: date) -> None:
    """Give the shadow the decisions of the nights before a day alone, so that no later plan is known on it.

    A run of such nights is linked; of one with later days too, as imported history is, its earlier rows are written.
    """
    decisions = ledger.read(home)
    early = pc.less(decisions["as_of"], pa.scalar(as_of, pa.date32()))
    later = set(decisions.filter(pc.invert(early))["run_id"].unique().to_pylist())
    before = decisions.filter(early)
    for file in ledger.paths(home):
        run_id = file.parent.name
        if run_id not in later:
            twin = shadow.ledger / run_id / file.name
            twin.parent.mkdir(parents=True)
            twin.symlink_to(file.resolve())
    for run_id in sorted(map(str, later & set(before["run_id"].unique().to_pylist()))):
        ledger.write(shadow, run_id, before.filter(pc.equal(before["run_id"], pa.scalar(run_id))))


def _mirror(folder: Path, copy: Path) -> None:
    """Make the folders anew and link the files that the copy lacks, so that a new file stays in the copy."""
    copy.mkdir(exist_ok=True)
    for child in folder.iterdir():
        twin = copy / child.name
        if child.is_dir() and child.name not in _LEFT_OUT:
            _mirror(child, twin)
        elif child.is_file() and not twin.is_symlink():
            twin.symlink_to(child.resolve())


def _fill(night: Night, made: Path) -> None:
    """Make what the home has not kept of the day; what depends on the tables alone is kept for other rehearsals."""
    home, day = night.home, night.as_of
    keeps = Home(made, home.settings)
    kept = f"{day.isoformat()}.parquet"
    if not (home.features / kept).exists():
        features.save(keeps, day, features.build(night.bank, night.engine, as_of=day))
    if not (home.insight / kept).exists():
        known = features.load(keeps if (keeps.features / kept).exists() else home, day)
        insight.save_tags(keeps, day, insight.tag_table(night.bank, as_of=day, features=known, zone=home.zone))
        insight.save(keeps, day, insight.profiles(night.bank, night.engine, as_of=day, features=known))
    for name in ("features", "insight"):
        _mirror(made / name, home.root / name)
    if not (home.scores / kept).exists():
        scoring.save(home, day, _scored(night, features.load(home, day)))


def _scored(night: Night, known: pa.Table) -> pa.Table:
    """Score by the models that had been trained by the day."""
    by_then = [one for one in scoring.records(night.home) if one.manifest.trained_as_of <= night.as_of]
    if any(isinstance(part, Lives) for one in by_then for part in one.manifest.spec.population):
        known = with_regions(night.bank, night.engine, known, as_of=night.as_of)
    return scoring.score(night.home, known, only={one.model_id for one in by_then})
