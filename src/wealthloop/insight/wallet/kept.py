"""Wallet models kept as plain text, one file each, and the wallets of each night."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine, load_snapshot, save_snapshot
from wealthloop.errors import HomeError
from wealthloop.insight.wallet.conformal import Band, Line
from wealthloop.insight.wallet.estimate import comparable, fit_wallet
from wealthloop.insight.wallet.peers import LEAST, Peers
from wealthloop.insight.wallet.types import LeftOut, Sample, WalletModel
from wealthloop.kit import Home, write_atomic

GOOD_DAYS: Final = 31
"""Days for which a model is used before another is fitted."""
_SEED: Final = 7


def folder(home: Home) -> Path:
    """Return where the wallets of each night are kept; the models are in its ``models``."""
    return home.insight / "wallet"


def model_for(home: Home, bank: BankTables, engine: Engine, features: pa.Table, *, as_of: date) -> WalletModel | None:
    """Return the kept model that is still good, else one that is fitted now; None where too few can be compared.

    Args:
        home: where models are kept; nothing is written.
        bank: the bank's tables.
        engine: on which large tables are joined.
        features: of ``as_of``.
        as_of: the last day that counts.
    """
    if comparable(features) < LEAST:
        return None
    return load_model(home, as_of) or fit_wallet(bank, engine, features, as_of=as_of, seed=_SEED)


def save_model(home: Home, model: WalletModel) -> Path:
    """Keep a model, atomically; the same model gives the same bytes."""
    path = folder(home) / "models" / f"{model.as_of.isoformat()}.json"
    write_atomic(path, (json.dumps(_plain(model), ensure_ascii=False, indent=1) + "\n").encode())
    return path


def load_model(home: Home, as_of: date) -> WalletModel | None:
    """Return the newest model of an earlier day, None where there is none that is still good.

    Raises:
        HomeError: its file is not what was written.
    """
    kept = sorted((folder(home) / "models").glob("*.json"))
    ours = [path for path in kept if as_of - timedelta(days=GOOD_DAYS) < date.fromisoformat(path.stem) < as_of]
    return _read(ours[-1]) if ours else None


def save_wallets(home: Home, as_of: date, table: pa.Table) -> Path:
    """Keep a day's wallets (``wallets``) as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(folder(home), as_of, table)


def load_wallets(home: Home, as_of: date) -> pa.Table:
    """Read a day's wallets.

    Raises:
        NotFound: none were kept of that day.
    """
    return load_snapshot(folder(home), as_of)


def _plain(model: WalletModel) -> dict[str, Any]:
    sample = model.sample
    return {
        "as_of": model.as_of.isoformat(),
        "salt": model.peers.salt,
        "codes": {name: list(words) for name, words in model.peers.codes.items()},
        "boosters": [booster.model_to_string() for booster in model.peers.boosters],
        "sample": {
            name: getattr(sample, name).tolist() for name in ("here", "x", "y", "folds")
        },
        "middle": None if model.middle is None else asdict(model.middle),
        "bands": {repr(level): asdict(band) for level, band in model.bands.items()},
        "left_out": dict(model.left_out),
    }  # fmt: skip


def _read(path: Path) -> WalletModel:
    try:
        return _model(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, lgb.basic.LightGBMError) as error:
        raise HomeError(f"{path}: not the wallet model that was written ({error!r}), restore or remove it") from error


def _model(told: Mapping[str, Any]) -> WalletModel:
    sample = told["sample"]
    return WalletModel(
        as_of=date.fromisoformat(told["as_of"]),
        peers=Peers(
            boosters=tuple(lgb.Booster(model_str=text) for text in told["boosters"]),
            codes={name: tuple(words) for name, words in told["codes"].items()},
            salt=told["salt"],
        ),
        sample=Sample(
            here=np.array(sample["here"], dtype=np.float64),
            x=np.array(sample["x"], dtype=np.float64).reshape(-1, 2),
            y=np.array(sample["y"], dtype=np.float64),
            folds=np.array(sample["folds"], dtype=np.int64),
        ),
        middle=None if told["middle"] is None else _line(told["middle"]),
        bands={
            float(level): Band(low=_line(band["low"]), high=_line(band["high"]), offset=band["offset"])
            for level, band in told["bands"].items()
        },
        left_out={LeftOut(why): count for why, count in told["left_out"].items()},
    )


def _line(told: Mapping[str, Any]) -> Line:
    return Line(intercept=told["intercept"], slopes=tuple(told["slopes"]))
