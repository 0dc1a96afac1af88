"""Small states of the pages: people, and cards with all that a card can hold.

Run as ``python -m tests.web.making HOME make`` it makes a whole home with a state file, for the live server; with
``card`` it lays one more card on a desk of it, from another process than the server's.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from wealthloop.kit import Home

AS_OF = date(2026, 11, 20)
TODAY = AS_OF + timedelta(days=1)
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
PASSWORD = "loop-loop-loop"
NAMES = ("王*明", "李*", "陈*华", "赵*娟", "周*", "吴*芳", "郑**", "孙*丽")


def make_home(root: Path) -> Home:
    """Make an empty simulated home with a first night behind it."""
    home = Home.create(root, kind="simulated", bank_name="江南银行", salt="salt-of-the-tests")
    home.set_current(as_of=AS_OF, run_id="r1")
    return home


def make_bank(home: Home) -> None:
    """Load a small bank: C1 and C2 in the book of S1, C3 in that of S2, C4 in nobody's; and describe its customers."""
    from wealthloop import features, insight
    from wealthloop.bank import BankTables, ingest
    from wealthloop.engines import DuckDBEngine

    source = home.root / "source"
    source.mkdir(parents=True)
    for table, rows in _rows().items():
        (source / f"{table}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    ingest(home, source, mapping=None, as_of=AS_OF)
    engine = DuckDBEngine(threads=1)
    bank = BankTables(home, engine)
    built = features.build(bank, engine, as_of=AS_OF)
    insight.save(home, AS_OF, insight.profiles(bank, engine, as_of=AS_OF, features=built))


def _rows() -> dict[str, list[str]]:
    names = {"C1": "王小明", "C2": "李华", "C3": "陈建华", "C4": "赵美娟"}
    days = [AS_OF - timedelta(days=back) for back in range(40, -1, -1)]
    return {
        "customers": ["customer_id,name,birth_date,open_date,branch_id,marital_status"]
        + [f"{one},{name},1975-03-0{at},2019-05-01,B1,married" for at, (one, name) in enumerate(names.items(), 1)],
        "book_assignments": [
            "customer_id,rm_id,from,to", "C1,S1,2024-01-01,", "C2,S1,2024-01-01,", "C3,S2,2024-01-01,",
        ],
        "products": [
            "product_id,name,category,regime",
            "D1,活期存款,demand,deposit", "T1,整存整取三年,time_deposit,deposit", "F1,稳健债券A,bond_fund,investment",
        ],
        "holdings": ["customer_id,product_id,as_of,balance,position_id,maturity_date"]
        + [f"{one},D1,{day},{20_000 * at + 100}.00,," for at, one in enumerate(names, 1) for day in days]
        + [f"C1,T1,{day},500000.00,P1,2026-11-28" for day in days],
        "transactions": ["transaction_id,customer_id,at,kind,amount,product_id"]
        + [f"X{one}{day},{one},{day} 10:00:00,transfer_in,3000.00," for one in names for day in days[::10]],
        "app_events": [
            "event_id,customer_id,at,kind,product_id",
            f"E1,C1,{AS_OF} 09:00:00,login,", f"E2,C1,{AS_OF} 09:01:00,view,F1",
        ],
    }  # fmt: skip


def make_years(home: Home) -> None:
    """Lay two made-up results of years into a home: one whole, one of a single seed and two policies."""
    from tests.reports.examples import example_year
    from wealthloop.reports.years import save

    save(home, example_year())
    save(home, example_year("bau", "loop", world="hostile", seeds=1, over="customers"))


def make_people(*, can_log_in: bool = False) -> None:
    """Make one person of each kind that the tests need; a password takes its time, so only where it is asked for."""
    from wealthloop.access.models import Person

    for username, role, staff_id in (
        ("rm1", "rm", "S1"),
        ("rm2", "rm", "S2"),
        ("head", "head", ""),
        ("strategist", "strategy", ""),
        ("engineer", "technology", ""),
    ):
        person = Person(username=username, role=role, staff_id=staff_id, branch_id="B9")
        if can_log_in:
            person.set_password(PASSWORD)
        person.save()


def content(name: str = "王*明", *, expires_on: date = TODAY + timedelta(days=3)) -> dict[str, object]:
    """Return a full card's content, as the outbox stores it."""
    from wealthloop.delivery.content import CardContent

    return CardContent.model_validate(_content(name, expires_on)).model_dump(mode="json")


def make_card(
    card_id: str, *, staff_id: str = "S1", rank: int = 124_000, name: str = "王*明", customer_id: str = ""
) -> None:
    """Lay a new card on a desk."""
    from django.db import transaction

    from wealthloop.delivery.models import Card, Intent, IntentState
    from wealthloop.delivery.sequence import next_sequence

    stored = content(name)
    with transaction.atomic():
        intent = Intent.objects.create(
            intent_id=card_id, run_id="r1", strategy_id="deposit_rollover", strategy_version=1, product_id="P1",
            customer_id=customer_id or f"C-{card_id}", channel="rm", step=card_id, staff_id=staff_id,
            lead_id=f"L-{card_id}", content=stored, content_hash="h", approval_hash="h", consent_snapshot={},
            not_before=NOW, not_after=NOW + timedelta(days=3), state=IntentState.SENT, created_at=NOW,
        )  # fmt: skip
        Card.objects.create(
            intent=intent, sequence=next_sequence(), customer_id=intent.customer_id, staff_id=staff_id,
            content=stored, created_at=NOW, sent_on=TODAY, expires_on=TODAY + timedelta(days=3), rank=rank,
        )  # fmt: skip


def make_desk(staff_id: str = "S1", *, cards: int = 8) -> None:
    """Lay some cards on a desk, the most valuable first, all of one customer of its book."""
    customer_id = "C1" if staff_id == "S1" else "C3"
    for number in range(cards):
        name = NAMES[number % len(NAMES)]
        rank = 124_000 - number
        make_card(f"{staff_id}card{number}", staff_id=staff_id, rank=rank, name=name, customer_id=customer_id)


def _content(name: str, expires_on: date) -> dict[str, object]:
    def both(zh: str, en: str) -> dict[str, str]:
        return {"zh": zh, "en": en}

    return {
        "masked_name": name, "tier": "wealth", "lifecycle": "mature", "life_stage": "grown_children",
        "risk_level": "C3", "risk_valid_until": "2027-01-14", "trigger": "deposit_maturing",
        "strategy_id": "deposit_rollover", "strategy_name": both("定存到期承接", "Deposit rollover"),
        "why_now": [
            {"text": both("50.0 万元三年期定存 2026-11-28 到期", "A three-year deposit of 500 k matures on 2026-11-28"),
             "source": "trigger:deposit_maturing"},
            {"text": both("近 7 天看过 3 次“固收+”", "Viewed fixed-income-plus products 3 times in 7 days"),
             "source": "model:response/fixed_income_plus_wm/30d"},
        ],
        "offer": {"product_id": "P1", "name": "固收+ 90 天持有期", "category": "fixed_income_plus_wm", "rating": "R2"},
        "alternatives": [{"product_id": "P2", "name": "大额存单 1 年", "category": "large_cd", "rating": None}],
        "action": both("建议承接", "Offer to roll over into"),
        "value": {"mean": 124_000, "low": 31_000, "high": 218_000},
        "p_contact": 0.18, "p_no_contact": 0.07,
        "available_now": 12_000_000, "available_7d": 50_000_000, "available_30d": 50_000_000,
        "overdraft_room": 5_000_000,
        "verdicts": [
            {"allowed": True, "subject": both("固收+ 90 天持有期", "Fixed-income-plus 90 days"), "rule_id": "SU-01",
             "reason": both("适当性 C3→R2", "suitability C3→R2")},
            {"allowed": True, "subject": both("客户经理触达", "Contact by the RM"), "rule_id": "CO-01",
             "reason": both("营销同意有效", "marketing consent stands")},
            {"allowed": True, "subject": both("触达上限", "Contact caps"), "rule_id": "FR-01",
             "reason": both("30 天内 1/4", "1 of 4 in 30 days")},
            {"allowed": False, "subject": both("偏股基金", "Equity funds"), "rule_id": "SU-02",
             "reason": both("R4 高于 C3", "R4 is above C3")},
        ],
        "talk_track": both("您有一笔定存月底到期,我帮您看了几种接得上的安排,您方便时聊五分钟?",
                           "A deposit of yours matures at the end of the month. I have looked at what could follow it; "
                           "may we talk for five minutes?"),
        "do_not_say": both("保本、收益一定、低风险", "guaranteed principal, certain returns, low risk"),
        "benefit": {"name": "到期承接礼", "unit_cost": 2_000, "stock": 312},
        "expires_on": expires_on.isoformat(), "contactable": True, "demonstration": False,
        "missing": [both("行外资产:没有样本", "off-bank assets: no sample")],
    }  # fmt: skip


def _main(root: Path, what: str) -> None:
    from wealthloop.state import open_state

    if what == "card":
        open_state(Home.open(root))
        make_card("fresh", staff_id="S2", rank=900_000, name="钱*", customer_id="C3")
        return
    home = make_home(root)
    make_bank(home)
    make_years(home)
    open_state(home, create=True)
    make_people(can_log_in=True)
    make_desk("S1")
    make_desk("S2", cards=2)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
