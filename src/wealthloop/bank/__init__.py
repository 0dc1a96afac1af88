"""The bank's tables: contract, mapping, ingest, quality, versions."""

from wealthloop.bank.contract import (
    CATEGORIES,
    CHANNELS,
    COUNTERPARTIES,
    LEVELS,
    RATINGS,
    ROLES,
    TABLES,
    TRANSACTION_KINDS,
    Column,
    Kind,
    TableSpec,
)
from wealthloop.bank.ingest import ingest
from wealthloop.bank.mapping import Mapping, load_mapping, parse_mapping
from wealthloop.bank.quality import not_computable, refused_rows, reports
from wealthloop.bank.report import IngestReport
from wealthloop.bank.resident import Fold
from wealthloop.bank.versions import BankTables, storage_schema

__all__ = [
    "CATEGORIES",
    "CHANNELS",
    "COUNTERPARTIES",
    "LEVELS",
    "RATINGS",
    "ROLES",
    "TABLES",
    "TRANSACTION_KINDS",
    "BankTables",
    "Column",
    "Fold",
    "IngestReport",
    "Kind",
    "Mapping",
    "TableSpec",
    "ingest",
    "load_mapping",
    "not_computable",
    "parse_mapping",
    "refused_rows",
    "reports",
    "storage_schema",
]
