"""A home: the one folder in which a bank's two planes live."""

import json
import secrets
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import tomli_w
from pydantic import ValidationError

from wealthloop.config import HOME_SCHEMA, HomeKind, HomeSettings
from wealthloop.errors import HomeError
from wealthloop.kit.cipher import Cipher
from wealthloop.kit.files import write_atomic


@dataclass(frozen=True, slots=True)
class Home:
    """The paths and settings of a home folder."""

    root: Path
    settings: HomeSettings

    @classmethod
    def create(cls, root: Path, *, kind: HomeKind = "bank", bank_name: str = "Bank", salt: str | None = None) -> Self:
        """Make a new home in an empty or absent folder.

        Raises:
            HomeError: the folder is not empty.
        """
        if root.exists() and any(root.iterdir()):
            raise HomeError(f"{root} is not empty, name an empty folder or open the home that is in it")
        chosen = salt or secrets.token_hex(16)
        settings = HomeSettings(schema_version=HOME_SCHEMA, kind=kind, bank_name=bank_name, salt=chosen)
        home = cls(root, settings)
        home.save()
        return home

    @classmethod
    def open(cls, root: Path) -> Self:
        """Open a home of this version.

        Raises:
            HomeError: no home there, its file is broken, or it is of another version.
        """
        file = root / "home.toml"
        if not file.exists():
            raise HomeError(f"{root} holds no home.toml, make a home with 'wealthloop ingest' or 'wealthloop demo'")
        try:
            found = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise HomeError(f"{file}: not readable as TOML ({error}), restore it from a backup") from error
        version = found.get("schema_version")
        if version != HOME_SCHEMA:
            advice = "run 'wealthloop migrate'" if _older(version) else "use the newer wealthloop that made it"
            raise HomeError(f"{file}: schema_version == {version}, must be {HOME_SCHEMA}: {advice}")
        try:
            return cls(root, HomeSettings.model_validate(found))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise HomeError(f"{file}: key {key}: {first['msg']}") from error

    @classmethod
    def open_or_create(cls, root: Path) -> Self:
        """Open the home, or make one where there is nothing."""
        if not root.exists() or not any(root.iterdir()):
            return cls.create(root)
        return cls.open(root)

    def with_kind(self, kind: HomeKind) -> "Home":
        """Return the home marked as another kind, with the mark saved."""
        home = Home(self.root, self.settings.model_copy(update={"kind": kind}))
        home.save()
        return home

    def save(self) -> None:
        """Write home.toml."""
        content = tomli_w.dumps(self.settings.model_dump())
        write_atomic(self.root / "home.toml", content.encode(), mode=0o600)

    @property
    def zone(self) -> ZoneInfo:
        """The bank's time zone."""
        return ZoneInfo(self.settings.zone)

    @property
    def state(self) -> Path:
        """The state plane's SQLite file."""
        return self.root / "state.sqlite3"

    @property
    def tables(self) -> Path:
        """The bank's tables, Parquet."""
        return self.root / "tables"

    @property
    def features(self) -> Path:
        """Feature snapshots, one Parquet file a day."""
        return self.root / "features"

    @property
    def scores(self) -> Path:
        """Scores by snapshot, one Parquet file a day."""
        return self.root / "scores"

    @property
    def insight(self) -> Path:
        """Customer insight by snapshot, one Parquet file a day."""
        return self.root / "insight"

    @property
    def models(self) -> Path:
        """The model registry."""
        return self.root / "models"

    @property
    def ledger(self) -> Path:
        """Decision records, one folder a run."""
        return self.root / "ledger"

    @property
    def quarantine(self) -> Path:
        """Rows that were refused, with their reasons and original text."""
        return self.root / "quarantine"

    @property
    def cipher(self) -> Cipher:
        """The home's cipher for columns that name a person."""
        return Cipher.open(self.root / "secret.key")

    @property
    def allows_real_connectors(self) -> bool:
        """Whether messages may ever leave for real people."""
        return self.settings.kind == "bank"

    def current(self) -> date | None:
        """Return the ``as_of`` day of the newest complete night, or None before the first."""
        file = self.root / "CURRENT"
        if not file.exists():
            return None
        return date.fromisoformat(json.loads(file.read_text(encoding="utf-8"))["as_of"])

    def set_current(self, *, as_of: date, run_id: str) -> None:
        """Swap the pointer to the newest complete night."""
        content = json.dumps({"as_of": as_of.isoformat(), "run_id": run_id})
        write_atomic(self.root / "CURRENT", content.encode())


def _older(version: object) -> bool:
    return isinstance(version, int) and version < HOME_SCHEMA
