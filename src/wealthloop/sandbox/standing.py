"""The standing tables, written once: customers, books, staff, branches, products, consents, identities, benefits."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.contract import CHANNELS, TABLES
from wealthloop.sandbox import names
from wealthloop.sandbox.behaviour import note_assessment
from wealthloop.sandbox.books import HEAD_OFFICE, branch_name, district, rm_name
from wealthloop.sandbox.catalogue import ON_SALE_FROM
from wealthloop.sandbox.draws import Draws, Floats
from wealthloop.sandbox.population import STAGES
from wealthloop.sandbox.record import arrow_type, table_of, write
from wealthloop.sandbox.state import NEVER, Scene, day_date

_FOUNDED: Final = datetime(2015, 1, 1)  # noqa: DTZ001 - bank-local wall time
_MARRIED: Final = ("couple", "young_children", "grown_children", "retired")
_BLOCKS: Final = ("deceased", "incapacity", "frozen")
_BY_PHONE: Final = ("rm", "remote_agent", "ai_call", "sms")


def write_standing(scene: Scene, out: Path, *, opening: int) -> None:
    """Write the tables that hold before the first day; suitability and consents go to the records."""
    write(out, "customers", _customers(scene, opening))
    write(out, "channel_identities", _identities(scene, opening))
    tables = {
        "book_assignments": _assignments(scene, opening),
        "branches": _branches(scene),
        "staff": _staff(scene),
        "products": _products(scene),
        "benefits": _benefits(scene),
    }
    for name, rows in tables.items():
        if rows:
            write(out, name, table_of(name, rows))
    _suitability(scene)
    _consents(scene, opening)


def _customers(scene: Scene, opening: int) -> pa.Table:
    draws, truth, size = scene.draws, scene.truth, scene.size
    stage = [STAGES[index] for index in truth.stage.tolist()]
    phone = scene.bound["sms"].tolist()
    branch = [branch_name(index) for index in scene.books.branch.tolist()]
    employer = names.pick(draws.uniform("employer"), names.EMPLOYERS)
    block = draws.uniform("block")
    columns: dict[str, Any] = {
        "customer_id": scene.ids,
        "name": names.people_names(draws, "name", size),
        "mobile": [names.mobile(index + 1) if has else None for index, has in enumerate(phone)],
        "birth_date": pa.array(truth.birth.astype(np.int32)).view(pa.date32()),
        "gender": names.pick(draws.uniform("gender"), ("F", "M")),
        "region": [district(index) for index in scene.books.branch.tolist()],
        "branch_id": branch,
        "open_date": pa.array(_open_days(draws, opening).astype(np.int32)).view(pa.date32()),
        "occupation": names.pick(draws.uniform("occupation"), names.OCCUPATIONS),
        "marital_status": ["married" if name in _MARRIED else "single" for name in stage],
        "education": names.pick(draws.uniform("education"), names.EDUCATIONS),
        "payroll_employer": [e if pays else None for e, pays in zip(employer, truth.payroll.tolist(), strict=True)],
        "is_staff": draws.uniform("is_staff") < 0.01,
        "legal_block": [_BLOCKS[int(u * 1500)] if u < 0.002 else None for u in block.tolist()],
    }
    return _typed("customers", columns)


def _open_days(draws: Draws, opening: int) -> Floats:
    """Customers joined up to eighteen years ago, the last of them half a year before the opening."""
    return np.floor(opening - 180 - draws.uniform("open") * 18 * 365)


def _typed(name: str, columns: dict[str, Any]) -> pa.Table:
    spec = TABLES[name]
    return pa.table({key: pa.array(cells, type=arrow_type(spec, key)) for key, cells in columns.items()})


def _identities(scene: Scene, opening: int) -> pa.Table:
    """Every phone channel is bound to the mobile number, the others to a token of their own."""
    rows = [(i, channel) for i in range(scene.size) for channel in CHANNELS if scene.bound[channel][i]]
    bound_at = _moment(opening - 150)
    return _typed(
        "channel_identities",
        {
            "customer_id": [scene.ids[i] for i, _ in rows],
            "channel": [channel for _, channel in rows],
            "address_token": [_address(scene, i, channel) for i, channel in rows],
            "bound_at": [bound_at] * len(rows),
            "wecom_staff_id": [scene.books.rm_id(i) if channel == "wecom" else None for i, channel in rows],
        },
    )


def _address(scene: Scene, customer: int, channel: str) -> str:
    return names.mobile(customer + 1) if channel in _BY_PHONE else f"{channel}-{scene.ids[customer]}"


def _assignments(scene: Scene, opening: int) -> list[dict[str, Any]]:
    since = (opening - 60 - scene.draws.uniform("book/since") * 900).astype(np.int64).tolist()
    covered = np.flatnonzero(scene.books.rm >= 0).tolist()
    return [
        {"customer_id": scene.ids[i], "rm_id": scene.books.rm_id(i), "from": day_date(since[i]), "to": None}
        for i in covered
    ]


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
    books, plan = scene.books, scene.spec.books
    both = "investment,insurance"
    rows = [
        (rm_name(i), "rm", branch_name(int(b)), plan.rm_capacity, "investment" if i % 6 == 5 else both)
        for i, b in enumerate(books.rm_branch)
    ]
    rows += [
        (f"RA{i + 1:02d}", "remote_agent", HEAD_OFFICE, plan.remote_capacity, both) for i in range(books.remote_agents)
    ]
    rows += [(f"BH{i + 1:02d}", "branch_head", branch_name(i), 0, both) for i in range(books.branches)]
    keys = ("staff_id", "role", "branch_id", "daily_capacity", "qualified_for")
    called = names.people_names(scene.draws, "staff", len(rows))
    return [
        {**dict(zip(keys, row, strict=True)), "name": name, "known_at": _FOUNDED}
        for row, name in zip(rows, called, strict=True)
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


def _suitability(scene: Scene) -> None:
    lowest = (scene.truth.level == 0) & (scene.draws.uniform("lowest") < 0.3)
    for customer in np.flatnonzero(scene.state.assessed_on > NEVER).tolist():
        note_assessment(scene, customer, lowest=bool(lowest[customer]))


def _consents(scene: Scene, opening: int) -> None:
    """Marketing and personalisation for all channels; some deny SMS apart."""
    at = _moment(opening - 140)
    personal = scene.draws.uniform("personalisation") < scene.spec.law.personalisation_granted
    consent, sms = scene.state.consent, CHANNELS.index("sms")
    for i in range(scene.size):
        marketing = bool(consent[i, 0])
        _consent(scene, i, "marketing", "*", at, granted=marketing)
        _consent(scene, i, "personalisation", "*", at, granted=bool(personal[i]))
        if marketing and not consent[i, sms]:
            _consent(scene, i, "marketing", "sms", at, granted=False)


def _consent(scene: Scene, customer: int, purpose: str, channel: str, at: datetime, *, granted: bool) -> None:
    scene.records.consents.add(
        customer_id=scene.ids[customer], purpose=purpose, channel=channel,
        state="granted" if granted else "denied", at=at, evidence="开户协议",
    )  # fmt: skip


def _moment(day: int) -> datetime:
    return datetime.combine(day_date(day), time(10))
