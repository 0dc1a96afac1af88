import re
from importlib import resources
from pathlib import Path

import pytest

from tests.sandbox.makers import LAST
from wealthloop.errors import DocumentError, InvalidInput
from wealthloop.sandbox import World, load_world, shipped_worlds


def _default() -> str:
    return (resources.files("wealthloop.sandbox") / "worlds" / "default.toml").read_text(encoding="utf-8")


def _saved(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_default_world_is_shipped() -> None:
    world = load_world("default")

    assert world.name == "default"
    assert len({product.product_id for product in world.products}) == len(world.products) >= 25


@pytest.mark.parametrize("name", shipped_worlds())
def test_every_parameter_of_every_shipped_world_names_its_source_or_says_assumed(name: str) -> None:
    text = (resources.files("wealthloop.sandbox") / "worlds" / f"{name}.toml").read_text(encoding="utf-8")
    parameters = [line for line in text.splitlines() if re.match(r"\s*[A-Za-z_]\w*\s*=", line)]

    unsaid = [line for line in parameters if not re.search(r"#.*(assumed|source: \S)", line)]

    assert parameters
    assert unsaid == []


def test_six_worlds_are_shipped_and_every_one_is_its_own() -> None:
    worlds = [load_world(name) for name in shipped_worlds()]

    assert [world.name for world in worlds] == list(shipped_worlds())
    assert {"default", "digital-bank", "hostile", "no-effect", "small-city-bank"} <= set(shipped_worlds())
    assert all(world.version >= 2 for world in worlds)
    assert len({world.digest for world in worlds}) == len(worlds)


def test_a_file_on_a_base_gives_only_what_differs(tmp_path: Path) -> None:
    text = 'base = "default"\nname = "mine"\n[people]\nmean_age = 60\n[[benefits]]\n'
    text += 'benefit_id = "B9"\nname = "x"\ncost_yuan = 1\nstock = 1\nvalid_to = 2027-01-01\n'
    mine, default = load_world(_saved(tmp_path, text)), load_world("default")

    assert mine.people == default.people.model_copy(update={"mean_age": 60})
    assert [benefit.benefit_id for benefit in mine.benefits] == ["B9"]
    assert (mine.products, mine.channels) == (default.products, default.channels)


def test_a_base_may_be_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "under.toml").write_text('base = "hostile"\n[size]\ncustomers = 321\n', encoding="utf-8")
    mine = load_world(_saved(tmp_path, 'base = "under.toml"\nname = "mine"\n'))

    assert (mine.name, mine.size.customers, mine.contact) == ("mine", 321, load_world("hostile").contact)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('base = "atlantis"', "key base: world == atlantis"),
        ('base = "mine.toml"', "key base: stands on itself"),
        ('base = "../folder/mine.toml"', "key base: stands on itself"),
        ("base = 3", "key base: must be the name"),
        ('base = "gone.toml"', "key base: .*not readable"),
    ],
)
def test_a_base_that_cannot_be_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(DocumentError, match=said):
        load_world(_saved(tmp_path / "folder", text))


def test_the_digest_follows_the_parameters_not_the_comments(tmp_path: Path) -> None:
    same = load_world(_saved(tmp_path, _default() + "\n# a word\n")).digest
    other = load_world(_saved(tmp_path, _default().replace("mean_age = 46", "mean_age = 47"))).digest

    assert same == load_world("default").digest != other


def test_every_wrong_key_and_value_is_named_by_its_path(tmp_path: Path) -> None:
    wrong = {
        "wealth.top_share": ("top_share = 0.81", "top_share = 8"),
        "desk.shine": ("[desk] ", "[desk]\nshine = 1\n#"),
        "version": ("version = 2", "version = 0"),
        "zone": ('zone = "Asia/Shanghai"', 'zone = "Atlantis"'),
        "channels.sms.reached": ("reached = 0.90", 'reached = "often"'),
        "people.mean_age": ("mean_age = 46", "mean_age = nan"),
        "market.regimes": ('regimes = ["calm", "bull", "bear"]', "regimes = 3"),
        "products.2.product_id": ('product_id = "P003"', "product_id = 3"),
        "moves.0.to": ('to = "single"', 'to = "bored"'),
        "wealth.body_sigma": ("body_sigma =", "body_sigme ="),
    }
    text = _default()
    for old, new in wrong.values():
        assert old in text
        text = text.replace(old, new, 1)

    with pytest.raises(DocumentError) as caught:
        load_world(_saved(tmp_path, text))

    assert [key for key in wrong if f"mine.toml: key {key}:" not in str(caught.value)] == []


def test_an_unknown_category_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"appetite\.held\.tulips"):
        load_world(_saved(tmp_path, _default().replace("[appetite.held] ", "[appetite.held]\ntulips = 0.1\n")))


def test_a_missing_channel_is_named(tmp_path: Path) -> None:
    begin = _default().index("[channels.wecom]")
    end = _default().index("[desk]")

    with pytest.raises(DocumentError, match=r"key channels: .*has no wecom"):
        load_world(_saved(tmp_path, _default()[:begin] + _default()[end:]))


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not readable as TOML"):
        load_world(_saved(tmp_path, "version = ["))


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(DocumentError, match="world == atlantis"):
        load_world("atlantis")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not readable"):
        load_world(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("equity_drift = [0.05, 0.25, -0.25]", "equity_drift = [0.05]", "equity_drift must have one number for each"),
        ("[appetite.regime.bear]", "[appetite.regime.panic]", "appetite.regime names panic"),
        ('product_id = "P003"', 'product_id = "P002"', "key products: .*P002 stands twice"),
        ('category = "demand"', 'category = "gold"', "key products: .*must begin with the demand account"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in _default()

    with pytest.raises(DocumentError, match=said):
        load_world(_saved(tmp_path, _default().replace(old, new, 1)))


@pytest.mark.parametrize("name", shipped_worlds())
def test_machines_sell_well_under_1_percent_of_contacts_but_for_the_case_of_foreign_rates(name: str) -> None:
    world = load_world(name)
    most = {
        channel: world.channels[channel].reached * world.channels[channel].interested * world.channels[channel].sold
        for channel in ("ai_call", "sms", "app_push")
    }

    assert (max(most.values()) < 0.007) == (name != "foreign-rates")


def test_a_top_that_would_not_be_the_top_is_refused(tmp_path: Path) -> None:
    spec = load_world(_saved(tmp_path, 'base = "default"\n[wealth]\ntop_share = 0.01\n'))

    with pytest.raises(InvalidInput, match=r"wealth\.top_share == 0\.01"):
        World(salt="a salt for tests", spec=spec).history(first=LAST, last=LAST, running=(), out=None)
