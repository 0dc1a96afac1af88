"""Shared fixtures of this room's tests."""

from pathlib import Path

import pytest

from wealthloop.kit import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", kind="simulated", salt="a-test-salt")
