"""Previews: a home of public data shows the cards that it would have, and that nobody may act on them."""

from datetime import date
from pathlib import Path

import pytest

from tests.bank.source import only
from tests.loop.makers import AS_OF, AT_WORK
from wealthloop.bank import ingest
from wealthloop.delivery.models import Intent
from wealthloop.kit import Home
from wealthloop.leads.models import Lead
from wealthloop.loop.night import run_night
from wealthloop.loop.preview import previews

pytestmark = pytest.mark.django_db

FILES = {
    "customers.csv": "customer_id,birth_year,open_date\nC1,1980,2020-01-01\nC2,1985,2020-01-01\nC3,1990,2020-01-01\n",
    "products.csv": "product_id,name,category,regime\nD1,活期存款,demand,deposit\n",
    "holdings.csv": "customer_id,product_id,as_of,balance\n"
    + "".join(
        f"C{n},D1,2026-{month:02d}-{day},{n}00000.00\n"
        for n in (1, 2, 3)
        for month, day in ((9, 30), (10, 31), (11, 19), (11, 20))
    ),
    "transactions.csv": "transaction_id,customer_id,at,kind,amount\n"
    "T1,C1,2026-11-19 10:00:00,transfer_in,80000.00\n"
    "T2,C2,2026-11-20 10:00:00,transfer_in,90000.00\n"
    "T3,C3,2026-11-20 10:00:00,transfer_in,10.00\n",
}


def home_of(folder: Path) -> Home:
    home = Home.open_or_create(folder / "home")
    ingest(home, only(folder, "in", FILES), mapping=None, as_of=AS_OF, accept=True)
    return home


def test_a_demonstration_shows_cards_that_nobody_may_act_on_and_names_what_is_missing(tmp_path: Path) -> None:
    home = home_of(tmp_path).with_kind("demonstration")
    found = run_night(home, as_of=AS_OF, now=AT_WORK)
    shown = previews(home, AS_OF)
    assert found.steps["preview"] == {"previews": len(shown)}
    assert {one["customer_id"] for one in shown} == set(Lead.objects.values_list("customer_id", flat=True)) >= {"C1"}
    assert [one["customer_id"] for one in shown if one["content"]["trigger"] == "large_inflow"] == ["C2", "C1"]
    for one in shown:
        content = one["content"]
        assert not content["contactable"]
        assert content["demonstration"]
        missing = {words["en"] for words in content["missing"]}
        assert {"no consent record", "no risk level", "no relationship manager or staff record"} <= missing
        assert "CO-01" in {line["rule_id"] for line in content["verdicts"]}
        assert not any(line["allowed"] for line in content["verdicts"])
    assert not Intent.objects.exists()


def test_a_bank_writes_no_previews(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    assert run_night(home, as_of=AS_OF, now=AT_WORK).steps["preview"] == {"previews": 0}
    assert previews(home, AS_OF) == []
    assert previews(home, date(2020, 1, 1)) == []
