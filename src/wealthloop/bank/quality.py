"""The loads of a home and what they could not give, for a quality page."""

from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from wealthloop.bank.contract import TABLES
from wealthloop.bank.report import IngestReport, Sentence
from wealthloop.errors import NotFound
from wealthloop.kit import Home, write_atomic

_NEEDS: Final[dict[str, tuple[str, str]]] = {
    "book_assignments": ("无管户关系：没有客户经理的卡片", "no book assignments: no cards for relationship managers"),
    "channel_identities": ("无渠道身份：任何渠道都无法触达", "no channel identities: no channel reaches anyone"),
    "suitability": ("无适当性评估：不得推介投资类产品", "no suitability: no pitch of investment products"),
    "consents": ("无营销同意：任何客户都不可触达", "no consents: nobody may be contacted"),
    "products": ("无产品目录：没有可推介的产品", "no products: nothing to offer"),
    "plans": ("无定投与期缴计划：没有相应特征", "no plans: no features of regular investment"),
    "app_events": ("无应用行为：没有月活与沉睡登录线索", "no app events: no MAU, no dormant-login leads"),
    "contacts": ("无历史触达：频控不含其他系统的触达", "no contacts: caps do not see other systems"),
    "complaints": ("无投诉：不能据投诉回避", "no complaints: none can be taken into account"),
    "credit": ("无授信：不显示可透支资金", "no credit: no overdraft room is shown"),
    "benefits": ("无权益目录", "no benefits"),
    "redemptions": ("无权益领用：没有权益效果", "no redemptions: no effect of benefits"),
    "activities": ("无活动", "no activities"),
    "attendance": ("无活动参与：没有活动效果", "no attendance: no effect of activities"),
    "external_tags": ("无外部标签", "no external tags"),
    "staff": ("无员工：没有客户经理名册与产能", "no staff: no roster and capacity"),
    "branches": ("无机构：没有按机构的范围", "no branches: no scope by branch"),
    "market": ("无行情：没有市场特征", "no market series: no features of the market"),
}


def not_computable(absent: tuple[str, ...]) -> tuple[Sentence, ...]:
    """Return what cannot be computed without the absent tables."""
    return tuple(Sentence(about=name, zh=_NEEDS[name][0], en=_NEEDS[name][1]) for name in absent if name in _NEEDS)


def keep_report(home: Home, report: IngestReport) -> None:
    """Keep a load's report in the home."""
    write_atomic(_folder(home) / f"{report.load:06d}.json", report.model_dump_json(indent=1).encode())


def reports(home: Home) -> tuple[IngestReport, ...]:
    """Return the reports of every load, the oldest first; stopped and refused loads among them."""
    files = sorted(_folder(home).glob("*.json"))
    return tuple(IngestReport.model_validate_json(file.read_text(encoding="utf-8")) for file in files)


def last_load(home: Home) -> int:
    """Return the number of the newest load that left a report, 0 before the first."""
    return max((int(file.stem) for file in _folder(home).glob("*.json")), default=0)


def quarantine_folder(home: Home, load: int) -> Path:
    """Return where a load's refused rows lie, one Parquet file a table."""
    return home.quarantine / f"{load:06d}"


def refused_rows(home: Home, load: int, table: str) -> list[dict[str, str | int]]:
    """Return a table's refused rows of a load with their original row in clear; for people who may see the customers.

    Raises:
        NotFound: that load refused no row of the table.
    """
    path = quarantine_folder(home, load) / f"{table}.parquet"
    if table not in TABLES or not path.exists():
        raise NotFound(f"load {load} refused no row of {table}")
    secret = {column.name for column in TABLES[table].columns if column.grade == "C2"}
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        row["row"] = home.cipher.decrypt(row["row"])
        if row["column"] in secret or (not row["column"] and secret):
            row["text"] = home.cipher.decrypt(row["text"])
    return rows


def _folder(home: Home) -> Path:
    return home.tables / "loads"
