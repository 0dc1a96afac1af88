"""Signatures: which are needed, whose role gives them, under which content; nobody signs their own work or twice."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from wealthloop.access.models import AuditEntry, Person
from wealthloop.errors import Conflict, DocumentError, InvalidInput, NotAllowed
from wealthloop.kit import Home
from wealthloop.strategies import life
from wealthloop.strategies.load import content_hash, shipped
from wealthloop.strategies.models import StrategySignature, StrategyState, StrategyVersion
from wealthloop.strategies.repository import version_row
from wealthloop.strategies.signing import load_rules, missing, signed

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = date(2026, 11, 23)
IDLE = next(one for one in shipped() if one.id == "idle-salary")
FOUR = """
[needed]
strategy = ["strategy"]
product_manager = ["product_manager"]
consumer_protection = ["consumer_protection"]
compliance = ["compliance", "head"]
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home that asks for four signatures, and the people who may give them."""
    home = Home.create(tmp_path / "home")
    (home.root / "signatures.toml").write_text(FOUR, encoding="utf-8")
    monkeypatch.setenv("WEALTHLOOP_HOME", str(home.root))
    for name, role in (
        ("li", "strategy"), ("sun", "strategy"), ("pan", "product_manager"), ("xu", "consumer_protection"),
        ("he", "compliance"), ("tang", "head"), ("rm1", "rm"),
    ):  # fmt: skip
        Person.objects.create(username=name, role=role)
    return home


def submitted() -> StrategyVersion:
    return life.submit(IDLE, "li", NOW)


def signs(by: str, signature: str = "") -> StrategyVersion:
    return life.sign(IDLE.id, 1, by, NOW, signature=signature)


@pytest.mark.usefixtures("bank")
def test_i17_the_last_needed_signature_approves_whatever_the_order() -> None:
    submitted()
    for by, left in (
        ("he", ("strategy", "product_manager", "consumer_protection")),
        ("xu", ("strategy", "product_manager")),
        ("sun", ("product_manager",)),
    ):
        row = signs(by)
        assert (row.state, missing(row)) == (StrategyState.IN_REVIEW, left)
    row = signs("pan")
    assert (row.state, row.approved_by, row.approved_hash) == (StrategyState.APPROVED, "pan", content_hash(IDLE))
    assert [(name, one.person) for name, one in signed(row).items()] == [
        ("compliance", "he"), ("consumer_protection", "xu"), ("strategy", "sun"), ("product_manager", "pan"),
    ]  # fmt: skip
    verbs = AuditEntry.objects.order_by("sequence").values_list("verb", "actor", "detail__signature")
    assert list(verbs)[1:] == [
        ("strategy.signed", "he", "compliance"), ("strategy.signed", "xu", "consumer_protection"),
        ("strategy.signed", "sun", "strategy"), ("strategy.signed", "pan", "product_manager"),
        ("strategy.approved", "pan", None),
    ]  # fmt: skip
    assert life.launch(IDLE.id, 1, "sun", NOW, on=DAY).state == StrategyState.RUNNING


@pytest.mark.usefixtures("bank")
def test_i17_a_version_that_lacks_a_signature_is_not_launched_whatever_its_state_says() -> None:
    row = submitted()
    row = signs("he")
    row.state, row.approved_by, row.approved_hash = StrategyState.APPROVED, "he", row.content_hash
    row.save()
    with pytest.raises(Conflict, match="not what he approved"):
        life.launch(IDLE.id, 1, "sun", NOW, on=DAY)


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("li", "li wrote"),
        ("rm1", "rm1 may give no signature"),
        ("ghost", "ghost may give no signature"),
    ],
)
def test_i17_who_wrote_it_who_has_no_role_for_it_and_who_is_nobody_sign_nothing(by: str, said: str) -> None:
    submitted()
    with pytest.raises(NotAllowed, match=said):
        signs(by)
    assert not StrategySignature.objects.exists()


@pytest.mark.usefixtures("bank")
def test_i17_nobody_signs_two_of_the_needed_even_with_a_role_for_both() -> None:
    submitted()
    Person.objects.filter(username="sun").update(role="strategy")
    signs("sun")
    Person.objects.filter(username="sun").update(role="compliance")
    with pytest.raises(NotAllowed, match="sun has signed"):
        signs("sun")
    row = version_row(IDLE.id, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        StrategySignature.objects.create(version=row, signature="compliance", person="sun", content_hash="h", at=NOW)


@pytest.mark.usefixtures("bank")
def test_i17_who_has_left_signs_nothing() -> None:
    submitted()
    Person.objects.filter(username="he").update(is_active=False)
    with pytest.raises(NotAllowed, match="he has left"):
        signs("he")


@pytest.mark.usefixtures("bank")
def test_a_signature_that_is_named_is_given_once_and_only_by_its_role() -> None:
    submitted()
    with pytest.raises(NotAllowed, match="pan may give no signature"):
        signs("pan", "compliance")
    signs("he", "compliance")
    with pytest.raises(Conflict, match="signature == compliance"):
        signs("tang", "compliance")
    with pytest.raises(Conflict, match="signature == data"):
        signs("tang", "data")


@pytest.mark.usefixtures("bank")
def test_i17_a_person_signs_what_they_have_read() -> None:
    submitted()
    with pytest.raises(Conflict, match="not what he has read"):
        life.sign(IDLE.id, 1, "he", NOW, seen="another hash")
    assert life.sign(IDLE.id, 1, "he", NOW, seen=content_hash(IDLE)).signatures.count() == 1


@pytest.mark.usefixtures("bank")
def test_i17_a_rejection_voids_the_signatures_and_returns_a_draft_with_the_reason() -> None:
    submitted()
    signs("he")
    signs("sun")
    row = life.reject(IDLE.id, 1, "xu", NOW, "the message promises too much")
    assert (row.state, row.reason, missing(row)) == (
        StrategyState.DRAFT,
        "the message promises too much",
        tuple(row.needed),
    )
    assert StrategySignature.objects.exclude(voided_at=None).count() == 2
    again = submitted()
    assert (again.version, again.state, again.reason) == (1, StrategyState.IN_REVIEW, "")
    assert missing(signs("he")) == ("strategy", "product_manager", "consumer_protection")


@pytest.mark.usefixtures("bank")
def test_an_approval_is_taken_back_by_a_rejection() -> None:
    submitted()
    for by in ("sun", "pan", "xu", "he"):
        signs(by)
    row = life.reject(IDLE.id, 1, "tang", NOW, "not in this quarter")
    assert (row.approved_by, row.approved_hash, row.approved_at) == ("", "", None)
    with pytest.raises(Conflict, match="is draft, must be approved"):
        life.launch(IDLE.id, 1, "sun", NOW, on=DAY)


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("by", ["rm1", "ghost"])
def test_only_who_signs_such_versions_or_wrote_it_sends_it_back(by: str) -> None:
    submitted()
    with pytest.raises(NotAllowed, match="cannot send it back"):
        life.reject(IDLE.id, 1, by, NOW, "because")
    with pytest.raises(InvalidInput, match="reason is empty"):
        life.reject(IDLE.id, 1, "xu", NOW, "  ")
    assert life.reject(IDLE.id, 1, "li", NOW, "withdrawn").state == StrategyState.DRAFT


def test_i17_a_changed_document_has_no_signature_of_the_one_before(bank: Home) -> None:
    submitted()
    signs("he")
    other = life.submit(IDLE.model_copy(update={"daily_maximum": 7}), "li", NOW)
    assert (other.version, signed(other)) == (2, {})
    (bank.root / "signatures.toml").write_text('[needed]\ndata = ["data"]\n', encoding="utf-8")
    assert version_row(IDLE.id, 1).needed == ["strategy", "product_manager", "consumer_protection", "compliance"]
    assert life.submit(IDLE.model_copy(update={"daily_maximum": 8}), "li", NOW).needed == ["data"]


def test_i17_content_that_changed_between_signatures_is_signed_no_further(bank: Home) -> None:
    del bank
    submitted()
    signs("he")
    row = version_row(IDLE.id, 1)
    row.document["daily_maximum"] = 9_999
    row.save()
    with pytest.raises(Conflict, match="not what li submitted"):
        signs("sun")


def test_a_draft_is_checked_and_handed_in_as_the_same_version() -> None:
    kept = life.draft(IDLE, "li", NOW)
    assert (kept.state, life.draft(IDLE, "li", NOW).pk) == (StrategyState.DRAFT, kept.pk)
    assert life.check(IDLE.id, 1, "li", NOW).state == StrategyState.CHECKED
    with pytest.raises(Conflict, match="is checked, must be draft"):
        life.check(IDLE.id, 1, "li", NOW)
    assert (life.submit(IDLE, "li", NOW).pk, version_row(IDLE.id, 1).state) == (kept.pk, StrategyState.IN_REVIEW)
    verbs = list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["strategy.drafted", "strategy.checked", "strategy.submitted"]


def test_a_draft_that_breaks_a_rule_of_today_is_not_checked() -> None:
    row = life.draft(IDLE, "li", NOW)
    del row.document["success"]
    row.save()
    with pytest.raises(DocumentError, match="success criterion"):
        life.check(IDLE.id, 1, "li", NOW)
    assert version_row(IDLE.id, 1).state == StrategyState.DRAFT


def test_the_shipped_rules_ask_for_one_other_than_the_author_whether_or_not_they_log_in() -> None:
    Person.objects.create(username="rm1", role="rm")
    submitted()
    with pytest.raises(NotAllowed, match="rm1 may give no signature"):
        life.approve(IDLE.id, 1, "rm1", NOW)
    assert life.approve(IDLE.id, 1, "zhao", NOW).state == StrategyState.APPROVED
    with pytest.raises(Conflict, match="is approved, must be in_review"):
        life.approve(IDLE.id, 1, "qian", NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needed"),
        ("[needed]\n", "needed"),
        ('[needed]\nmagic = ["head"]\n', "needed.magic"),
        ('[needed]\ndata = ["wizard"]\n', "needed.data.0"),
        ('any = 1\n[needed]\ndata = ["data"]\n', "any"),
        ("needed = \n", "line 1"),
    ],
)
def test_a_file_with_a_fault_is_refused_and_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "signatures.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=f"signatures.toml.*{said}"):
        load_rules(tmp_path)
