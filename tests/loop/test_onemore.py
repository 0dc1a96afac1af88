"""What one more of each thing would have been worth is said in yuan, in both languages."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.loop.makers import home_in
from wealthloop import ledger
from wealthloop.loop import onemore
from wealthloop.loop.capacity import (
    BUDGET,
    MACHINE_CHANNELS,
    SEATS,
    branch_resource,
    channel_resource,
    household_resource,
    rm_resource,
    spend_resource,
    strategy_resource,
)
from wealthloop.loop.catalogues import KINDS
from wealthloop.loop.onemore import one_more


@pytest.mark.parametrize(
    ("resource", "price", "worth", "zh", "en"),
    [
        ("rm:S1", 1234.5, 1234.5, "客户经理 S1 多一张卡片，约可多增 12.35 元", "S1 would have added about 12.35"),
        ("seat:remote_agent", 900, 900, "远程坐席多打一通电话，约可多增 9.00 元", "seat would have added about 9.00"),
        ("volume:sms", 55, 55, "多发一条短信，约可多增 0.55 元", "One more SMS contact would have added about 0.55"),
        ("volume:fax", 0.2, 0.2, "多发一条fax，不会多增价值", "there was enough"),
        ("strategy:care", 0, 0, "策略 care 当日上限多一次触达，不会", "daily maximum of care would have added nothing"),
        ("budget", 1.75, 175, "当日预算多一元，约可多增 1.75 元", "day's budget would have added about 1.75"),
        ("spend:care", 0.5, 50, "策略 care 的预算多一元，约可多增 0.50 元", "of care would have added about 0.50"),
    ],
)  # fmt: skip
def test_each_kind_of_thing_has_its_words(
    tmp_path: Path, resource: str, price: float, worth: float, zh: str, en: str
) -> None:
    home = home_in(tmp_path)
    row = {"resource": resource, "capacity": 5, "used": 5, "price": price}
    ledger.write_prices(home, "run", pa.Table.from_pylist([row], ledger.PRICES))
    (found,) = one_more(home, "run")
    assert found.worth == pytest.approx(worth)
    assert zh in found.said.zh
    assert en in found.said.en


def test_every_kind_of_resource_of_a_night_has_words() -> None:
    named_by = (
        rm_resource, channel_resource, strategy_resource, spend_resource, household_resource, branch_resource,
    )  # fmt: skip
    named = (one("x") for one in named_by)
    kinds = {one.partition(":")[0] for one in (*named, SEATS, BUDGET)} | {kind.units for kind in KINDS}
    assert kinds == set(onemore._ONE)
    assert {channel_resource(one) for one in MACHINE_CHANNELS} == {channel_resource(one) for one in onemore._CHANNELS}


def test_the_dearest_of_each_kind_stands_first(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    prices = {"volume:sms": 9.0, "rm:S1": 1.0, "rm:S2": 3.0, "budget": 0.1, "seat:remote_agent": 0.0}
    rows = [{"resource": name, "capacity": 5, "used": 5, "price": price} for name, price in prices.items()]
    ledger.write_prices(home, "run", pa.Table.from_pylist(rows, ledger.PRICES))
    order = [one.resource for one in one_more(home, "run")]
    assert order == ["rm:S2", "rm:S1", "seat:remote_agent", "volume:sms", "budget"]
