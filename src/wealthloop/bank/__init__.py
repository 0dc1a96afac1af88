"""The bank's tables: contract, mapping, ingest, quality, versions."""
