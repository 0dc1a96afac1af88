"""Four eyes: which signatures a version needs, which it has, and which of them a person may give (I17).

The home's ``signatures.toml`` says which are asked of what is submitted from now on; a version keeps what was asked of
it. A signature stands under one exact content, whose hash it carries.
"""

import tomllib
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from django.db.models import Q
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wealthloop.access.models import Role
from wealthloop.access.people import acting_role
from wealthloop.config import ProcessSettings
from wealthloop.errors import Conflict, DocumentError, NotAllowed
from wealthloop.experiments import experiment_id
from wealthloop.strategies.models import StrategySignature, StrategyVersion

FILE: Final = "signatures.toml"

SignatureName = Literal["strategy", "data", "technology", "product_manager", "consumer_protection", "compliance"]


class SigningRules(BaseModel):
    """What stands in signatures.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    only_people: bool = True
    """Whether a signature is good only of somebody who can log in, by the role that they have."""
    needed: dict[SignatureName, tuple[Role, ...]] = Field(min_length=1)
    """By signature, in the order in which they are asked for, the roles that give it."""


def load_rules(root: Path | None) -> SigningRules:
    """Return the rules of a home's folder, or the shipped ones.

    Raises:
        DocumentError: the home's file has a wrong key or value.
    """
    own = None if root is None else root / FILE
    given = own is not None and own.exists()
    text = own.read_text("utf-8") if own and given else files(__package__).joinpath(FILE).read_text("utf-8")
    try:
        return SigningRules.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(f"{own}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{own}: {error}") from error


def rules_here() -> SigningRules:
    """Return the rules of the home whose state plane is open: no caller can leave them out."""
    return load_rules(ProcessSettings().home)


def signed(row: StrategyVersion, *, until: datetime | None = None) -> dict[str, StrategySignature]:
    """Return the signatures that stand under a version's present content, by name, in the order in which they came.

    ``until``: those that stood at the end of a span, before this instant; None: those of now.
    """
    ours = row.signatures.filter(content_hash=row.content_hash).order_by("at", "pk")
    if until is None:
        standing = ours.filter(voided_at=None)
    else:
        standing = ours.filter(Q(voided_at=None) | Q(voided_at__gte=until), at__lt=until)
    return {one.signature: one for one in standing}


def missing(row: StrategyVersion, *, until: datetime | None = None) -> tuple[str, ...]:
    """Return the signatures that a version still needs, or still needed at an instant, in order."""
    has = signed(row, until=until)
    return tuple(name for name in row.needed if name not in has)


def may_give(row: StrategyVersion, by: str, role: str | None, rules: SigningRules) -> tuple[str, ...]:
    """Return which of the missing signatures somebody may give.

    Args:
        row: the version.
        by: who.
        role: theirs; None for a name by which nobody logs in.
        rules: those of the home.
    """
    has = signed(row)
    if by == row.author or by in {one.person for one in has.values()}:
        return ()
    open_now = [name for name in row.needed if name not in has]
    if role is None:
        return () if rules.only_people else tuple(open_now)
    return tuple(name for name in open_now if role in _givers(rules, name))


def signature_for(row: StrategyVersion, by: str, wanted: str) -> str:
    """Return the signature that somebody gives now: the one that is wanted, or the first that they may give.

    Raises:
        NotAllowed: they wrote it, have signed it, or their role does not give it.
        Conflict: the signature that is wanted is not needed, or given already.
    """
    name = experiment_id(row.strategy_id, row.version)
    if row.author == by:
        raise NotAllowed(f"{by} wrote {name}: somebody else must approve it")
    has = signed(row)
    if by in {one.person for one in has.values()}:
        raise NotAllowed(f"{by} has signed {name}: the other signatures are other people's")
    if wanted and (wanted not in row.needed or wanted in has):
        raise Conflict(f"{name}: signature == {wanted}, must be one of {', '.join(missing(row))}, which are missing")
    rules = rules_here()
    may = may_give(row, by, acting_role(by), rules)
    if not may or (wanted and wanted not in may):
        lacking = (wanted,) if wanted else missing(row)
        asked = "; ".join(f"{one}: {', '.join(_givers(rules, one))}" for one in lacking)
        raise NotAllowed(f"{by} may give no signature that {name} lacks, which are given by the roles {asked}")
    return wanted or may[0]


def may_judge(row: StrategyVersion, by: str) -> bool:
    """Say whether somebody may send a version back: who wrote it, and everybody whose role signs such versions."""
    role, rules = acting_role(by), rules_here()
    if by == row.author or (role is None and not rules.only_people):
        return True
    return any(role in _givers(rules, name) for name in row.needed)


def _givers(rules: SigningRules, name: str) -> tuple[str, ...]:
    """Return the roles that give a signature; one that the home no longer asks for is given by the role of its name."""
    return {str(known): tuple(map(str, roles)) for known, roles in rules.needed.items()}.get(name, (name,))
