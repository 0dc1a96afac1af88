"""A customer's wallet with the provenance of each number, for the panorama."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from wealthloop.features import describe
from wealthloop.insight.provenance import Around, sourced
from wealthloop.insight.types import Missing, Sourced, Words
from wealthloop.insight.wallet.peers import FEATURES, WORDS
from wealthloop.insight.wallet.types import WHY_NO_INTERVAL, Basis

_HERE: Final = ("holdings.as_of", "holdings.balance")
_VERIFIED: Final = (
    "external_tags.tag", "external_tags.value", "external_tags.source", "external_tags.licence",
    "external_tags.consent_ref", "external_tags.as_of", "consents.purpose", "consents.state", "consents.at",
)  # fmt: skip
_SOURCES: Final = tuple(
    dict.fromkeys(
        (
            *_HERE,
            *(column for name in FEATURES for column in describe(name).lineage),
            *(f"customers.{name}" for name in WORDS),
            "credit.credit_limit",
            *_VERIFIED,
        )
    )
)
WALLET: Final[Mapping[str, tuple[str, str, str, tuple[str, ...]]]] = {
    "wallet": ("fen", "客户总资产（估计）", "wealth here and elsewhere, estimated", _SOURCES),
    "off_bank": ("fen", "行外资产（估计）", "wealth elsewhere, estimated", _SOURCES),
    "off_bank_low_80": ("fen", "行外资产 80% 区间下限", "wealth elsewhere, low end of 80 %", _SOURCES),
    "off_bank_high_80": ("fen", "行外资产 80% 区间上限", "wealth elsewhere, high end of 80 %", _SOURCES),
    "off_bank_low_90": ("fen", "行外资产 90% 区间下限", "wealth elsewhere, low end of 90 %", _SOURCES),
    "off_bank_high_90": ("fen", "行外资产 90% 区间上限", "wealth elsewhere, high end of 90 %", _SOURCES),
    "basis": ("text", "行外资产依据", "from what wealth elsewhere is known", _SOURCES),
    "verified_on": ("date", "客户经理核实日", "day on which an RM verified it", _VERIFIED),
}
"""By column of the wallets: unit, Chinese, English, the contract columns behind it."""
_BASIS: Final[Mapping[Basis, Words]] = {
    Basis.VERIFIED: Words(zh="客户经理核实", en="verified by the RM"),
    Basis.MODEL: Words(zh="可比客户与核实样本估计", en="estimated from alike customers and a verified sample"),
    Basis.PEERS: Words(zh="可比客户估计", en="estimated from alike customers"),
    Basis.UNKNOWN: Words(zh="未知", en="not known"),
}


def wallet_sources(row: pa.Table, around: Around) -> tuple[Sourced, ...]:
    """Return a customer's wallet (one row of ``wallets``), value by value with its provenance."""
    values = row.to_pylist()[0]
    return tuple(
        sourced(
            name, values[name], words=Words(zh=zh, en=en), unit=unit, made_by="definition wallet", sources=sources,
            around=around,
        )
        for name, (unit, zh, en, sources) in WALLET.items()
    )  # fmt: skip


def basis_words(wallet: tuple[Sourced, ...]) -> Words | None:
    """Return in words from what a wallet is known, None where no wallet is at hand."""
    found: Any = {one.name: one.value for one in wallet}.get("basis")
    return _BASIS[Basis(found)] if found else None


def no_interval(row: pa.Table) -> tuple[Missing, ...]:
    """Return why a customer's wallet has no interval, nothing where it has."""
    because = row["no_interval_because"][0].as_py()
    return (Missing(what="off_bank_interval", why=WHY_NO_INTERVAL[because]),) if because else ()
