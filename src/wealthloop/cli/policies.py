"""``wealthloop policies``: the rules as data, and whether their cases would notice that they are wrong."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from wealthloop.cli.doors import JsonOption, emit

if TYPE_CHECKING:
    from wealthloop.policies.pack import Rule

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
            "rules": [_told(rule) for rule in rules],
        })  # fmt: skip
        return
    table = Table("规则 rule", "内容 text", "来源 source", "生效 from", "参数 parameters", show_lines=True)
    for rule in rules:
        status = "" if rule.status == "confirmed" else "\n待确认 secondary"
        table.add_row(
            f"{rule.rule_id}\n{_KINDS[rule.kind]}{status}", f"{rule.text.zh}\n{rule.text.en}",
            f"{rule.source}\n{rule.article}", rule.in_force_from.isoformat() if rule.in_force_from else "–",
            "\n".join(f"{name}: {value}" for name, value in _parameters(rule).items()) or "–",
        )  # fmt: skip
    console = Console(width=160)
    console.print(table)
    console.print(f"{pack.pack_id} v{pack.version} · {pack.digest[:12]} · {len(rules)}")


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


_KINDS = {"legal": "法规 legal", "bank": "行内 bank"}


def _told(rule: "Rule") -> dict[str, Any]:
    """Return a rule as JSON values."""
    return {
        "rule": rule.rule_id,
        "check": rule.check,
        "kind": rule.kind,
        "can_be_relaxed": rule.kind == "bank",
        "stages": sorted(rule.stages),
        "text": {"zh": rule.text.zh, "en": rule.text.en},
        "source": rule.source,
        "article": rule.article,
        "in_force_from": rule.in_force_from.isoformat() if rule.in_force_from else None,
        "status": rule.status,
        "parameters": _parameters(rule),
    }


def _parameters(rule: "Rule") -> dict[str, Any]:
    """Return a rule's parameters with its sets in order."""
    from wealthloop.cli.plain import plain

    return {name: plain(_ordered(getattr(rule.parameters, name))) for name in type(rule.parameters).model_fields}


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {key: _ordered(one) for key, one in value.items()}
    return sorted(value) if isinstance(value, frozenset) else value
