"""Notes are grouped by what they say, the same however they come, and shown without names and numbers."""

from itertools import product
from random import Random

import pytest

from wealthloop.feedback.cluster import Note, clusters, masked

WORDS = {
    "money_bound": (
        ("客户", "他家", ""), ("刚", "已经", "最近"), ("买房付了首付", "付了买房的首付"), ("没有余钱", "余钱不多"),
    ),
    "wrong_product": (("担心", "很怕", "害怕"), ("基金", "净值"), ("亏损", "波动亏损"), ("不敢再投", "去年亏过")),
    "wrong_timing": (("人在", "正在", "还在"), ("外地出差", "出差"), ("月底", "下月"), ("回来再联系", "回来再说")),
}  # fmt: skip


def notes() -> list[Note]:
    return [
        Note(text="，".join(filter(None, parts)), code=code)
        for code, slots in WORDS.items()
        for parts in product(*slots)
    ]


def test_notes_that_say_the_same_stand_together_without_a_dictionary() -> None:
    found = clusters(notes())
    assert sum(one.size for one in found) == len(notes())
    assert len(found) == 3
    for one in found:
        assert one.codes[0][1] == one.size, one


def test_what_many_say_in_the_same_words_is_a_group() -> None:
    found = clusters([*notes(), *[Note(text="人在外地，月底，他家没有余钱", code="other")] * 40])
    assert (found[0].size, found[0].codes[0]) == (40, ("other", 40))


def test_i14_the_groups_do_not_depend_on_the_order_of_the_notes() -> None:
    mixed = notes()
    Random(5).shuffle(mixed)
    assert clusters(mixed) == clusters(notes())


def test_too_few_notes_make_no_group() -> None:
    assert clusters(notes()[:19]) == []
    assert clusters(notes()[:20]) != []
    assert clusters([Note(text="同样的话", code="other")] * 50) == []


def test_a_group_shows_its_most_typical_notes_and_its_codes_the_most_frequent_first() -> None:
    odd = Note(text="担心基金净值，去年亏过，电话里又换了话题", code="other")
    often = [Note(text="很怕，基金，亏损，不敢再投", code="wrong_product")] * 30
    group = next(one for one in clusters([*notes(), odd, *often]) if "other" in dict(one.codes))
    assert group.size == sum(one.code == "wrong_product" for one in (*notes(), *often)) + 1
    assert group.codes == (("wrong_product", group.size - 1), ("other", 1))
    assert odd.text not in group.examples


def test_the_newest_notes_are_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthloop.feedback.cluster._MOST", len(notes()))
    old = [Note(text=f"旧话{number}", code="other") for number in range(30)]
    found = clusters([*old, *notes()])
    assert sum(one.size for one in found) == len(notes())
    assert "other" not in {code for one in found for code, _ in one.codes}


@pytest.mark.parametrize(
    ("text", "names", "shown"),
    [
        ("王先生说 13812345678 打不通", (), "*先生说 *** 打不通"),
        ("王小明不要再打了", ("小明", "王小明"), "***不要再打了"),
        ("有五十万在他行，一万在家", (), "有***在他行，一万在家"),
        ("Mr. Smith moved, write to a@b.cn", (), "Mr *** moved, write to ***"),
    ],
)
def test_i21_names_and_numbers_are_hidden(text: str, names: tuple[str, ...], shown: str) -> None:
    assert masked(Note(text=text, code="", names=names)) == shown
