"""Choosing an engine by its name; the extras are imported only when they are asked for."""

from importlib import import_module
from typing import Literal, get_args

from wealthloop.engines.duckdb import DuckDBEngine
from wealthloop.engines.types import Engine
from wealthloop.errors import InvalidInput

EngineName = Literal["duckdb", "spark"]


class EngineMissing(InvalidInput):
    """The engine's extra is not installed."""

    code = "engine_missing"


def open_engine(name: EngineName, *, master: str | None = None) -> Engine:
    """Return an engine that runs whole nights.

    Args:
        name: ``duckdb`` or ``spark``.
        master: for Spark, such as ``local[2]``; None where ``spark-submit`` has said it.

    Raises:
        EngineMissing: the extra is not installed; the message says how to install it.
        ValueError: there is no such engine.
    """
    if name not in get_args(EngineName):
        raise ValueError(f"engine == {name}, must be one of {', '.join(get_args(EngineName))}")
    if name == "duckdb":
        return DuckDBEngine()
    try:
        module = import_module("wealthloop.engines.spark")
    except ImportError as error:
        raise EngineMissing(
            f"engine {name} is not installed: pip install 'wealthloop[{name}]', with Java 17"
        ) from error
    engine: Engine = module.SparkEngine(master=master)
    return engine
