"""Names and numbers as they may be shown: enough to recognise, too little to use."""

_STAR = "*"


def mask_name(name: str | None) -> str:
    """Return a name with its middle hidden; of a name in Latin letters only initials stay.

    Example:
        >>> mask_name("王小明"), mask_name("王明"), mask_name("Ada Lovelace"), mask_name(None)
        ('王*明', '王*', 'A*** L***', '')
    """
    text = (name or "").strip()
    if text.isascii():
        return " ".join(f"{word[0]}***" for word in text.split())
    if len(text) <= 2:
        return text[:1] + _STAR * (len(text) - 1)
    return text[0] + _STAR * (len(text) - 2) + text[-1]


def mask_mobile(mobile: str | None) -> str:
    """Return a telephone number with all but its first three and last four digits hidden.

    A number of fewer than eleven digits keeps its last two only.

    Example:
        >>> mask_mobile("13812345678"), mask_mobile("62345678"), mask_mobile(None)
        ('138****5678', '******78', '')
    """
    digits = "".join(sign for sign in mobile or "" if sign.isdigit())
    if len(digits) < 11:
        return _STAR * (len(digits) - 2) + digits[-2:]
    return digits[:3] + _STAR * (len(digits) - 7) + digits[-4:]
