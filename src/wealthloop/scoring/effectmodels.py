"""Effects of a strategy's contacts, customer by customer, learnt from its own logged arms: the family ``uplift``.

A version is plain text in the registry: what is known of it, and the lines and trees that make up the effect.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from wealthloop import __version__
from wealthloop.errors import HomeError
from wealthloop.kit import Home, buckets, content_hash, write_atomic
from wealthloop.scoring.health import MATURE_POSITIVES
from wealthloop.scoring.matrix import predictors_hash
from wealthloop.scoring.policyvalue import Logged, difference
from wealthloop.scoring.qini import Measured, Trial, bootstrapped, curve_with_band, qini, qini_of
from wealthloop.scoring.tabular.causal import Rows
from wealthloop.scoring.tabular.effects import ArmEffect, Line, arm_effect
from wealthloop.scoring.tabular.written import read_back, written
from wealthloop.scoring.types import Flag, Floats

PROPENSITY: Final = "propensity"
"""The predictor that is no feature: what the strategy's own model said of a purchase without a contact."""
LIFE_DAYS: Final = 30
LEAST_UNITS: Final = 2_000
"""Matured customers below which nothing is learnt."""
LEAST_CONVERSIONS: Final = 200
LEAST_IN_AN_ARM: Final = 200
MARGIN: Final = 0.01
"""By how much of Qini a version may be worse than the one before it at most, as far as the interval can tell."""
_LEAST_TO_COMPARE: Final = 500
"""Customers planned since a version was learnt, on whom the next is compared with it."""
_PARTS: Final = 5
_POINTS: Final = 21
_EFFECT: Final = "effect.json"
_MANIFEST: Final = "manifest.json"
_CURRENT: Final = "CURRENT_EFFECT"
_NEWEST: Final = "NEWEST_EFFECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectUnits:
    """Customers whose outcome window has closed, arrays of shape (n,) unless said otherwise."""

    customer_id: tuple[str, ...]
    x: Floats
    """What was known when the contact was planned, shape (n, n_predictors), NaN where not known."""
    predictors: tuple[str, ...]
    treated: NDArray[np.bool_]
    first_day: NDArray[np.datetime64]
    """When they were first planned."""
    converted: Floats
    """1 or 0."""
    share: float
    """The probability with which the lottery of the arms treats."""

    @property
    def enough(self) -> bool:
        """Whether there is enough to learn from."""
        treated = int(self.treated.sum())
        arms = min(treated, len(self.treated) - treated)
        return (
            len(self.treated) >= LEAST_UNITS
            and arms >= LEAST_IN_AN_ARM
            and float(self.converted.sum()) >= LEAST_CONVERSIONS
        )


class EffectManifest(BaseModel):
    """All that is known of a version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    model_id: str
    """``uplift/<strategy>/conversion``."""
    owner: str
    zh: str
    en: str
    trained_as_of: date
    expires_on: date
    seed: int
    code_version: str
    predictors: tuple[str, ...]
    predictors_hash: str
    treated: int
    control: int
    conversions: int
    last_planned: date
    """The last day on which a customer who was learnt from was first planned."""
    units_digest: str
    average: Measured
    """The average effect of a contact on the share that converts."""
    ranking: Measured
    """Qini of customers that had not been seen."""
    random: Measured
    """Qini of a random score on the same customers: its interval must hold 0."""
    slope: Measured
    """Of the calibration on customers that had not been seen."""
    by_learner: dict[str, float]
    first_half: Measured
    """What contacting the better half is worth more a customer than contacting a random half, doubly robust."""
    curve: tuple[tuple[float, float, float, float], ...]
    """The Qini curve: share of customers, conversions gained a treated customer, ends of its 95 % interval."""
    calibration: tuple[tuple[float, float, float], ...]
    """By fifth of the score: the effect that was foretold, and the middle and half-width of the one that was seen."""
    line: Line
    against: Measured | None
    """Qini less that of the version before, on customers that neither had seen; None where there are too few."""
    flags: tuple[Flag, ...]
    effect_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRecord:
    """A version in the registry."""

    version: str
    manifest: EffectManifest

    @property
    def usable(self) -> bool:
        """Whether it may spread a strategy's effect over customers."""
        return self.manifest.flags == (Flag.GOOD,)


def train_effect(
    home: Home, units: EffectUnits, *, model_id: str, owner: str, zh: str, en: str, as_of: date, seed: int
) -> EffectRecord | None:
    """Learn, judge and publish the effect of a strategy; it is used where it is not worse than the version before.

    Returns:
        The new version; None where there is not enough to learn from.
    """
    if not units.enough:
        return None
    rows = Rows(
        x=units.x, categorical=(), treated=units.treated.astype(np.float64), outcome=units.converted,
        share=np.full(len(units.treated), units.share),
        part=np.floor(buckets(f"{seed}/parts/{model_id}", units.customer_id) * _PARTS),
    )  # fmt: skip
    learnt = arm_effect("contact", rows, units.converted, is_binary=True, seed=seed)
    trial = Trial(score=learnt.unseen, treated=rows.treated, outcome=units.converted)
    before = current_effect(home, model_id)
    against = None if before is None else _against(home, before, units, trial)
    effect = json.dumps(written(learnt.effect), sort_keys=True).encode()
    manifest = EffectManifest(
        model_id=model_id, owner=owner, zh=zh, en=en, trained_as_of=as_of,
        expires_on=as_of + timedelta(days=LIFE_DAYS), seed=seed, code_version=__version__,
        predictors=units.predictors, predictors_hash=predictors_hash(), treated=learnt.n_treated,
        control=learnt.n_control, conversions=int(units.converted.sum()), last_planned=_last(units),
        units_digest=_digest(units),
        average=learnt.average, ranking=learnt.ranking, random=qini(_at_random(trial, seed)), slope=learnt.slope,
        by_learner=learnt.by_learner, first_half=_first_half(learnt, rows), curve=curve_with_band(trial, _POINTS),
        calibration=_calibration(learnt), line=learnt.line, against=against, flags=_flags(learnt, units),
        effect_digest=content_hash(effect),
    )  # fmt: skip
    return _publish(home, manifest, effect, current=against is None or against.low > -MARGIN)


def current_effect(home: Home, model_id: str) -> EffectRecord | None:
    """Return the version in use, None where there is none.

    Raises:
        HomeError: its manifest is missing or broken.
    """
    return _pointed_at(home, model_id, _CURRENT)


def newest_effect(home: Home, model_id: str) -> EffectRecord | None:
    """Return the version that was learnt last, in use or not, None where there is none.

    Raises:
        HomeError: its manifest is missing or broken.
    """
    return _pointed_at(home, model_id, _NEWEST)


def _pointed_at(home: Home, model_id: str, name: str) -> EffectRecord | None:
    pointer = home.models / model_id / name
    if not pointer.exists():
        return None
    version = pointer.read_text(encoding="utf-8")
    path = pointer.parent / version / _MANIFEST
    try:
        return EffectRecord(version=version, manifest=EffectManifest.model_validate_json(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise HomeError(f"{path}: not readable as an effect's manifest, restore it or train again") from error


def current_effects(home: Home) -> tuple[EffectRecord, ...]:
    """Return the versions in use of every strategy, by id."""
    folders = sorted(str(path.parent.relative_to(home.models)) for path in home.models.glob(f"uplift/*/*/{_CURRENT}"))
    found = [current_effect(home, folder) for folder in folders]
    return tuple(one for one in found if one is not None)


def effects_of(home: Home, record: EffectRecord, x: Floats) -> Floats:
    """Return the calibrated effect of a contact on customers, shape (n,), in shares that convert.

    Raises:
        HomeError: the file is missing or not the one that was written.
    """
    path = home.models / record.manifest.model_id / record.version / _EFFECT
    data = path.read_bytes() if path.exists() else b""
    if content_hash(data) != record.manifest.effect_digest:
        raise HomeError(f"{path}: not the effect that was written, restore it or train again")
    return record.manifest.line.at(read_back(json.loads(data))(x))[0]


def _publish(home: Home, manifest: EffectManifest, effect: bytes, *, current: bool) -> EffectRecord:
    told: dict[str, Any] = manifest.model_dump(mode="json")
    data = (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    version = content_hash(data)[:32]
    folder = home.models / manifest.model_id / version
    write_atomic(folder / _EFFECT, effect)
    write_atomic(folder / _MANIFEST, data)
    write_atomic(folder.parent / _NEWEST, version.encode())
    if current:
        write_atomic(folder.parent / _CURRENT, version.encode())
    return EffectRecord(version=version, manifest=manifest)


def _flags(learnt: ArmEffect, units: EffectUnits) -> tuple[Flag, ...]:
    """Judge: an order that chance could have made is ``low``, a calibration that is off ``drifted``."""
    if units.converted.sum() < MATURE_POSITIVES:
        return (Flag.IMMATURE,)
    return (Flag.GOOD,) if learnt.ranking.low > 0 else (Flag.LOW,)


def _last(units: EffectUnits) -> date:
    day: date = units.first_day.max().astype("datetime64[D]").item()
    return day


def _digest(units: EffectUnits) -> str:
    text = repr((units.customer_id, units.treated.tolist(), units.converted.tolist()))
    return content_hash(text.encode())[:32]


def _at_random(trial: Trial, seed: int) -> Trial:
    score = np.random.default_rng(seed).random(len(trial.score))
    return Trial(score=score, treated=trial.treated, outcome=trial.outcome)


def _against(home: Home, before: EffectRecord, units: EffectUnits, trial: Trial) -> Measured | None:
    """Return the Qini of the new less that of the version before, on customers that neither had seen.

    None where too few have been planned since, or the version before reads what is not known of them.
    """
    lacking = [name for name in before.manifest.predictors if name not in units.predictors]
    since = units.first_day > np.datetime64(before.manifest.last_planned)
    if lacking or since.sum() < _LEAST_TO_COMPARE or not 0 < trial.treated[since].sum() < since.sum():
        return None
    ours = [units.predictors.index(name) for name in before.manifest.predictors]
    treated, outcome = trial.treated[since], trial.outcome[since]
    old = Trial(score=effects_of(home, before, units.x[since][:, ours]), treated=treated, outcome=outcome)
    new_of, old_of = qini_of(Trial(score=trial.score[since], treated=treated, outcome=outcome)), qini_of(old)
    return bootstrapped(lambda weight: new_of(weight) - old_of(weight), len(outcome))


def _first_half(learnt: ArmEffect, rows: Rows) -> Measured:
    """Return what contacting the half with the higher effects adds over contacting any half."""
    best = (learnt.unseen >= np.median(learnt.unseen)).astype(np.float64)
    logged = Logged(
        arm=rows.treated.astype(np.int64), probability=np.where(rows.treated > 0, rows.share, 1 - rows.share),
        outcome=rows.outcome, expected=_expected(learnt, rows),
    )  # fmt: skip
    any_half = np.full(len(best), float(best.mean()))
    return difference(logged, np.column_stack([1 - best, best]), np.column_stack([1 - any_half, any_half]))


def _expected(learnt: ArmEffect, rows: Rows) -> Floats:
    """Return what is expected of each arm: the arms' means, set apart by each row's own effect."""
    away = learnt.unseen - learnt.unseen.mean()
    control = float(rows.outcome[rows.treated == 0].mean())
    return np.column_stack([np.full(len(away), control), control + learnt.average.estimate + away])


def _calibration(learnt: ArmEffect) -> tuple[tuple[float, float, float], ...]:
    foretold = learnt.line.at(learnt.unseen)[0]
    fifths = np.array_split(np.argsort(foretold, kind="stable"), _PARTS)
    return tuple(
        (
            float(foretold[one].mean()), float(learnt.pseudo[one].mean()),
            1.96 * float(learnt.pseudo[one].std(ddof=1) / np.sqrt(len(one))),
        )
        for one in fifths
    )  # fmt: skip
