"""The bank's tables: contract, mapping, ingest, quality, versions."""

from wealthloop.bank.contract import TABLES, TableSpec
from wealthloop.bank.versions import BankTables, storage_schema

__all__ = ["TABLES", "BankTables", "TableSpec", "storage_schema"]
