"""The campaign calendar: whose campaigns, when, with which targets by branch beside what was bought."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Annotated, Final, Self

import pyarrow as pa
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from wealthloop.bank import BankTables
from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.reports.bought import bought, of_categories
from wealthloop.strategies.parts import Category, StrategyId, Words

FILE: Final = "campaigns.yaml"
_LOOKS_AHEAD: Final = timedelta(days=90)
_YEARLY: Final = re.compile(r"^\d{2}-\d{2}$")
_Day = Annotated[str, BeforeValidator(str), StringConstraints(pattern=r"^(\d{4}-)?\d{2}-\d{2}$")]


class Campaign(BaseModel):
    """One campaign as the calendar's file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: StrategyId
    name: Words
    owner: str = Field(min_length=1)
    starts: _Day
    """MM-DD, every year; or YYYY-MM-DD, once."""
    ends: _Day
    ready_days: int = Field(ge=0, le=180)
    """So many days before its start everything is to be signed."""
    categories: tuple[Category, ...] = Field(min_length=1)
    strategies: tuple[StrategyId, ...] = ()
    """Those that serve it: packs say how they stand and what they planned in it."""
    targets_yuan: dict[str, int] = {}
    """By branch, what is to be bought in the categories."""

    @model_validator(mode="after")
    def _days_exist(self) -> Self:
        if bool(_YEARLY.match(self.starts)) != bool(_YEARLY.match(self.ends)):
            raise ValueError("ends: must be written as starts is, MM-DD or YYYY-MM-DD")
        first, last = self.in_year(2027)
        if last < first:
            raise ValueError(f"ends == {self.ends}, must not be before starts, {self.starts}")
        return self

    def in_year(self, year: int) -> tuple[date, date]:
        """Return its first and last day where it starts in a year; one that comes once, as it is."""
        if not _YEARLY.match(self.starts):
            return date.fromisoformat(self.starts), date.fromisoformat(self.ends)
        first = date.fromisoformat(f"{year}-{self.starts}")
        over = year if self.ends >= self.starts else year + 1
        return first, date.fromisoformat(f"{over}-{self.ends}")


class Calendar(BaseModel):
    """What stands in campaigns.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_within_days: int = Field(ge=1, le=60)
    campaigns: tuple[Campaign, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchResult:
    """One branch in a campaign; money in fen, observational: what was bought, not what the campaign caused."""

    branch_id: str
    target: int | None
    bought: int
    buyers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignNow:
    """A campaign that runs or comes up; ``branches`` are empty before it begins."""

    campaign: Campaign
    starts: date
    ends: date
    ready_by: date
    running: bool
    branches: tuple[BranchResult, ...]


def load_calendar(home: Home) -> Calendar:
    """Return the home's own calendar, or the shipped one.

    Raises:
        DocumentError: the file is not readable, or has a wrong key, day or value.
    """
    own = home.root / FILE
    text = own.read_text("utf-8") if own.exists() else files(__package__).joinpath(FILE).read_text("utf-8")
    try:
        return Calendar.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise DocumentError(f"{own}: not readable as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DocumentError(f"{own}: {where}: {first['msg'].removeprefix('Value error, ')}") from error


def campaigns_now(bank: BankTables, calendar: Calendar, *, as_of: date) -> tuple[CampaignNow, ...]:
    """Return the campaigns that run on a day or begin within 90 days, the next to begin first."""
    found = [one for campaign in calendar.campaigns for one in _around(bank, campaign, as_of)]
    return tuple(sorted(found, key=lambda one: (one.starts, one.campaign.id)))


def _around(bank: BankTables, campaign: Campaign, as_of: date) -> Iterator[CampaignNow]:
    spans = {campaign.in_year(as_of.year + shift) for shift in (-1, 0, 1)}
    for starts, ends in sorted(spans):
        if ends >= as_of and starts <= as_of + _LOOKS_AHEAD:
            running = starts <= as_of
            yield CampaignNow(
                campaign=campaign,
                starts=starts,
                ends=ends,
                ready_by=starts - timedelta(days=campaign.ready_days),
                running=running,
                branches=_branches(bank, campaign, starts, as_of) if running else (),
            )


def _branches(bank: BankTables, campaign: Campaign, first: date, as_of: date) -> tuple[BranchResult, ...]:
    made = of_categories(
        bank, bought(bank, first=first, last=as_of, as_of=as_of), sorted(campaign.categories), as_of=as_of
    )
    amounts, buyers = _by_branch(made, _branch_of(bank, as_of))
    return tuple(
        BranchResult(
            branch_id=branch,
            target=campaign.targets_yuan[branch] * 100 if branch in campaign.targets_yuan else None,
            bought=amounts[branch],
            buyers=len(buyers.get(branch, ())),
        )
        for branch in sorted({*campaign.targets_yuan, *amounts})
    )


def _by_branch(made: pa.Table, branch_of: dict[str, str]) -> tuple[Counter[str], dict[str, set[str]]]:
    amounts: Counter[str] = Counter()
    buyers: dict[str, set[str]] = {}
    for row in made.select(["customer_id", "amount"]).to_pylist():
        branch = branch_of.get(row["customer_id"], "")
        if branch:
            amounts[branch] += abs(row["amount"])
            buyers.setdefault(branch, set()).add(row["customer_id"])
    return amounts, buyers


def _branch_of(bank: BankTables, as_of: date) -> dict[str, str]:
    table = bank.read("customers", ("customer_id", "branch_id"), as_of=as_of)
    return {row["customer_id"]: row["branch_id"] or "" for row in table.to_pylist()}
