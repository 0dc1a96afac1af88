"""Typed settings: a home's own file (home.toml) and the process's environment."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME_SCHEMA = 1

HomeKind = Literal["bank", "simulated", "demonstration"]


class HomeSettings(BaseModel):
    """What stands in home.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int
    kind: HomeKind = "bank"
    """``simulated``: a sandbox bank whose clock is the data's; ``demonstration``: built with a mapping's
    assumptions. Neither can ever use a real connector."""
    bank_name: str = "Bank"
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    salt: str = Field(min_length=8)
    """The secret from which every arm and every lottery is drawn."""
    red_means_up: bool = True
    """Chinese convention of gains and losses; false: green up."""
    language: Literal["zh-hans", "en"] = "zh-hans"


class ProcessSettings(BaseSettings):
    """What the environment of a process says (WEALTHLOOP_HOME and so on)."""

    model_config = SettingsConfigDict(env_prefix="WEALTHLOOP_", extra="ignore")

    home: Path | None = None
    """The home folder on which the state plane opens."""
    workers: int = Field(default=2, ge=1, le=64)
    """Processes or threads for heavy steps."""
