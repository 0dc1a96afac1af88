"""One night: the steps in their order, each done once, so that a killed run goes on where it was."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Final, TypeAlias

from django.db import transaction

from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.kit import Home, day_of, opening, stable_id
from wealthloop.loop import steps
from wealthloop.loop.guard import watch_guardrails
from wealthloop.loop.inputs import inputs_of
from wealthloop.loop.lock import only_run
from wealthloop.loop.models import Run, RunStep
from wealthloop.loop.types import Counts, Models, Night, NightResult, Progress

Step: TypeAlias = Callable[[Night], Counts]

STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("features", steps.build_features),
    ("models", steps.train_models),
    ("scores", steps.score_customers),
    ("health", steps.check_models),
    ("insight", steps.profile_customers),
    ("wallets", steps.estimate_wallets),
    ("guardrails", watch_guardrails),
    ("leads", steps.find_leads),
    ("plan", steps.plan_contacts),
    ("stage", steps.stage_intents),
    ("deliver", steps.deliver),
    ("wins", steps.match_purchases),
    ("preview", steps.preview_cards),
)
"""The night in order. Every step may be killed anywhere and started again: what it makes is named by the run."""


def run_night(
    home: Home, *, as_of: date, now: datetime, progress: Progress = lambda _: None, models: Models = "all"
) -> NightResult:
    """Run one night, or what an earlier start of it left undone.

    Args:
        home: the bank's home, its state plane open.
        as_of: the last day whose facts count, to 24:00 in the bank's zone.
        now: the present instant, UTC; contacts are decided for 09:00 of the day after ``as_of``, or now if later.
        progress: told the name of each step as it begins.
        models: which models are trained when they are due and scored, and which event rules are looked for: all
            that are declared, or those alone that running strategies name. No decision reads the others.

    Raises:
        InvalidInput: the home has no tables, or the day has not come yet.
        Conflict: a later night is complete, an earlier one has decisions that are not carried out, or another
            process runs one on this home.
    """
    began = perf_counter()
    engine = DuckDBEngine()
    bank = BankTables(home, engine)
    with only_run(home):
        _refuse_what_makes_no_sense(home, bank, as_of, now)
        run, resumed = _record(bank, home, as_of, now)
        begins = max(run.started_at, opening(as_of + timedelta(days=1), home.zone))
        night = Night(
            home=home, engine=engine, bank=bank, run_id=run.run_id, as_of=as_of, begins=begins, now=now, models=models
        )  # fmt: skip
        for name, step in STEPS:
            if not run.steps.filter(name=name).exists():
                progress(name)
                _do(run, name, step, night)
        _finish(run, night)
    done = {row.name: row.counts for row in run.steps.order_by("id")}
    return NightResult(run_id=run.run_id, as_of=as_of, steps=done, seconds=perf_counter() - began, resumed=resumed)


def _refuse_what_makes_no_sense(home: Home, bank: BankTables, as_of: date, now: datetime) -> None:
    if bank.last_day() is None:
        raise InvalidInput(f"{home.root} holds no bank tables, load them with 'wealthloop ingest'")
    today = day_of(now, home.zone)
    if as_of > today:
        raise InvalidInput(f"as_of == {as_of}, must not be after today, {today}")
    current = home.current() or date.min
    if as_of < current:
        raise Conflict(f"as_of == {as_of}, must not be before {current}: that night is complete, nights go forward")
    half = Run.objects.filter(as_of__gt=current, as_of__lt=as_of, finished_at=None).exclude(ledger_hash="").first()
    if half is not None:
        raise Conflict(f"the night of {half.as_of} has decisions that are not carried out, run it again first")


def _record(bank: BankTables, home: Home, as_of: date, now: datetime) -> tuple[Run, bool]:
    """Find or make the run's record; a run that has decided nothing yet begins anew when its inputs have changed."""
    inputs = inputs_of(home, bank, as_of)
    with transaction.atomic():
        run, made = Run.objects.get_or_create(
            run_id=stable_id("run", as_of.isoformat()),
            defaults={"as_of": as_of, "inputs": inputs, "started_at": now},
        )
        if run.inputs != inputs and not run.ledger_hash:
            run.steps.all().delete()
            run.inputs = inputs
            run.save(update_fields=["inputs"])
    return run, not made


def _do(run: Run, name: str, step: Step, night: Night) -> None:
    began = perf_counter()
    counts = step(night)
    with transaction.atomic():
        RunStep.objects.create(run=run, name=name, counts=counts, seconds=perf_counter() - began)


def _finish(run: Run, night: Night) -> None:
    if run.finished_at is None:
        night.home.set_current(as_of=night.as_of, run_id=night.run_id)
        with transaction.atomic():
            Run.objects.filter(pk=run.pk).update(finished_at=night.now)
