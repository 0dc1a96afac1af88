"""Submitting, accepting and launching with a forecast: nothing starts without saying first what is expected of it.

People hand documents in and launch versions through here alone. A sheet takes seconds: it is worked out before the
transaction, so that no desk waits for it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import InvalidInput
from wealthloop.evolution import decide
from wealthloop.evolution.models import Proposal, ProposalState
from wealthloop.evolution.repository import document_of, proposal
from wealthloop.experiments import LEAST_CLUSTERS, experiment_id
from wealthloop.kit import Home, day_of
from wealthloop.rehearsal.ledger import Forecast, Occasion, keep
from wealthloop.rehearsal.types import Power, Sheet
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import dump, parse_strategy
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.repository import held_in, version_row


class UnderPowered(InvalidInput):
    """A test would end before it has what it needs, and nobody has said why it is made all the same."""

    code = "under_powered"


def submit(
    home: Home, bank: BankTables, engine: Engine, document: Strategy, *, by: str, now: datetime, reason: str = ""
) -> StrategyVersion:
    """Put a document into review with its forecast; see ``submit_all``."""
    return submit_all(home, bank, engine, [document], by=by, now=now, reason=reason)[0]


def submit_all(
    home: Home, bank: BankTables, engine: Engine, documents: Sequence[Strategy],
    *, by: str, now: datetime, reason: str = "",
) -> list[StrategyVersion]:  # fmt: skip
    """Put documents into review with their forecasts, all or none; what is in review or beyond stays as it is.

    Args:
        home: the home; where it holds no tables yet nothing is foretold.
        bank: its tables.
        engine: what they lie on.
        documents: what is submitted.
        by: the author.
        now: when, with a zone.
        reason: why an under-powered test is made all the same.

    Raises:
        DocumentError: a document breaks a rule.
        UnderPowered: a test is under-powered and there is no reason.
    """
    whole = [parse_strategy(dump(one)) for one in documents]
    sheets = [sheet_of(home, bank, engine, one, now=now) if life.handed_in(one) is None else None for one in whole]
    for sheet in sheets:
        _needs_a_reason(sheet, reason)
    with transaction.atomic():
        stood = [life.handed_in(one) for one in whole]
        rows = [life.submit(one, by, now) for one in whole]
        for sheet, row, before in zip(sheets, rows, stood, strict=True):
            if before is None:
                _foretell(home, sheet, row, "submitted", by=by, now=now, reason=reason)
    return rows


def accept(
    home: Home, bank: BankTables, engine: Engine, proposal_id: str, *, by: str, now: datetime, reason: str = ""
) -> Proposal:
    """Accept a proposal, a document in it with its forecast; see ``submit_all`` and ``evolution.decide.accept``.

    Raises:
        NotFound: no such proposal.
        Conflict: it is not open, or what it is about does not run any more.
        DocumentError: its document breaks a rule of today.
        UnderPowered: its test is under-powered and there is no reason.
    """
    found = proposal(proposal_id)
    sheet = None
    if found.document is not None and found.state == ProposalState.OPEN:
        sheet = sheet_of(home, bank, engine, parse_strategy(dump(document_of(found))), now=now)
    _needs_a_reason(sheet, reason)
    with transaction.atomic():
        row = decide.accept(proposal_id, by, now)
        if row.version is not None:
            made = version_row(row.strategy_id, row.version)
            _foretell(home, sheet, made, "submitted", by=by, now=now, reason=reason)
    return row


def launch(
    home: Home, bank: BankTables, engine: Engine, strategy_id: str, version: int,
    *, by: str, now: datetime, on: date, reason: str = "",
) -> StrategyVersion:  # fmt: skip
    """Let an approved version run from a day on, with its forecast; see ``submit_all`` and ``life.launch``.

    A version by which a confirmed child is offered to everybody concludes the child's test as won in the same step.

    Raises:
        NotFound: no such version.
        Conflict: it is not approved, or its content is not what was approved.
        UnderPowered: its test is under-powered and there is no reason.
    """
    found = version_row(strategy_id, version)
    if found.state != StrategyState.APPROVED:
        return life.launch(strategy_id, version, by, now, on=on)
    sheet = sheet_of(home, bank, engine, held_in(found)[0], now=now)
    _needs_a_reason(sheet, reason)
    with transaction.atomic():
        tested = decide.taken_over(strategy_id, version)
        if tested is not None:
            decide.conclude_won(tested, by, now)
        row = life.launch(strategy_id, version, by, now, on=on)
        _foretell(home, sheet, row, "launched", by=by, now=now, reason=reason)
    return row


def sheet_of(home: Home, bank: BankTables, engine: Engine, document: Strategy, *, now: datetime) -> Sheet | None:
    """Return the sheet of a document as of the newest night, or of the last day with facts; None without tables."""
    last = bank.last_day()
    if last is None:
        return None
    from wealthloop.rehearsal.check import check

    return check(home, bank, engine, document, as_of=home.current() or last, today=day_of(now, home.zone))


def _needs_a_reason(sheet: Sheet | None, reason: str) -> None:
    """Refuse an under-powered test that nobody has said why to make."""
    if sheet is None or not sheet.under_powered or reason.strip():
        return
    weak = next(one for one in sheet.power if one.under_powered)
    raise UnderPowered(
        f"{experiment_id(sheet.strategy_id, sheet.version)}: under_powered: {_lacks(weak)}, or say with --reason why "
        f"it is made all the same"
    )


def _lacks(weak: Power) -> str:
    """Say what an under-powered arm lacks, and what would give it."""
    if weak.alike is not None and weak.alike.too_few:
        return (
            f"arm {weak.arm} or control has {weak.alike.clusters} clusters and is read from {LEAST_CLUSTERS} on: widen "
            f"the audience, or let customers draw the arms"
        )
    return (
        f"arm {weak.arm} needs {weak.needed_n:,} customers with control, about {weak.at_hand_n:,} mature in "
        f"{weak.days} days of entering: widen the audience, lengthen the test, ask for a larger effect"
    )


def _foretell(
    home: Home, sheet: Sheet | None, row: StrategyVersion, occasion: Occasion, *, by: str, now: datetime, reason: str
) -> None:
    if sheet is None:
        return
    weak = sheet.under_powered
    forecast = Forecast(occasion=occasion, sheet=sheet, by=by, at=now, reason=reason.strip() if weak else "")
    digest = keep(home, forecast)
    audit(
        by, "strategy.foretold", object_type="strategy", object_id=experiment_id(row.strategy_id, row.version),
        detail={"forecast": digest, "occasion": occasion, "under_powered": weak, "reason": forecast.reason}, now=now,
    )  # fmt: skip
