"""Guardrails say at any look whether contacts harm more than is allowed."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any, Literal

import pytest

from tests.reports.worlds import MemoryBank, Planned, criterion, day
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import assign
from wealthloop.policies.models import OptOut
from wealthloop.reports.guardrails import guardrails
from wealthloop.reports.planned import units_of
from wealthloop.reports.types import GuardrailReport
from wealthloop.strategies.parts import Guardrail

pytestmark = pytest.mark.django_db

N = 1200
METRICS: tuple[Literal["opt_out", "complaint", "redemption"], ...] = ("opt_out", "complaint", "redemption")
WATCHED = replace(criterion(), guardrails=tuple(Guardrail(metric=name, at_most=0.02) for name in METRICS))


def planned() -> Planned:
    made = Planned()
    for number in range(N):
        customer = f"C{number:04d}"
        made.add(customer, day(number // 60), assign("salt", "deposit/v1", customer, WATCHED.arms).name)
    return made


def look(engine: DuckDBEngine, tables: dict[str, list[dict[str, Any]]], made: Planned) -> dict[str, GuardrailReport]:
    found = guardrails(
        MemoryBank(engine, tables), units_of(made.table()), WATCHED, n_planned=N, as_of=day(60)
    )  # fmt: skip
    return {one.metric: one for one in found}


def every(made: Planned, treated: int, control: int) -> list[tuple[str, Any]]:
    """Return every so many treated customers and every so many of control, with their first planned days."""
    counts = {True: 0, False: 0}
    found = []
    for row in made.rows:
        counts[row["treated"]] += 1
        step = treated if row["treated"] else control
        if step and counts[row["treated"]] % step == 0:
            found.append((row["person_key"], row["as_of"]))
    return found


def test_harm_is_sure_only_where_the_whole_interval_is_above_what_is_allowed(engine: DuckDBEngine) -> None:
    made = planned()
    tables = {
        "complaints": [
            {"customer_id": customer, "at_day": day((on - day(0)).days + 3), "topic": "t"}
            for customer, on in every(made, 4, 25)
        ],
        "transactions": [
            {
                "transaction_id": f"T{n}", "customer_id": customer, "at_day": day((on - day(0)).days + 2),
                "kind": "redeem", "amount": 5,
            }
            for n, (customer, on) in enumerate(every(made, 10, 10))
        ],
    }  # fmt: skip
    found = look(engine, tables, made)
    harm = found["complaint"]
    assert harm.standing == "harm"
    assert harm.effect == pytest.approx(0.25 - 0.04, abs=0.03)
    assert harm.low is not None
    assert harm.low > 0.02
    assert harm.n == N
    assert found["redemption"].standing in {"open", "safe"}
    assert found["opt_out"].standing == "waiting"


def test_refusals_of_the_state_plane_and_of_the_bank_count_within_the_window(engine: DuckDBEngine) -> None:
    made = planned()
    refused = every(made, 3, 0)
    tables: dict[str, list[dict[str, Any]]] = {"consents": []}
    for place, (customer, on) in enumerate(refused):
        at = datetime.combine(day((on - day(0)).days + 1), time(4))
        if place % 2:
            OptOut.objects.create(customer_id=customer, channel="*", at=at.astimezone(), source="t")
        else:
            tables["consents"].append(
                {"customer_id": customer, "purpose": "marketing", "state": "revoked", "at_day": at.date()}
            )
    assert look(engine, tables, made)["opt_out"].effect == pytest.approx(1 / 3, abs=0.02)
    late = {
        "consents": [
            {
                "customer_id": customer, "purpose": "marketing", "state": "revoked",
                "at_day": day((on - day(0)).days + 15),
            }
            for customer, on in refused
        ]
    }  # fmt: skip
    OptOut.objects.all().delete()
    assert look(engine, late, made)["opt_out"].standing == "waiting"


def test_what_the_bank_does_not_tell_is_not_called_safe(engine: DuckDBEngine) -> None:
    found = look(engine, {}, planned())["complaint"]
    assert (found.standing, found.effect) == ("waiting", None)
    assert "no table" in found.why.en
