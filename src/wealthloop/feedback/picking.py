"""Whose work is picked: which cards people take up, by value, by tier and beside the order in which they were shown.

Observational. A card was shown to the desk in the order of its expected value; who works from the top of the list
takes up more of the first than of the last, and that is what the order is for. What the table shows beside that is
the tier: rich customers taken up more often than their place explains.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from scipy.stats import binomtest, norm

from wealthloop.delivery.models import Card
from wealthloop.kit import parts_of

DECILES: Final = 10
LEAST: Final = 10
"""Cards below which no share is said (I19)."""
_RICH: Final = frozenset({"wealth", "pre_private", "private"})
_AT_ONCE: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One card that lay on a desk."""

    staff_id: str
    tier: str
    rank: int
    """Expected incremental value in fen, by which it was shown."""
    sent_on: date
    worked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which share of some cards was taken up, with its 95 % interval (Wilson); None where too few are there."""

    name: str
    cards: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """One person's work: rich against other cards at equal place, the first half of a day's list against the rest."""

    staff_id: str
    cards: int
    worked: Share
    richer: tuple[float, float, float] | None
    """Rich less other cards taken up, within halves of the list: difference and its 95 % interval."""
    first: tuple[float, float, float] | None
    """First less second half of each day's list."""


def shown(staff_ids: Iterable[str] | None, *, since: date, until: date) -> list[Shown]:
    """Return the cards that were laid on some desks (None: on all) from a day to a day and whose time is over or used.

    A card that nobody has taken up yet and that still may be is left out.
    """
    parts: list[Sequence[str]] = [[]] if staff_ids is None else list(parts_of(sorted(set(staff_ids)), _AT_ONCE))
    rows = Card.objects.filter(sent_on__gte=since, sent_on__lte=until)
    found: list[Shown] = []
    for part in parts:
        ours = rows if staff_ids is None else rows.filter(staff_id__in=part)
        names = ("staff_id", "content__tier", "rank", "sent_on", "claimed_at", "expires_on")
        for staff, tier, rank, sent_on, claimed_at, expires_on in ours.order_by("pk").values_list(*names):
            if claimed_at is not None or expires_on < until:
                found.append(
                    Shown(staff_id=staff, tier=tier, rank=rank, sent_on=sent_on, worked=claimed_at is not None)
                )  # fmt: skip
    return found


def by_decile(cards: Sequence[Shown]) -> list[Share]:
    """Return the share taken up by decile of value, the highest first."""
    ordered = sorted(cards, key=lambda card: -card.rank)
    pieces = np.array_split(np.arange(len(ordered)), DECILES)
    return [_share(str(at), [ordered[i] for i in piece]) for at, piece in enumerate(pieces, start=1)]


def by_tier(cards: Sequence[Shown]) -> list[Share]:
    """Return the share taken up by tier."""
    tiers: defaultdict[str, list[Shown]] = defaultdict(list)
    for card in cards:
        tiers[card.tier].append(card)
    return [_share(tier, tiers[tier]) for tier in sorted(tiers)]


def by_person(cards: Sequence[Shown]) -> list[Picked]:
    """Return every desk's picking."""
    desks: defaultdict[str, list[Shown]] = defaultdict(list)
    for card in cards:
        desks[card.staff_id].append(card)
    return [_picked(staff, desks[staff]) for staff in sorted(desks)]


def _picked(staff_id: str, cards: Sequence[Shown]) -> Picked:
    first, second = _halves(cards)
    rich = [[card for card in half if card.tier in _RICH] for half in (first, second)]
    other = [[card for card in half if card.tier not in _RICH] for half in (first, second)]
    return Picked(
        staff_id=staff_id, cards=len(cards), worked=_share(staff_id, cards),
        richer=_difference(list(zip(rich, other, strict=True))), first=_difference([(first, second)]),
    )  # fmt: skip


def _halves(cards: Sequence[Shown]) -> tuple[list[Shown], list[Shown]]:
    """Return the cards of the first and of the second half of each day's list; an odd one is in the first."""
    days: defaultdict[date, list[Shown]] = defaultdict(list)
    for card in cards:
        days[card.sent_on].append(card)
    first, second = [], []
    for listed in days.values():
        ordered = sorted(listed, key=lambda card: -card.rank)
        first += ordered[: (len(ordered) + 1) // 2]
        second += ordered[(len(ordered) + 1) // 2 :]
    return first, second


def _share(name: str, cards: Sequence[Shown]) -> Share:
    if len(cards) < LEAST:
        return Share(name=name, cards=len(cards), share=None, low=None, high=None)
    worked = sum(card.worked for card in cards)
    ends = binomtest(worked, len(cards)).proportion_ci(method="wilson")
    return Share(
        name=name, cards=len(cards), share=worked / len(cards), low=float(ends.low), high=float(ends.high)
    )  # fmt: skip


def _difference(strata: Sequence[tuple[Sequence[Shown], Sequence[Shown]]]) -> tuple[float, float, float] | None:
    """Return the difference of shares within strata, with its 95 % interval; None where a side has too few cards.

    Strata are weighted by Mantel and Haenszel. The interval adds a success and a failure to each side of a stratum
    (Agresti and Caffo, American Statistician 54, 2000), so that a side that was all taken up is not taken for certain.
    """
    used = [(a, b) for a, b in strata if a and b]
    if any(sum(len(pair[side]) for pair in used) < LEAST for side in (0, 1)):
        return None
    weight = np.array([len(a) * len(b) / (len(a) + len(b)) for a, b in used])
    weight /= weight.sum()
    raw, centre, variance = (np.zeros(len(used)) for _ in range(3))
    for place, (a, b) in enumerate(used):
        raw[place] = _rate(a, 0) - _rate(b, 0)
        centre[place] = _rate(a, 1) - _rate(b, 1)
        variance[place] = sum(_rate(one, 1) * (1 - _rate(one, 1)) / (len(one) + 2) for one in (a, b))
    mean, half = float(weight @ centre), float(norm.ppf(0.975) * np.sqrt(weight**2 @ variance))
    return float(weight @ raw), max(mean - half, -1.0), min(mean + half, 1.0)


def _rate(cards: Sequence[Shown], more: int) -> float:
    """Return the share taken up, with so many successes and so many failures added."""
    return float((sum(card.worked for card in cards) + more) / (len(cards) + 2 * more))
