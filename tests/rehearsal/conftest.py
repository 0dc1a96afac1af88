from tests.loop.conftest import bank_home, engine, prepared

__all__ = ["bank_home", "engine", "prepared"]
