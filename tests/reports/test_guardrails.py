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


def complaints(made: Planned, after: int, *, treated: int = 4, control: int = 25) -> dict[str, list[dict[str, Any]]]:
    return {
        "complaints": [
            {"customer_id": customer, "at_day": day((on - day(0)).days + after), "topic": "t"}
            for customer, on in every(made, treated, control)
        ]
    }


@pytest.mark.parametrize(
    ("window_days", "after", "counts"), [(10, 10, True), (10, 11, False), (30, 14, True), (30, 15, False)]
)
def test_harm_counts_for_a_fortnight_or_the_criterions_window_where_that_is_shorter(
    engine: DuckDBEngine, window_days: int, after: int, counts: bool
) -> None:
    made = planned()
    watched = replace(WATCHED, window_days=window_days)
    units = units_of(made.table())
    found = guardrails(MemoryBank(engine, complaints(made, after)), units, watched, n_planned=N, as_of=day(90))
    assert (found[1].window_days, found[1].standing == "harm") == (min(window_days, 14), counts)


def test_what_is_not_sure_is_open_whichever_side_the_estimate_lies(engine: DuckDBEngine) -> None:
    made = planned()
    for treated, above in ((16, True), (40, False)):
        found = look(engine, complaints(made, 3, treated=treated, control=30), made)["complaint"]
        assert found.effect is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < 0.02 < found.high
        assert (found.standing, found.effect > 0.02) == ("open", above)


def test_customers_enter_when_their_window_has_closed(engine: DuckDBEngine) -> None:
    made = planned()
    found = guardrails(
        MemoryBank(engine, complaints(made, 3)), units_of(made.table()), WATCHED, n_planned=N, as_of=day(19)
    )  # fmt: skip
    assert found[1].n == 60 * 10


def test_only_refusals_of_marketing_and_only_redemptions_are_harm(engine: DuckDBEngine) -> None:
    made = planned()
    denied, other = every(made, 3, 0), every(made, 2, 0)
    tables: dict[str, list[dict[str, Any]]] = {
        "consents": [
            *({"customer_id": who, "purpose": "marketing", "state": "denied", "at_day": on} for who, on in _on(denied)),
            *({"customer_id": who, "purpose": "personalisation", "state": "denied", "at_day": on}
              for who, on in _on(other)),
            *({"customer_id": who, "purpose": "marketing", "state": "granted", "at_day": on} for who, on in _on(other)),
        ],
        "transactions": [
            {"transaction_id": f"{kind}{who}", "customer_id": who, "at_day": on, "kind": kind, "amount": 5}
            for kind, group in (("buy", other), ("redeem", denied))
            for who, on in _on(group)
        ],
    }  # fmt: skip
    found = look(engine, tables, made)
    assert found["opt_out"].effect == pytest.approx(1 / 3, abs=0.02)
    assert found["redemption"].effect == pytest.approx(1 / 3, abs=0.02)


def _on(group: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(who, day((on - day(0)).days + 1)) for who, on in group]


def test_what_the_bank_does_not_tell_is_not_called_safe(engine: DuckDBEngine) -> None:
    found = look(engine, {}, planned())["complaint"]
    assert (found.standing, found.effect) == ("waiting", None)
    assert "no table" in found.why.en
