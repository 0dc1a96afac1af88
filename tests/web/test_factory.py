"""The models' pages: what counts, what is found, one model alone, and who may change what is used."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from tests.scoring.bank import AS_OF, MemoryBank, small_world
from tests.scoring.test_effectmodels import units
from tests.web.conftest import LogIn
from wealthloop import scoring
from wealthloop.champions import life
from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.champions.register import register
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.scoring import Comparison
from wealthloop.scoring.effectmodels import train_effect
from wealthloop.scoring.qini import Measured
from wealthloop.scoring.registry import publish, text_of

MODEL = "response/wealth_management/30d"
EFFECT = "uplift/idle_salary/conversion"
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, tuple[scoring.ModelRecord, ...]]:
    """Models of another home, trained once."""
    home, engine = Home.create(tmp_path_factory.mktemp("kept") / "home", salt="a-test-salt"), DuckDBEngine()
    records = scoring.train(MemoryBank(small_world().rows, engine), engine, home, as_of=AS_OF, seed=7)
    train_effect(
        home, units(1)[0], model_id=EFFECT, owner="o", zh="效果", en="the effect", as_of=date(2026, 3, 1), seed=7
    )
    return home, records


@pytest.fixture
def models(home: Home, kept: tuple[Home, tuple[scoring.ModelRecord, ...]]) -> Iterator[scoring.ModelRecord]:
    """The models in the home of the pages, one of them with a version that waits."""
    shutil.copytree(kept[0].models, home.models, dirs_exist_ok=True)
    register(kept[1], (), now=NOW)
    record = next(one for one in kept[1] if one.model_id == MODEL)
    manifest = record.manifest.model_copy(update={"code_version": "next"})
    register([publish(home, manifest, text_of(home, record), current=False)], {MODEL}, now=NOW)
    yield record
    shutil.rmtree(home.models)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("healthy and used", "Effects of contacts", "Waiting beside one in use", "challenger waits",
                "no positives", "a customer with assets buys a wealth product")),
        ("zh-hans", ("健康且在用", "触达效果模型", "等待替换的候选版本", "无正样本",
                     "有资产的客户在 30 天内购买银行理财")),
    ],
)  # fmt: skip
def test_models_are_counted_by_family_and_found(
    language: str, said: tuple[str, ...], log_in: LogIn, models: scoring.ModelRecord
) -> None:
    client = log_in("strategist", language=language)
    text = client.get("/models/", {"q": "wealth_management"}).content.decode()
    assert [part for part in said if part not in text] == (["challenger waits"] if language == "en" else [])
    assert f'href="/models/{models.model_id}/"' in text
    assert EFFECT in text
    none = client.get("/models/", {"family": "churn", "flag": "drifted"}).content.decode()
    assert ("No model is like that." if language == "en" else "没有符合条件的模型。") in none


def test_a_home_without_models_says_how_to_train_them(log_in: LogIn) -> None:
    assert "wealthloop models factory" in log_in("strategist").get("/models/").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("model_id", [MODEL, EFFECT, "segment/maturing/renew_or_buy_30d", "churn/aum_half/30d"])
def test_one_model_alone(language: str, model_id: str, log_in: LogIn, models: scoring.ModelRecord) -> None:
    del models
    answer = log_in("strategist", language=language).get(f"/models/{model_id}/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert model_id in text
    assert not re.search(r"%\([a-z]+\)", text)
    if model_id in {MODEL, EFFECT}:
        assert 'type="application/json"' in text


def test_two_people_put_a_version_to_use_from_the_page(log_in: LogIn, models: scoring.ModelRecord) -> None:
    waits = ModelVersion.objects.get(model_id=MODEL, state=VersionState.CHALLENGER)
    level = Measured(estimate=0.001, low=-0.001, high=0.003)
    compared = Comparison(
        model_id=MODEL, champion=models.version, challenger=waits.version, measure="auc", difference=level, units=300
    )
    life.propose(MODEL, compared, by="strategist", now=NOW)
    own = log_in("strategist")
    assert "Approve the proposed version" not in own.get(f"/models/{MODEL}/").content.decode()
    refused = own.post(f"/models/{MODEL}/step/approve/")
    assert refused.status_code == 409
    assert "somebody else must approve" in refused.content.decode()
    chinese = log_in("strategist", language="zh-hans").post(f"/models/{MODEL}/step/approve/").content.decode()
    assert "须由他人批准" in chinese
    other = log_in("head")
    page = other.get(f"/models/{MODEL}/").content.decode()
    assert "Approve the proposed version" in page
    assert "AUC differs by +0.0010" in page
    assert other.post(f"/models/{MODEL}/step/approve/").status_code in {302, 409}
    row = ModelVersion.objects.get(pk=waits.pk)
    assert row.state in {VersionState.CHAMPION, VersionState.PROPOSED}


def test_who_may_not_is_refused(log_in: LogIn, models: scoring.ModelRecord) -> None:
    del models
    assert log_in("engineer").post(f"/models/{MODEL}/step/reject/").status_code == 403
    assert log_in("strategist").post(f"/models/{MODEL}/step/burn/").status_code == 409
    assert log_in("strategist").get("/models/response/nothing/30d/").status_code == 404
    assert log_in("strategist").get(f"/models/{MODEL}/step/reject/").status_code == 405
