"""What people at desks say of a card, as codes: a table of data, and when a code that was given does not count."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from wealthloop.delivery.content import Bilingual
from wealthloop.delivery.transitions import Outcome


class About(StrEnum):
    """What a code speaks of."""

    LEAD = "lead"
    TIMING = "timing"
    PRODUCT = "product"
    CUSTOMER = "customer"
    WORDS = "words"


Says = Literal["good", "bad", "nothing"]
"""Of the lead's worth: that it was worth a contact, that it was not, or neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One thing that can be said of a card."""

    code: str
    words: Bilingual
    about: About
    says: Says
    """Of whether this offer at this moment was worth a contact; moves the order of later cards."""
    dated: bool = False
    """May name a day before which nobody should ask again."""
    needs_note: bool = False


def _code(
    code: str, zh: str, en: str, about: About, says: Says, *, dated: bool = False, needs_note: bool = False
) -> Code:
    return Code(code=code, words=Bilingual(zh=zh, en=en), about=about, says=says, dated=dated, needs_note=needs_note)


CODES: Final[Mapping[str, Code]] = MappingProxyType(
    {
        code.code: code
        for code in (
            _code("good_lead", "线索好", "good lead", About.LEAD, "good"),
            _code("wrong_facts", "依据有误", "facts wrong", About.LEAD, "bad"),
            _code("duplicate", "重复联系", "called twice", About.LEAD, "nothing"),
            _code("wrong_timing", "时机不对", "wrong timing", About.TIMING, "bad", dated=True),
            _code("money_bound", "资金已有安排", "money is spoken for", About.TIMING, "bad", dated=True),
            _code("wrong_product", "产品不对", "wrong product", About.PRODUCT, "bad"),
            _code("too_risky", "嫌风险高", "too risky for them", About.PRODUCT, "bad"),
            _code("return_too_low", "嫌收益低", "return too low", About.PRODUCT, "bad"),
            _code("term_too_long", "嫌期限长", "term too long", About.PRODUCT, "bad"),
            _code("already_here", "已在本行办", "did it here", About.CUSTOMER, "bad"),
            _code("already_elsewhere", "已在他行办", "did it elsewhere", About.CUSTOMER, "bad"),
            _code("customer_angry", "客户反感", "angry", About.CUSTOMER, "bad"),
            _code("not_interested", "暂无意向", "no interest now", About.CUSTOMER, "nothing"),
            _code("unreachable", "多次联系不上", "cannot be reached", About.CUSTOMER, "nothing"),
            _code("wrong_person", "接听人非本人", "not the customer's number", About.CUSTOMER, "nothing"),
            _code("wrong_words", "话术不对", "wrong words", About.WORDS, "nothing"),
            _code("other", "其他", "something else", About.CUSTOMER, "nothing", needs_note=True),
        )
    }
)
"""Every code, in the order in which people see them."""

_ANY_TIME: Final = (
    "good_lead", "already_here", "already_elsewhere", "customer_angry", "wrong_words", "duplicate", "wrong_facts",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which codes may go with an outcome, and whether one must."""

    codes: tuple[str, ...] = ()
    required: bool = False


ASKED: Final[Mapping[Outcome, Asked]] = MappingProxyType(
    {
        **dict.fromkeys(Outcome, Asked()),
        **dict.fromkeys(
            (Outcome.REACHED, Outcome.INTENT_HIGH, Outcome.INTENT_MEDIUM, Outcome.INTENT_LOW),
            Asked(codes=_ANY_TIME),
        ),
        Outcome.NOT_NOW: Asked(
            codes=(
                "wrong_timing", "money_bound", "not_interested", "already_here", "already_elsewhere", "customer_angry",
                "duplicate", "unreachable", "other",
            ),
            required=True,
        ),
        Outcome.WRONG_PRODUCT: Asked(
            codes=("wrong_product", "too_risky", "return_too_low", "term_too_long", "other"), required=True
        ),
        Outcome.WRONG_CUSTOMER: Asked(codes=("wrong_person", "wrong_facts", "duplicate", "other"), required=True),
        Outcome.FEEDBACK: Asked(codes=_ANY_TIME, required=True),
    }
)  # fmt: skip
"""What each outcome asks for."""

LATE: Final = timedelta(days=30)
"""So long after the end of a card what is said of it still counts."""

Held = Literal["unknown_code", "does_not_fit", "said_before", "too_late"]


def held(outcome: Outcome, code: str, *, said: Collection[str], ended_on: date | None, today: date) -> Held | None:
    """Return why a code does not count, None where it does; what does not count is kept all the same (I13).

    Args:
        outcome: what it goes with.
        code: as it was given: a page that is older than the table may give one that is gone.
        said: the codes of the same card that count already.
        ended_on: the day on which the card ended, None while it is open.
        today: the day on which it is said.
    """
    if code not in CODES:
        return "unknown_code"
    if code not in ASKED[outcome].codes:
        return "does_not_fit"
    if code in said:
        return "said_before"
    return "too_late" if ended_on is not None and today - ended_on > LATE else None
