"""The desk: order, rules, double clicks, wins and what a stranger sees."""

import itertools
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.delivery.makers import NOW, TODAY, allow, card_content, new_intent
from tests.filedb import in_threads, on_file_database
from wealthloop.delivery import cards, outbox
from wealthloop.delivery.cards import Conversion, Done, Outcome
from wealthloop.delivery.codes import ASKED, CODES, held
from wealthloop.delivery.models import Card, CardEvent, CardState
from wealthloop.delivery.transitions import ATTEMPTS, OPEN, RULES, TRANSITIONS, outcomes
from wealthloop.errors import Conflict, InvalidInput, NotFound
from wealthloop.kit import Home, day_of, opening
from wealthloop.policies.facts import CHINA

_request = itertools.count()
EARLY = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""07:30 of the 24th in China."""
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""20:00 of the 23rd in China."""


def lay(
    home: Home, *numbers: int, staff_id: str = "S1", expires_on: date = date(2026, 11, 28), now: datetime = NOW
) -> list[str]:
    """Lay cards through the outbox; card ``n`` is worth 1000 n fen."""
    contents = {n: card_content(value=1000 * n, expires_on=expires_on) for n in numbers}
    intents = [new_intent(n, channel="rm", staff_id=staff_id, content=contents[n], not_before=now) for n in numbers]
    outbox.stage(intents, now=now)
    outbox.dispatch(home, now=now, gate=allow, worker="night")
    return [intent.intent_id for intent in intents]


def do(
    card_id: str,
    outcome: Outcome,
    *,
    actor: str = "li",
    request: str = "",
    note: str = "",
    on: date | None = None,
    code: str = "",
    not_before: date | None = None,
    now: datetime = NOW,
) -> Card:
    request_id = request or f"r{next(_request)}"
    return cards.record(
        card_id, outcome, actor=actor, staff_id="S1", request_id=request_id, now=now, zone=CHINA, note=note,
        follow_up_on=on, code=code, not_before=not_before,
    )  # fmt: skip


def take(card_id: str, *, person: str = "li", request: str = "", now: datetime = NOW) -> Card:
    request_id = request or f"r{next(_request)}"
    return cards.claim(card_id, person=person, staff_id="S1", request_id=request_id, now=now, zone=CHINA)


def bought(number: int = 1, *, on: date = TODAY, transaction: str = "T1", strategy: str = "maturity") -> Conversion:
    return Conversion(
        customer_id=f"C{number}", strategy_id=strategy, on=on, transaction_id=transaction, amount=5_000_000
    )


@pytest.mark.django_db
class TestDesk:
    def test_new_cards_lie_in_the_order_of_their_value_and_at_most_fifteen(self, home: Home) -> None:
        ids = lay(home, *range(1, 21))
        assert [card.pk for card in cards.today("S1", today=TODAY)] == list(reversed(ids))[:15]

    def test_due_follow_ups_come_first_then_cards_in_work(self, home: Home) -> None:
        first, second, third, fourth = lay(home, 1, 2, 3, 4)
        take(first)
        do(first, Outcome.FOLLOW_UP, on=TODAY)
        take(second)
        take(third)
        do(third, Outcome.APPOINTMENT, on=TODAY + timedelta(days=1))
        assert [card.pk for card in cards.today("S1", today=TODAY)] == [first, second, fourth]
        assert [card.pk for card in cards.later("S1", today=TODAY)] == [third]
        assert [card.pk for card in cards.today("S1", today=TODAY + timedelta(days=1))] == [
            first,
            third,
            second,
            fourth,
        ]

    def test_a_card_past_its_last_day_is_not_on_the_desk(self, home: Home) -> None:
        lay(home, 1, expires_on=TODAY)
        assert len(cards.today("S1", today=TODAY)) == 1
        assert cards.today("S1", today=TODAY + timedelta(days=1)) == []

    def test_i19_a_desk_sees_only_its_own_cards(self, home: Home) -> None:
        (card_id,) = lay(home, 1, staff_id="S2")
        assert cards.today("S1", today=TODAY) == []
        assert cards.changed_since("S1", 0) == []
        attempts: list[Callable[[], Card]] = [
            lambda: cards.find(card_id, staff_id="S1"),
            lambda: take(card_id),
            lambda: do(card_id, Outcome.REACHED),
        ]
        for attempt in attempts:
            with pytest.raises(NotFound, match="not on this desk") as theirs:
                attempt()
            assert str(theirs.value) == f"card {card_id}: not on this desk"
        with pytest.raises(NotFound, match="not on this desk"):
            cards.find("nothing", staff_id="S1")

    def test_i19_nobody_works_at_the_desk_without_a_name(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        Card.objects.update(staff_id="")
        assert cards.today("", today=TODAY) == []
        with pytest.raises(NotFound):
            cards.find(card_id, staff_id="")

    def test_every_change_has_a_new_sequence_number_and_is_seen_once(self, home: Home) -> None:
        first, second = lay(home, 1, 2)
        seen = cards.latest_sequence("S1")
        take(first)
        assert [card.pk for card in cards.changed_since("S1", seen)] == [first]
        seen = cards.latest_sequence("S1")
        assert cards.changed_since("S1", seen) == []
        take(second)
        do(first, Outcome.REACHED)
        assert [card.pk for card in cards.changed_since("S1", seen)] == [second, first]
        cards.expire(today=TODAY + timedelta(days=30))
        assert len({card.sequence for card in Card.objects.all()}) == 2
        assert min(card.sequence for card in Card.objects.all()) > seen

    def test_open_cards_are_counted_by_desk(self, home: Home) -> None:
        first, second, _ = lay(home, 1, 2, 3)
        lay(home, 4, staff_id="S2")
        take(first)
        take(second)
        do(second, Outcome.NOT_NOW, code="not_interested")
        assert cards.open_cards() == {"S1": 2, "S2": 1}

    def test_an_empty_desk_has_sequence_nought(self) -> None:
        assert cards.latest_sequence("S1") == 0


@pytest.mark.django_db
class TestWork:
    def test_a_day_is_past_by_the_banks_clock(self, home: Home) -> None:
        """At 23:30 UTC the next day has begun in China, where the card lies."""
        (card_id,) = lay(home, 1)
        take(card_id, now=EARLY)
        do(card_id, Outcome.REACHED, now=EARLY)
        with pytest.raises(InvalidInput, match="follow_up_on == 2026-11-23, must not be past"):
            do(card_id, Outcome.FOLLOW_UP, on=TODAY, now=EARLY)
        with pytest.raises(InvalidInput, match="not_before == 2026-11-23, must not be past"):
            do(card_id, Outcome.NOT_NOW, code="wrong_timing", not_before=TODAY, now=EARLY)
        assert do(card_id, Outcome.FOLLOW_UP, on=TODAY + timedelta(days=1), now=EARLY).state == CardState.FOLLOW_UP

    def test_a_claimed_card_names_who_has_it(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        card = take(card_id)
        assert (card.state, card.claimed_by, card.claimed_at) == (CardState.CLAIMED, "li", NOW)

    def test_somebody_elses_card_can_neither_be_claimed_nor_worked(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        with pytest.raises(Conflict, match="li has it"):
            take(card_id, person="wu")
        with pytest.raises(Conflict, match="li has it"):
            do(card_id, Outcome.REACHED, actor="wu")

    def test_i13_a_double_click_counts_once(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        first, again = take(card_id, request="a"), take(card_id, request="a")
        assert (first.state, first.sequence) == (again.state, again.sequence)
        for _ in range(2):
            card = do(card_id, Outcome.NOT_REACHED, request="b")
        assert (card.attempts, CardEvent.objects.count()) == (1, 2)

    def test_a_request_that_was_used_for_something_else_is_a_conflict(self, home: Home) -> None:
        first, second = lay(home, 1, 2)
        take(first, request="a")
        with pytest.raises(Conflict, match="done before with something else"):
            take(second, request="a")
        with pytest.raises(Conflict, match="done before with something else"):
            do(first, Outcome.REACHED, request="a")

    def test_a_new_card_is_claimed_before_it_is_worked(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        with pytest.raises(Conflict, match="claim it first"):
            do(card_id, Outcome.REACHED)

    def test_three_attempts_and_no_fourth(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        for outcome in (Outcome.NOT_REACHED, Outcome.NOT_REACHED, Outcome.REACHED):
            card = do(card_id, outcome)
        assert card.attempts == ATTEMPTS == 3
        with pytest.raises(Conflict, match="3 attempts are used up"):
            do(card_id, Outcome.NOT_REACHED)
        assert do(card_id, Outcome.INTENT_LOW).intent_level == "low"

    @pytest.mark.parametrize("outcome", [Outcome.NOT_NOW, Outcome.WRONG_PRODUCT, Outcome.WRONG_CUSTOMER])
    def test_closing_needs_a_code(self, home: Home, outcome: Outcome) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        with pytest.raises(InvalidInput, match="a code is needed"):
            do(card_id, outcome, note="孩子上学要用钱")
        with pytest.raises(InvalidInput, match="a note is needed"):
            do(card_id, outcome, code="other", note="  ")
        card = do(card_id, outcome, code="other", note="孩子上学要用钱")
        assert (card.state, card.closed_reason, card.closed_at) == (CardState.CLOSED, outcome.value, NOW)
        assert cards.today("S1", today=TODAY) == []

    @pytest.mark.parametrize("outcome", [Outcome.APPOINTMENT, Outcome.FOLLOW_UP])
    def test_an_agreement_needs_a_day_to_come_and_keeps_the_card_alive(self, home: Home, outcome: Outcome) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        with pytest.raises(InvalidInput, match="a date is needed"):
            do(card_id, outcome)
        with pytest.raises(InvalidInput, match="must not be past"):
            do(card_id, outcome, on=TODAY - timedelta(days=1))
        agreed = TODAY + timedelta(days=10)
        card = do(card_id, outcome, on=agreed)
        assert (card.state, card.follow_up_on) == (CardState.FOLLOW_UP, agreed)
        assert cards.expire(today=agreed) == 0
        assert [c.pk for c in cards.today("S1", today=agreed)] == [card_id]
        assert cards.expire(today=agreed + timedelta(days=8)) == 1

    def test_an_outcome_without_an_agreement_takes_no_date(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        with pytest.raises(InvalidInput, match="takes no date"):
            do(card_id, Outcome.REACHED, on=TODAY)

    def test_a_person_cannot_record_a_win(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        with pytest.raises(Conflict, match="by itself"):
            do(card_id, Outcome.WON)

    @pytest.mark.parametrize("state", list(CardState))
    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_every_pair_of_state_and_outcome_does_what_the_table_says(
        self, home: Home, state: CardState, outcome: Outcome
    ) -> None:
        (card_id,) = lay(home, 1)
        holder = "" if state is CardState.NEW else "li"
        Card.objects.update(state=state, claimed_by=holder)
        code = ASKED[outcome].codes[0] if ASKED[outcome].required else ""
        on = TODAY if RULES[outcome].needs_date else None
        if outcome in TRANSITIONS[state] and outcome is not Outcome.WON:
            expected = TRANSITIONS[state][outcome] or state
            assert do(card_id, outcome, code=code, on=on).state == expected
            assert Card.objects.get().state == expected
        else:
            with pytest.raises(Conflict):
                do(card_id, outcome, code=code, on=on)
            assert not CardEvent.objects.exists()

    def test_only_open_cards_expire(self, home: Home) -> None:
        lay(home, *range(1, 7))
        for card, state in zip(Card.objects.order_by("rank"), CardState, strict=True):
            Card.objects.filter(pk=card.pk).update(state=state)
        assert cards.expire(today=date(2026, 11, 28)) == 0
        assert cards.expire(today=date(2026, 11, 29)) == len(OPEN)
        assert cards.expire(today=date(2026, 11, 29)) == 0


def things_done(seed: int, ids: list[str]) -> list[Done]:
    """Return what people might do, sensible or not; a bad one, a double click and a used request among them."""
    chance = Random(seed)
    requests = [f"seed{seed}-{number}" for number in range(40)]
    return [
        Done(
            card_id=chance.choice(ids),
            outcome=chance.choices(list(Outcome)[:-1], weights=[12, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 6])[0],
            actor="li",
            staff_id="S1",
            request_id=requests[number],
            now=NOW + timedelta(minutes=number),
            note="because",
            code=chance.choice(["good_lead", "other", "wrong_product", "customer_angry", "gone"]),
        )
        for number in range(chance.randint(1, 40))
    ]


def fitting(done: Done) -> Done:
    return replace(done, follow_up_on=TODAY + timedelta(days=9) if RULES[done.outcome].needs_date else None)


def end_state() -> tuple[list[Any], list[Any]]:
    events = CardEvent.objects.order_by("request_id").values(*(name.attname for name in CardEvent._meta.fields[1:]))
    return list(Card.objects.order_by("pk").values()), list(events)


def one_by_one(many: list[Done]) -> None:
    for done in many:
        given = {field.name: getattr(done, field.name) for field in fields(done)}
        cards.record(given.pop("card_id"), given.pop("outcome"), zone=CHINA, **given)


def all_at_once(many: list[Done]) -> None:
    cards.record_all(many, zone=CHINA)


def outcome_of(act: Callable[[list[Done]], None], many: list[Done]) -> tuple[str, object]:
    """Return the error and the end state of recording, and undo it."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                act(many)
            error = ""
        except (Conflict, InvalidInput, NotFound) as refused:
            error = f"{type(refused).__name__}: {refused}"
        state = end_state()
        transaction.set_rollback(True)
    return error, state


def legal(many: list[Done]) -> list[Done]:
    """Return the things that are not refused when those before them were done."""
    kept: list[Done] = []
    for done in many:
        if not outcome_of(one_by_one, [*kept, done])[0]:
            kept.append(done)
    return kept


@pytest.mark.django_db
class TestManyAtOnce:
    @pytest.mark.parametrize("seed", range(12))
    def test_many_things_done_end_as_if_recorded_one_after_another(self, home: Home, seed: int) -> None:
        many = legal([fitting(done) for done in things_done(seed, lay(home, 1, 2, 3))])
        many += many[: seed % 3]
        before = end_state()
        assert outcome_of(all_at_once, many) == outcome_of(one_by_one, many)
        assert not many or outcome_of(all_at_once, many)[1] != before

    @pytest.mark.parametrize("seed", range(24))
    def test_the_first_refusal_is_that_of_one_after_another_and_nothing_stays(self, home: Home, seed: int) -> None:
        here, (other,) = lay(home, 1, 2, 3), lay(home, 4, staff_id="S2")
        right = legal([fitting(done) for done in things_done(seed, here)])
        right = right or [
            Done(card_id=here[0], outcome=Outcome.CLAIMED, actor="li", staff_id="S1", request_id="r", now=NOW)
        ]
        last = replace(right[-1], request_id="another")
        wrong = [
            replace(last, card_id="no such card"),
            replace(last, card_id=other),
            replace(last, card_id=other, staff_id=""),
            replace(last, outcome=Outcome.WON),
            replace(last, actor="wang"),
            replace(last, outcome=Outcome.NOT_NOW, code=""),
            replace(last, outcome=Outcome.FOLLOW_UP, follow_up_on=None),
            replace(last, request_id=right[0].request_id, actor="wang"),
        ][seed % 8]
        before, refused = end_state(), outcome_of(all_at_once, [*right, wrong])
        assert refused[0] == outcome_of(one_by_one, [*right, wrong])[0] != ""
        assert refused[1] == before

    def test_many_cards_take_few_queries(self, home: Home, django_assert_max_num_queries: Any) -> None:  # noqa: ANN401
        ids = lay(home, *range(1, 61))
        taken = [
            Done(card_id=one, outcome=Outcome.CLAIMED, actor="li", staff_id="S1", request_id=f"t{one}", now=NOW)
            for one in ids
        ]
        with django_assert_max_num_queries(10):
            all_at_once(taken)
        assert Card.objects.filter(state=CardState.CLAIMED).count() == 60


def test_the_table_names_every_state_and_outcome() -> None:
    assert set(TRANSITIONS) == set(CardState)
    assert set(RULES) == set(Outcome)
    assert outcomes("new") == (Outcome.CLAIMED,)
    assert outcomes("won") == outcomes("closed") == outcomes("expired") == ()


@pytest.mark.django_db
class TestCodes:
    def test_i13_the_same_code_counts_once_a_card_and_is_held_after_that(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        for request in ("a", "a", "b"):
            do(card_id, Outcome.FEEDBACK, code="good_lead", request=request)
        told = CardEvent.objects.exclude(code="").order_by("pk").values_list("request_id", "code", "held")
        assert list(told) == [("a", "good_lead", ""), ("b", "good_lead", "said_before")]

    def test_i13_a_code_that_nobody_knows_or_that_does_not_fit_is_held_and_the_outcome_stands(self, home: Home) -> None:
        first, second = lay(home, 1, 2)
        for card_id, code in ((first, "of an older page"), (second, "good_lead")):
            take(card_id)
            assert do(card_id, Outcome.NOT_NOW, code=code).state == CardState.CLOSED
        told = CardEvent.objects.exclude(code="").order_by("card__rank").values_list("code", "held")
        assert list(told) == [("of an older page", "unknown_code"), ("good_lead", "does_not_fit")]

    def test_i13_the_database_itself_lets_a_code_count_once_a_card(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        same = {"card_id": card_id, "at": NOW, "actor": "li", "outcome": "feedback", "code": "good_lead"}
        CardEvent.objects.create(request_id="a", **same)
        CardEvent.objects.create(request_id="b", **same, held="said_before")
        with pytest.raises(IntegrityError), transaction.atomic():
            CardEvent.objects.create(request_id="c", **same)

    @pytest.mark.parametrize("at", [NOW, EARLY, NOON])
    def test_something_is_said_of_a_card_after_its_end_and_changes_nothing_of_it(
        self, home: Home, at: datetime
    ) -> None:
        """The days between are the bank's: what ended at 23:30 UTC ended on the day that begins in China by then."""
        (card_id,) = lay(home, 1)
        take(card_id, now=at)
        do(card_id, Outcome.NOT_NOW, code="not_interested", now=at)
        ended = day_of(at, CHINA)
        for days, code in ((30, "wrong_words"), (31, "duplicate")):
            now = opening(ended + timedelta(days=days), CHINA, at=time(13) if days == 30 else time(7, 30))
            card = do(card_id, Outcome.FEEDBACK, code=code, now=now)
            assert (card.state, card.closed_reason, card.closed_at) == (CardState.CLOSED, "not_now", at)
        held = CardEvent.objects.filter(outcome="feedback").order_by("at").values_list("held", flat=True)
        assert list(held) == ["", "too_late"]

    def test_only_a_code_that_is_dated_takes_a_day_and_none_that_is_past(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        take(card_id)
        with pytest.raises(InvalidInput, match="takes no day"):
            do(card_id, Outcome.NOT_NOW, code="not_interested", not_before=TODAY)
        with pytest.raises(InvalidInput, match="must not be past"):
            do(card_id, Outcome.NOT_NOW, code="wrong_timing", not_before=TODAY - timedelta(days=1))
        do(card_id, Outcome.NOT_NOW, code="wrong_timing", not_before=TODAY + timedelta(days=40))
        assert CardEvent.objects.get(code="wrong_timing").not_before == TODAY + timedelta(days=40)

    def test_every_code_that_an_outcome_asks_for_is_in_the_table_and_counts_with_it(self) -> None:
        for outcome, asked in ASKED.items():
            for code in asked.codes:
                assert held(outcome, code, said=(), ended_on=None, today=TODAY) is None
        assert {code for asked in ASKED.values() for code in asked.codes} == set(CODES)


@pytest.mark.django_db
class TestWins:
    def test_a_purchase_wins_the_card_by_itself_and_once(self, home: Home) -> None:
        (card_id,) = lay(home, 1)
        assert cards.match_wins([bought()], now=NOW) == 1
        assert cards.match_wins([bought()], now=NOW) == 0
        card = cards.find(card_id, staff_id="S1")
        assert (card.state, card.closed_at) == (CardState.WON, NOW)
        assert CardEvent.objects.get().actor == cards.SYSTEM

    def test_a_second_purchase_wins_nothing_more(self, home: Home) -> None:
        lay(home, 1)
        assert cards.match_wins([bought(), bought(transaction="T2")], now=NOW) == 1

    @pytest.mark.parametrize(
        "other",
        [bought(2), bought(strategy="payroll"), bought(on=TODAY - timedelta(days=1)), bought(on=date(2026, 11, 29))],
        ids=["customer", "strategy", "before the card", "after its end"],
    )
    def test_a_purchase_that_does_not_belong_to_it_wins_no_card(self, home: Home, other: Conversion) -> None:
        lay(home, 1)
        assert cards.match_wins([other], now=NOW) == 0
        assert Card.objects.get().state == CardState.NEW

    def test_a_card_in_work_is_won_and_a_closed_one_is_not(self, home: Home) -> None:
        first, second = lay(home, 1, 2)
        for card_id in (first, second):
            take(card_id)
        do(second, Outcome.NOT_NOW, code="not_interested")
        assert cards.match_wins([bought(1), bought(2, transaction="T2")], now=NOW) == 1
        assert cards.find(second, staff_id="S1").state == CardState.CLOSED

    def test_a_purchase_learned_after_the_end_of_the_card_still_wins_it(self, home: Home) -> None:
        lay(home, 1)
        cards.expire(today=date(2026, 12, 1))
        assert cards.match_wins([bought(on=date(2026, 11, 27))], now=NOW) == 1
        assert cards.expire(today=date(2026, 12, 1)) == 0

    def test_the_newest_of_two_cards_is_won(self, home: Home) -> None:
        lay(home, 1, expires_on=date(2026, 12, 20))
        content = card_content(expires_on=date(2026, 12, 20))
        later = NOW + timedelta(days=2)
        again = new_intent(
            2, channel="rm", customer_id="C1", content=content, not_before=later, not_after=later + timedelta(days=2)
        )
        outbox.stage([again], now=later)
        outbox.dispatch(home, now=later, gate=allow, worker="night")
        assert cards.match_wins([bought(on=date(2026, 11, 25))], now=later) == 1
        assert Card.objects.get(state=CardState.WON).pk == again.intent_id


@pytest.mark.django_db(transaction=True)
def test_of_ten_people_who_click_at_once_one_gets_the_card(home: Home, tmp_path: Path) -> None:
    def click(number: int) -> object:
        try:
            return take(card_id, person=f"p{number}", request=f"p{number}").claimed_by
        except Conflict:
            return None

    with on_file_database(tmp_path, "policies", "delivery"):
        (card_id,) = lay(home, 1)
        got = [person for person in in_threads(10, click) if person]
        assert got == [Card.objects.get().claimed_by]
        assert CardEvent.objects.count() == 1
