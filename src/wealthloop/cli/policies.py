"""``wealthloop policies``: the rules as data, and whether their cases would notice that they are wrong."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from wealthloop.cli.doors import HomeOption, JsonOption, emit, open_home
from wealthloop.cli.policyshown import KINDS, asked, asked_table, costs, parameters_of, told

AsOfOption = Annotated[str, typer.Option("--as-of", help="The day of the night; default the newest.")]

app = typer.Typer(help="The rules of contact: what they say, whom they stop, what they cost.", no_args_is_help=True)


@app.command("list")
def list_command(
    *,
    kind: Annotated[str, typer.Option("--kind", help="legal or bank; default both.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List every rule with its citation, status, parameters, and whether it is the law's or the bank's own."""
    from wealthloop.errors import InvalidInput
    from wealthloop.policies.pack import load_pack

    if kind not in {"", "legal", "bank"}:
        raise InvalidInput(f"kind == {kind}, must be legal or bank")
    pack = load_pack()
    rules = [rule for rule in pack.rules if kind in {"", rule.kind}]
    if as_json:
        emit({
            "pack": pack.pack_id, "version": pack.version, "digest": pack.digest,
            "rules": [told(rule) for rule in rules],
        })  # fmt: skip
        return
    table = Table("规则 rule", "内容 text", "来源 source", "生效 from", "参数 parameters", show_lines=True)
    for rule in rules:
        status = "" if rule.status == "confirmed" else "\n待确认 secondary"
        table.add_row(
            f"{rule.rule_id}\n{KINDS[rule.kind]}{status}", f"{rule.text.zh}\n{rule.text.en}",
            f"{rule.source}\n{rule.article}", rule.in_force_from.isoformat() if rule.in_force_from else "–",
            "\n".join(f"{name}: {value}" for name, value in parameters_of(rule).items()) or "–",
        )  # fmt: skip
    console = Console(width=160)
    console.print(table)
    console.print(f"{pack.pack_id} v{pack.version} · {pack.digest[:12]} · {len(rules)}")


@app.command("explain")
def explain_command(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    action: Annotated[str, typer.Argument(help="strategy, strategy/channel or strategy/channel/product.")],
    *,
    home: HomeOption,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Ask every rule of planning about a contact: the answer, the facts used, and what would have to change."""
    opened = open_home(home)
    from wealthloop.cli.plain import opened_at
    from wealthloop.rehearsal.asked import Wanted, ask

    at = opened_at(opened.root, as_of)
    found = ask(opened, at.bank, at.engine, customer, Wanted.parse(action), as_of=at.as_of)
    if as_json:
        emit({
            "customer": customer, "as_of": at.as_of.isoformat(), "allowed": any(one.allowed for one in found),
            "contacts": [asked(one) for one in found],
        })  # fmt: skip
        return
    console = Console(width=160)
    for one in found:
        console.print(asked_table(one))


@app.command("cost")
def cost_command(
    *,
    home: HomeOption,
    as_of: AsOfOption = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep it in the home for the page of the rules.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what each rule costs in expected value on a night; the law is priced too and can never be relaxed."""
    opened = open_home(home)
    from wealthloop.cli.plain import opened_at
    from wealthloop.rehearsal.rulecost import night_cost

    at = opened_at(opened.root, as_of)
    found = night_cost(opened, at.bank, at.engine, as_of=at.as_of)
    if keep:
        from wealthloop.rehearsal import rulekept

        rulekept.keep(opened, found)
    if as_json:
        emit(costs(found))
        return
    table = Table("规则 rule", "内容 text", "候选 candidates", "客户 customers", "价值 value", "代价 cost")
    priced = [one for one in found.rules if one.candidates]
    for one in priced:
        numbers = (f"{number:,}" for number in (one.candidates, one.customers))
        money = (f"{fen / 100:,.2f}" for fen in (one.value, one.cost))
        table.add_row(
            f"{one.rule.rule_id}\n{KINDS[one.rule.kind]}", f"{one.rule.text.zh}\n{one.rule.text.en}", *numbers, *money
        )
    console = Console(width=160)
    console.print(table)
    silent = len(found.rules) - len(priced)
    console.print(f"其余 {silent} 条规则当晚未单独排除候选 · the other {silent} removed nothing by themselves")
    console.print(
        f"{found.as_of} · 线索 leads {found.leads:,} · 可行 allowed {found.allowed:,} · 受限 forbidden "
        f"{found.forbidden:,} · 计划价值 value of the plan {found.value / 100:,.2f}"
    )


@app.command("mutants")
def mutants_command(*, as_json: JsonOption = False) -> None:
    """Make every rule wrong in every way that its data and code offer; exit with 1 if its cases do not notice one."""
    from wealthloop.policies.mutation import hunt, load_cases
    from wealthloop.policies.pack import load_pack

    pack = load_pack()
    found = hunt(pack, load_cases())
    alive = sum(len(one.survivors) for one in found)
    if as_json:
        emit({
            "pack": pack.pack_id, "version": pack.version, "mutants": sum(one.mutants for one in found),
            "survivors": alive,
            "rules": [
                {
                    "rule": one.rule_id, "check": one.check, "cases": one.cases, "mutants": one.mutants,
                    "killed": one.killed, "survivors": list(one.survivors),
                }
                for one in found
            ],
        })  # fmt: skip
    else:
        table = Table("规则 rule", "检查 check", "案例 cases", "变异 mutants", "识破 killed", "漏网 survivors")
        for one in found:
            numbers = (str(number) for number in (one.cases, one.mutants, one.killed))
            table.add_row(one.rule_id, one.check, *numbers, "\n".join(one.survivors) or "–")
        Console(width=160).print(table)
    if alive:
        raise typer.Exit(1)
