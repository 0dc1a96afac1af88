"""Information from outside: shown only with a licence, a consent to it, and the customer's to personalisation."""

from datetime import UTC
from typing import Any, Final

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.insight.provenance import Around, assumed
from wealthloop.insight.types import Words
from wealthloop.insight.views import OutsideTag, Withheld

_NO_LICENCE: Final = Words(zh="来源没有许可", en="the source has no licence")
_NO_REFERENCE: Final = Words(zh="没有授权凭证", en="no reference to a consent")
_NO_WORD: Final = Words(zh="没有个性化同意记录", en="no record of a consent to personalisation")
_REFUSED: Final = Words(zh="客户未同意个性化", en="the customer does not consent to personalisation")
_COLUMNS: Final = ("tag", "value", "source", "licence", "consent_ref", "as_of")
_EVERYWHERE: Final = "*"
_GRANTED: Final = "granted"


def outside_tags(
    bank: BankTables, engine: Engine, customer_id: str, around: Around
) -> tuple[tuple[OutsideTag, ...], tuple[Withheld, ...]]:
    """Return the newest value of each outside tag of each source: what may be shown, and what is withheld and why."""
    rows = bank.scan("external_tags", as_of=around.as_of)
    found = engine.to_arrow(rows.filter(rows["customer_id"] == customer_id), name="external tags").to_pylist()
    newest = {
        (row["tag"], row["source"] or ""): row for row in sorted(found, key=lambda row: (row["as_of"], row["known_at"]))
    }
    consent = _personalisation(bank, engine, customer_id, around)
    shown, withheld = [], []
    for key in sorted(newest):
        row = newest[key]
        why = _refusal(row) or consent
        if why is None:
            shown.append(_shown(row, around))
        else:
            withheld.append(Withheld(tag=row["tag"], source=row["source"], as_of=row["as_of"], why=why))
    return tuple(shown), tuple(withheld)


def _refusal(row: dict[str, Any]) -> Words | None:
    if not (row["licence"] or "").strip():
        return _NO_LICENCE
    return None if (row["consent_ref"] or "").strip() else _NO_REFERENCE


def _shown(row: dict[str, Any], around: Around) -> OutsideTag:
    sources = tuple(f"external_tags.{name}" for name in _COLUMNS)
    known_at = row["known_at"].replace(tzinfo=UTC)
    return OutsideTag(
        **{name: row[name] for name in _COLUMNS}, known_at=known_at, assumed=assumed(sources, around.imputed)
    )


def _personalisation(bank: BankTables, engine: Engine, customer_id: str, around: Around) -> Words | None:
    """Return why a customer's data may not be personalised, None where it may.

    The newest word for all channels must grant it; at one instant a refusal wins. What was said for one channel alone
    tells of that channel and of nothing else.
    """
    said = bank.scan("consents", as_of=around.as_of)
    ours = said.filter((said["customer_id"] == customer_id) & (said["purpose"] == "personalisation"))
    rows = engine.to_arrow(ours.select("channel", "state", "at"), name="consents").to_pylist()
    general = [row for row in rows if row["channel"] in (None, _EVERYWHERE)]
    if not general:
        return _NO_WORD
    newest = max(general, key=lambda row: (row["at"], row["state"] != _GRANTED))
    return None if newest["state"] == _GRANTED else _REFUSED
