"""From the registry and its rows to what the model pages show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.champions.repository import in_use
from wealthloop.kit import Home
from wealthloop.scoring import CONSEQUENCES, Flag, Health, ModelRecord, load_health
from wealthloop.scoring.effectmodels import EffectRecord
from wealthloop.scoring.qini import Measured
from wealthloop.strategies.parts import Words
from wealthloop.strategies.repository import models_in_use
from wealthloop.web.contexts import Fact, FamilyLine, Line, ModelLine, Plot
from wealthloop.web.templatetags.wealthloop import percent, tongue
from wealthloop.web.words import word

_PERCENT: Final = 100.0
_GOOD: Final = str(Flag.GOOD)


def family_lines(rows: Sequence[tuple[str, bool, Sequence[str], str]], used: frozenset[str]) -> tuple[FamilyLine, ...]:
    """Count models by family.

    Args:
        rows: family, whether it gives scores, flags, model id.
        used: ids that a running strategy uses.
    """
    by_family: dict[str, list[tuple[str, bool, Sequence[str], str]]] = {}
    for row in rows:
        by_family.setdefault(row[0], []).append(row)
    return tuple(_counted(word("model_family", name), several, used) for name, several in sorted(by_family.items()))


def total_line(rows: Sequence[tuple[str, bool, Sequence[str], str]], used: frozenset[str]) -> FamilyLine:
    """Count all of them."""
    return _counted(_("All"), rows, used)


def _counted(name: str, rows: Sequence[tuple[str, bool, Sequence[str], str]], used: frozenset[str]) -> FamilyLine:
    healthy = [row for row in rows if list(row[2]) == [_GOOD]]
    others = Counter(flag for row in rows for flag in row[2] if flag != _GOOD)
    return FamilyLine(
        name=name, declared=len(rows), trained=sum(row[1] for row in rows), healthy=len(healthy),
        used=sum(row[3] in used for row in rows), healthy_and_used=sum(row[3] in used for row in healthy),
        flags=tuple((word("flag", flag), count) for flag, count in others.most_common()),
    )  # fmt: skip


def model_line(
    row: ModelVersion, users: Mapping[str, tuple[str, ...]], health: Mapping[str, Health] | None = None
) -> ModelLine:
    """Show a version; tonight's health counts where it is known."""
    tonight = (health or {}).get(row.model_id)
    flags = [str(one) for one in tonight.flags] if tonight and tonight.version == row.version else row.flags
    return ModelLine(
        model_id=row.model_id, words=Words(zh=row.zh[:400], en=row.en[:400]), owner=row.owner,
        learner=word("learner", row.learner) if row.learner else "", auc=row.auc, slope=row.slope,
        positives=row.positives, flags=tuple((flag, word("flag", flag)) for flag in flags),
        expires_on=row.expires_on, state=word("version_state", row.state), used_by=users.get(row.model_id, ()),
    )  # fmt: skip


def effect_line(record: EffectRecord, users: Mapping[str, tuple[str, ...]]) -> ModelLine:
    """Show a model of effects."""
    manifest = record.manifest
    return ModelLine(
        model_id=manifest.model_id, words=Words(zh=manifest.zh, en=manifest.en), owner=manifest.owner,
        learner=word("learner", "average"), auc=None, slope=manifest.slope.estimate, positives=manifest.conversions,
        flags=tuple((str(flag), word("flag", flag)) for flag in manifest.flags), expires_on=manifest.expires_on,
        state=word("version_state", VersionState.CHAMPION), used_by=users.get(manifest.model_id, ()),
    )  # fmt: skip


def flag_lines(flags: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Say what each flag means for the strategies."""
    return tuple((flag, word("flag", flag), tongue(CONSEQUENCES[Flag(flag)])) for flag in flags)


def model_flags(home: Home) -> dict[str, list[str]]:
    """Return the flags of the newest complete night, else those of training, by model id of what is in use."""
    day = home.current()
    found = {
        str(row.model_id): [str(flag) for flag in row.flags] for row in in_use().filter(model_id__in=models_in_use())
    }
    tonight = () if day is None else load_health(home, day)
    return found | {one.model_id: [str(flag) for flag in one.flags] for one in tonight}


def facts_of(record: ModelRecord, health: Health | None) -> tuple[Fact, ...]:
    """Return what is known of a version."""
    manifest, learnt = record.manifest, record.manifest.learnt
    sizes = manifest.sizes
    found = [
        Fact(name=_("Owner"), value=manifest.spec.owner),
        Fact(name=_("Trained as of"), value=_day(manifest.trained_as_of),
             note=_("may be used until %(day)s") % {"day": _day(manifest.expires_on)}),
        Fact(name=_("Learnt from"), value=_("%(rows)s customers, %(ones)s positives") % {
            "rows": f"{sizes.train:,}", "ones": f"{sizes.train_positives:,}"},
            note=_("snapshots %(days)s") % {"days": ", ".join(map(_day, manifest.training_days)) or "–"}),
        Fact(name=_("Checked on later customers"), value=_("%(rows)s customers, %(ones)s positives") % {
            "rows": f"{sizes.test:,}", "ones": f"{sizes.test_positives:,}"},
            note=_day(manifest.later_day) if manifest.later_day else "–"),
    ]  # fmt: skip
    if learnt is None:
        return (
            *found,
            Fact(name=_("Learner"), value="–", note=manifest.failed or word("untrained", str(manifest.untrained))),
        )
    found += [
        Fact(name=_("Learner"), value=word("learner", learnt.learner), note=word("why", learnt.why.rule)
             % {"figure": f"{learnt.why.figure:,.6g}"}),
        Fact(name=_("Features read"), value=f"{len(manifest.predictors)}",
             note=_("of %(all)d considered") % {"all": manifest.considered}),
        Fact(name="AUC", value="–" if learnt.auc is None else f"{learnt.auc:.3f}"),
        Fact(name=_("Calibration slope"), value="–" if learnt.slope is None else f"{learnt.slope.estimate:.2f}",
             note="" if learnt.slope is None else _("%(low).2f to %(high).2f, 1 is perfect") % {
                 "low": learnt.slope.low, "high": learnt.slope.high}),
        Fact(name=_("Expected calibration error"), value="–" if learnt.calibration_error is None
             else percent(learnt.calibration_error, 2)),
    ]  # fmt: skip
    if learnt.leaks:
        found.append(Fact(name=_("Tell the target nearly by themselves"), value=", ".join(learnt.leaks)))
    if learnt.parent is not None:
        found.append(Fact(name=_("Stands on"), value=learnt.parent.model_id, note=learnt.parent.version[:12]))
    return (*found, *_drift_facts(health))


def _drift_facts(health: Health | None) -> tuple[Fact, ...]:
    if health is None:
        return ()
    stability = "–" if health.psi is None else f"{health.psi:.3f}"
    found = [Fact(name=_("Stability of scores tonight (PSI)"), value=stability, note=_("above 0.25 is drift"))]
    seen = health.hindsight
    if seen is not None:
        told = {"expected": percent(seen.expected, 2), "observed": percent(seen.observed, 2)}
        found.append(
            Fact(name=_("What came of it"), value=_("foretold %(expected)s, seen %(observed)s") % told,
                 note=_("scores of %(day)s, %(customers)s customers") % {
                     "day": _day(seen.day), "customers": f"{seen.customers:,}"})
        )  # fmt: skip
    return tuple(found)


def effect_facts(record: EffectRecord) -> tuple[Fact, ...]:
    """Return what is known of a model of effects."""
    one = record.manifest
    found = [
        Fact(name=_("Owner"), value=one.owner),
        Fact(name=_("Trained as of"), value=_day(one.trained_as_of),
             note=_("may be used until %(day)s") % {"day": _day(one.expires_on)}),
        Fact(name=_("Learnt from"), value=_("%(treated)s contacted, %(control)s withheld") % {
            "treated": f"{one.treated:,}", "control": f"{one.control:,}"},
            note=_("%(n)s conversions") % {"n": f"{one.conversions:,}"}),
        Fact(name=_("Average effect"), value=percent(one.average.estimate, 2), note=_interval(one.average, 2)),
        Fact(name="Qini", value=f"{one.ranking.estimate:.3f}",
             note=f"{one.ranking.low:.3f} – {one.ranking.high:.3f}"),
        Fact(name=_("Qini of a random score"), value=f"{one.random.estimate:.3f}",
             note=f"{one.random.low:.3f} – {one.random.high:.3f}"),
        Fact(name=_("Contacting the better half is worth, a customer"), value=percent(one.first_half.estimate, 2),
             note=_interval(one.first_half, 2)),
        Fact(name=_("Calibration slope"), value=f"{one.slope.estimate:.2f}",
             note=f"{one.slope.low:.2f} – {one.slope.high:.2f}"),
        Fact(name=_("Features read"), value=f"{len(one.predictors)}"),
    ]  # fmt: skip
    return tuple(found)


def calibration_plot(record: ModelRecord) -> Plot | None:
    """Return what was foretold beside what was seen, by tenth of the score."""
    learnt = record.manifest.learnt
    if learnt is None or not learnt.reliability:
        return None
    bins = learnt.reliability
    return Plot(
        name="calibration", title=_("Calibration"), unit="%",
        note=_("Test customers by tenth of the score; the seen share with the ends of its 95 % interval."),
        label=_("Tenth"), rows=tuple(str(place + 1) for place in range(len(bins))), kind="curve",
        series=(
            Line(name=_("foretold"), values=[one.expected * _PERCENT for one in bins]),
            Line(name=_("seen"), values=[one.share * _PERCENT for one in bins]),
            Line(name=_("low end"), values=[max(0.0, one.share - one.half) * _PERCENT for one in bins]),
            Line(name=_("high end"), values=[min(1.0, one.share + one.half) * _PERCENT for one in bins]),
        ),
    )  # fmt: skip


def effect_plots(record: EffectRecord) -> tuple[Plot, ...]:
    """Return the Qini curve and the calibration of effects."""
    one = record.manifest
    end = one.curve[-1][1]
    qini = Plot(
        name="qini", title=_("Qini curve"), unit=_("conversions gained for 100 contacted"),
        note=_("Customers from the highest effect down, with a 95 % interval; the straight line is a random order."),
        label=_("Share of customers"), rows=tuple(percent(point[0]) for point in one.curve), kind="curve",
        series=(
            Line(name=_("by this model"), values=[point[1] * _PERCENT for point in one.curve]),
            Line(name=_("at random"), values=[point[0] * end * _PERCENT for point in one.curve]),
            Line(name=_("low end"), values=[point[2] * _PERCENT for point in one.curve]),
            Line(name=_("high end"), values=[point[3] * _PERCENT for point in one.curve]),
        ),
    )  # fmt: skip
    bins = one.calibration
    calibration = Plot(
        name="effects", title=_("Calibration of effects"), unit="%",
        note=_("Customers by fifth of the effect; the seen effect with the ends of its 95 % interval."),
        label=_("Fifth"), rows=tuple(str(place + 1) for place in range(len(bins))), kind="curve",
        series=(
            Line(name=_("foretold"), values=[foretold * _PERCENT for foretold, _seen, _half in bins]),
            Line(name=_("seen"), values=[seen * _PERCENT for _foretold, seen, _half in bins]),
            Line(name=_("low end"), values=[(seen - half) * _PERCENT for _foretold, seen, half in bins]),
            Line(name=_("high end"), values=[(seen + half) * _PERCENT for _foretold, seen, half in bins]),
        ),
    )  # fmt: skip
    return (qini, calibration)


def version_note(row: ModelVersion) -> tuple[str, str, str]:
    """Say what a version was compared by and who answered for it."""
    told = []
    if row.compared:
        one = row.compared["difference"]
        told.append(
            _("%(measure)s differs by %(estimate)+.4f (%(low)+.4f to %(high)+.4f)")
            % {"measure": row.compared["measure"].upper(), **one}
        )
    if row.proposed_by:
        told.append(_("proposed by %(who)s") % {"who": row.proposed_by})
    if row.reviewed_by:
        told.append(_("no leak, signed by %(who)s: %(note)s") % {"who": row.reviewed_by, "note": row.review})
    if row.approved_by:
        told.append(_("approved by %(who)s") % {"who": row.approved_by})
    return row.version[:12], word("version_state", row.state), " · ".join(told)


def _day(day: date) -> str:
    return day.isoformat()


def _interval(one: Measured, digits: int) -> str:
    return f"{percent(one.low, digits)} – {percent(one.high, digits)}"
