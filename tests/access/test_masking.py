"""Names and numbers are shown masked."""

import pytest

from wealthloop.access.masking import mask_mobile, mask_name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王小明", "王*明"),
        ("王明", "王*"),
        ("欧阳小明", "欧**明"),
        ("Ada Lovelace", "A*** L***"),
        (" ", ""),
        (None, ""),
    ],
)
def test_a_name_keeps_only_its_ends(name: str | None, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("13812345678", "138****5678"), ("+86 138-1234-5678", "861******5678"), ("62345678", "******78"), (None, "")],
)
def test_a_number_keeps_only_its_ends(number: str | None, masked: str) -> None:
    assert mask_mobile(number) == masked
