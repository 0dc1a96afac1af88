"""``wealthloop allocate explain``: why a customer got what a night planned, why nothing else, what would change it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home

if TYPE_CHECKING:
    from wealthloop.rehearsal.explained import Choice, Decision, Why


def attach(app: typer.Typer) -> None:
    """Hang the command under a group."""
    app.command("explain")(explain_command)


def explain_command(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    *,
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", help="The day of the night; default the newest.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Explain one customer's night: why this, why not that, and what would have to change."""
    opened = open_home(home)
    from wealthloop.cli.plain import opened_at
    from wealthloop.rehearsal.why import why

    at = opened_at(opened.root, as_of)
    found = why(opened, at.bank, at.engine, customer, as_of=at.as_of)
    if as_json:
        emit(told(found))
        return
    console = Console(width=160)
    console.print(_decisions_table(found))
    console.print(_choices_table(found))


def told(found: "Why") -> dict[str, Any]:
    """Return an explanation as JSON values: money in yuan, sentences in both languages."""
    from wealthloop.cli.plain import plain
    from wealthloop.rehearsal.whywords import absence

    absent = [(one, absence(one)) for one in found.absent]
    return {
        "customer": found.customer_id,
        "as_of": found.as_of.isoformat(),
        "planned": found.tonight is not None,
        "prices_from": "ledger" if found.prices_kept else "rehearsal",
        "decisions": [_decision(one) for one in found.decisions],
        "choices": [_choice(one) for one in found.choices],
        "absent": [
            {
                "strategy": f"{one.strategy_id}/v{one.version}",
                "why": one.why,
                "reason": plain(why),
                "to_change": plain(mend),
            }
            for one, (why, mend) in absent
        ],
    }


def _decision(one: "Decision") -> dict[str, Any]:
    from wealthloop.cli.plain import plain
    from wealthloop.rehearsal.whywords import decided

    return {
        **{name: plain(getattr(one, name)) for name in ("as_of", "channel", "product_id", "trigger", "lead_id")},
        "strategy": f"{one.strategy_id}/v{one.strategy_version}",
        "reason": plain(decided(one)),
        **{f"{name}_yuan": _yuan(getattr(one, name)) for name in ("value", "price", "cost", "sale_value")},
        **{name: plain(getattr(one, name)) for name in _AS_WRITTEN},
        "rules": (one.rules or "").split(","),
    }


_AS_WRITTEN = (
    "uplift", "uplift_low", "uplift_high", "preference", "propensity", "lottery", "arm", "arm_share", "disposition",
    "held_by", "market", "refill", "model_version",
)  # fmt: skip


def _choice(one: "Choice") -> dict[str, Any]:
    from wealthloop.cli.plain import plain
    from wealthloop.rehearsal.whywords import change, reason

    return {
        "strategy": f"{one.strategy_id}/v{one.version}",
        **{name: plain(getattr(one, name)) for name in ("trigger", "channel", "product_id", "category", "state")},
        "reason": plain(reason(one)),
        "to_change": plain(change(one)),
        "forbidden_by": [rule.rule_id for rule in one.rules],
        "passed_over": [{"product_id": product, "forbidden_by": list(rules)} for product, rules in one.passed_over],
        **{f"{name}_yuan": _yuan(getattr(one, name)) for name in ("value", "price", "lacks")},
        "preference": one.preference,
        "scarce_yuan": {name: round(price) / 100 for name, price in one.scarce.items()},
        "opens_on": plain(one.opens_on),
    }


def _yuan(fen: int | None) -> float | None:
    return None if fen is None else fen / 100


def _decisions_table(found: "Why") -> Table:
    from wealthloop.rehearsal.whywords import decided

    table = Table("日期 night", "策略 strategy", "渠道 channel", "产品 product", "为何 why this", show_lines=True)
    table.title = f"{found.customer_id} · {found.as_of} · 账本中的决定 decisions in the ledger"
    for one in found.decisions:
        words = decided(one)
        table.add_row(
            one.as_of.isoformat(), f"{one.strategy_id}/v{one.strategy_version}", one.channel, one.product_id or "–",
            f"{words.zh}\n{words.en}",
        )  # fmt: skip
    return table


def _choices_table(found: "Why") -> Table:
    from wealthloop.rehearsal.whywords import absence, change, reason

    table = Table(
        "策略 strategy", "渠道 channel", "产品 product", "为何 why (not)", "需要改变 to change", show_lines=True
    )
    for one in found.choices:
        words, mend = reason(one), change(one)
        table.add_row(
            f"{one.strategy_id}/v{one.version}", one.channel, one.product_id or "–", f"{words.zh}\n{words.en}",
            "–" if mend is None else f"{mend.zh}\n{mend.en}",
        )  # fmt: skip
    for other in found.absent:
        words, mend = absence(other)
        table.add_row(
            f"{other.strategy_id}/v{other.version}", "–", "–", f"{words.zh}\n{words.en}", f"{mend.zh}\n{mend.en}"
        )
    return table
