"""Engines by name: one that is not installed says how to install it."""

from importlib import import_module

import pytest

from wealthloop.engines import DuckDBEngine, EngineMissing, open_engine

_MODULE = import_module("wealthloop.engines.choose")


def _absent(name: str) -> None:
    raise ModuleNotFoundError(f"No module named {name!r}")


def test_the_default_engine_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_MODULE, "import_module", _absent)
    assert isinstance(open_engine("duckdb"), DuckDBEngine)


def test_an_engine_whose_extra_is_missing_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_MODULE, "import_module", _absent)
    with pytest.raises(EngineMissing, match=r"pip install 'wealthloop\[spark\]', with Java 17"):
        open_engine("spark")


def test_an_unknown_engine_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="engine == presto, must be one of duckdb, spark"):
        open_engine("presto")  # type: ignore[arg-type]
