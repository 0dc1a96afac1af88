"""The standing tables, written once: customers, books, staff, branches, products, consents, identities, benefits."""

from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.bank.contract import CHANNELS, TABLES
from wealthloop.sandbox import names
from wealthloop.sandbox.arrays import Texts
from wealthloop.sandbox.behaviour import note_assessments, note_wallets
from wealthloop.sandbox.books import HEAD_OFFICE, agent_name, branch_name, district
from wealthloop.sandbox.catalogue import ON_SALE_FROM
from wealthloop.sandbox.draws import Draws, Floats, Ints, Mask
from wealthloop.sandbox.leanings import STAGES
from wealthloop.sandbox.population import BLOCKS
from wealthloop.sandbox.record import arrow_type, table_of
from wealthloop.sandbox.records import EVERYWHERE, EVIDENCE, GIVEN, POUR_ROWS, PURPOSES, Sheets
from wealthloop.sandbox.staff import called, note_books, rm_ids, staff_row, tokens
from wealthloop.sandbox.state import DAY_MICROS, NEVER, Scene

_FOUNDED: Final = datetime(2015, 1, 1)  # noqa: DTZ001 - bank-local wall time
_MARRIED: Final = ("couple", "young_children", "grown_children", "retired")
_BY_PHONE: Final = ("rm", "remote_agent", "ai_call", "sms")
_CONSENT_DAYS: Final = 140
"""Days before the opening on which consents were given; assumed."""
_TEN: Final = 10 * 3_600_000_000


def write_standing(scene: Scene, sheets: Sheets) -> None:
    """Write the tables that hold before the first day; those that go on growing go to the records."""
    sheets.put("customers", _customers(scene))
    for name, rows in (("branches", _branches(scene)), ("products", _products(scene)), ("benefits", _benefits(scene))):
        if rows:
            sheets.put(name, table_of(name, rows))
    for row in _staff(scene):
        scene.records.staff.add(**row)
    note_books(scene)
    for channel in CHANNELS:
        _identities(scene, channel)
        scene.records.pour(sheets, least=POUR_ROWS)
    note_assessments(scene, np.flatnonzero(scene.state.assessed_on > NEVER))
    _consents(scene)
    note_wallets(scene, np.flatnonzero(scene.draws.uniform("audit/opening") < scene.spec.audit.opening_share))
    scene.records.pour(sheets, least=POUR_ROWS)


def _customers(scene: Scene) -> pa.Table:
    draws, truth, size = scene.draws, scene.truth, scene.size
    branches = range(scene.books.branches)
    married = np.array([stage in _MARRIED for stage in STAGES])[truth.stage]
    employer = names.pick(draws.uniform("employer"), names.EMPLOYERS)
    columns: dict[str, Any] = {
        "customer_id": scene.ids,
        "name": names.people_names(draws, "name", size),
        "mobile": pc.if_else(pa.array(scene.bound["sms"]), names.mobiles(size), None),
        "birth_date": pa.array(truth.birth.astype(np.int32)).view(pa.date32()),
        "gender": names.pick(draws.uniform("gender"), ("F", "M")),
        "region": names.chosen([district(index) for index in branches], scene.books.branch),
        "branch_id": names.chosen([branch_name(index) for index in branches], scene.books.branch),
        "open_date": pa.array(_open_days(draws, scene.day).astype(np.int32)).view(pa.date32()),
        "occupation": names.pick(draws.uniform("occupation"), names.OCCUPATIONS),
        "marital_status": names.chosen(["single", "married"], married.astype(np.int64)),
        "education": names.pick(draws.uniform("education"), names.EDUCATIONS),
        "payroll_employer": pc.if_else(pa.array(truth.payroll), employer, None),
        "is_staff": draws.uniform("is_staff") < 0.01,
        "legal_block": names.chosen(BLOCKS, truth.block),
    }
    spec = TABLES["customers"]
    return pa.table({key: pa.array(cells, type=arrow_type(spec, key)) for key, cells in columns.items()})


def _open_days(draws: Draws, opening: int) -> Floats:
    """Customers joined up to eighteen years ago, the last of them half a year before the opening."""
    return np.floor(opening - 180 - draws.uniform("open") * 18 * 365)


def _identities(scene: Scene, channel: str) -> None:
    """Every phone channel is bound to the mobile number, the others to a token of their own."""
    who = np.flatnonzero(scene.bound[channel])
    rows, staff = len(who), np.full(len(who), None, dtype=np.object_)
    if channel == "wecom":
        staff = np.array(rm_ids(scene), dtype=np.object_)[scene.books.rm[who]]
    scene.records.channel_identities.add(
        {
            "customer_id": who,
            "channel": np.full(rows, CHANNELS.index(channel)),
            "address_token": _mobiles(scene, who) if channel in _BY_PHONE else tokens(scene, who, channel),
            "bound_at": np.full(rows, scene.opening_bound),
            "unbound_at": np.full(rows, -1),
            "wecom_staff_id": staff,
            "known_at": np.full(rows, scene.opening_bound),
        }
    )


def _mobiles(scene: Scene, who: Ints) -> Texts:
    numbers: Texts = names.mobiles(scene.size).to_numpy(zero_copy_only=False)
    return numbers[who]


def _branches(scene: Scene) -> list[dict[str, Any]]:
    head = {"branch_id": HEAD_OFFICE, "name": "云港市分行", "region": "云港市", "parent_id": None, "known_at": _FOUNDED}
    return [head] + [
        {
            "branch_id": branch_name(index),
            "name": f"{district(index)}{'第二' if index >= len(names.DISTRICTS) else ''}支行",
            "region": district(index),
            "parent_id": HEAD_OFFICE,
            "known_at": _FOUNDED,
        }
        for index in range(scene.books.branches)
    ]


def _staff(scene: Scene) -> list[dict[str, Any]]:
    books, plan, both = scene.books, scene.spec.books, "investment,insurance"
    rms = [{**staff_row(scene, seat, 0, name=name), "known_at": _FOUNDED} for seat, name in enumerate(called(scene, 0))]
    rows = [
        (agent_name(i), "remote_agent", HEAD_OFFICE, plan.remote_capacity, both) for i in range(books.remote_agents)
    ]
    rows += [(f"BH{i + 1:02d}", "branch_head", branch_name(i), 0, both) for i in range(books.branches)]
    keys = ("staff_id", "role", "branch_id", "daily_capacity", "qualified_for")
    others = names.people_names(scene.draws, "staff", len(rows)).to_pylist()
    return rms + [
        {**dict(zip(keys, row, strict=True)), "name": name, "known_at": _FOUNDED}
        for row, name in zip(rows, others, strict=True)
    ]


def _products(scene: Scene) -> list[dict[str, Any]]:
    copied = ("product_id", "name", "category", "regime", "issuer_risk", "seller_risk", "private", "term_days",
              "min_hold_days", "on_sale_to", "fee_rate", "issuer")  # fmt: skip
    return [
        {
            **{key: getattr(product, key) for key in copied},
            "min_amount": float(product.min_yuan),
            "on_sale_from": date.fromisoformat(ON_SALE_FROM),
        }
        for product in scene.catalogue.products
    ]


def _benefits(scene: Scene) -> list[dict[str, Any]]:
    return [
        {"benefit_id": b.benefit_id, "name": b.name, "unit_cost": b.cost_yuan, "stock": b.stock,
         "valid_to": b.valid_to, "known_at": _FOUNDED}
        for b in scene.spec.benefits
    ]  # fmt: skip


def _consents(scene: Scene) -> None:
    """Marketing and personalisation for all channels; some deny SMS apart."""
    everyone, marketing = np.arange(scene.size), scene.state.consent[:, 0]
    no_sms = np.flatnonzero(marketing & ~scene.state.consent[:, CHANNELS.index("sms")])
    _consent(scene, everyone, "marketing", "*", granted=marketing)
    _consent(scene, everyone, "personalisation", "*", granted=scene.truth.personalisation)
    _consent(scene, no_sms, "marketing", "sms", granted=np.zeros(len(no_sms), dtype=np.bool_))


def _consent(scene: Scene, who: Ints, purpose: str, channel: str, *, granted: Mask) -> None:
    rows = len(who)
    scene.records.consents.add(
        {
            "customer_id": who,
            "purpose": np.full(rows, PURPOSES.index(purpose)),
            "channel": np.full(rows, EVERYWHERE.index(channel)),
            "state": np.where(granted, GIVEN.index("granted"), GIVEN.index("denied")),
            "at": np.full(rows, (scene.day - _CONSENT_DAYS) * DAY_MICROS + _TEN),
            "evidence": np.full(rows, EVIDENCE.index("开户协议")),
        }
    )
