"""Who can log in to the demo bank."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from wealthloop.access.models import Person
from wealthloop.access.people import add_person

PASSWORD: Final = "wealthloop-demo"  # noqa: S105 - a simulated bank on loopback, printed to whoever started it

_CONSOLE: Final = (
    ("strategy", "strategy", "zh-hans"),
    ("compliance", "compliance", "zh-hans"),
    ("data", "data", "zh-hans"),
    ("head", "head", "en"),
)


def add_people(staff: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Give every relationship manager and branch head of the bank a login, and the console its people."""
    for row in staff:
        if row["role"] in {"rm", "branch_head"}:
            add_person(
                row["staff_id"].lower(),
                role=row["role"],
                staff_id=row["staff_id"],
                branch_id=row["branch_id"],
                language="zh-hans",
                password=PASSWORD,
                now=now,
            )
    for username, role, language in _CONSOLE:
        add_person(username, role=role, staff_id="", branch_id="", language=language, password=PASSWORD, now=now)


def welcome(port: int) -> str:
    """Return what to tell the person who started the demo."""
    managers = Person.objects.filter(role="rm").order_by("username").values_list("username", flat=True)
    names = ", ".join(managers[:6]) + (f" … ({len(managers)})" if len(managers) > 6 else "")
    return "\n".join(
        (
            "",
            f"  http://127.0.0.1:{port}   打开页面 · open the pages",
            "",
            f"  客户经理 relationship managers   {names}",
            "  rm001 的桌面留给您 · the desk of rm001 is left for you",
            "  策略 strategy · 合规 compliance · 数据 data · 行长 head",
            f"  密码 password   {PASSWORD}",
            "",
            "  Ctrl-C 结束 · ends it",
        )
    )
