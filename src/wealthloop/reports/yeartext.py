"""The benchmark as a document: what a simulated year is, and every result with its intervals, in Markdown."""

import shlex
from collections.abc import Sequence
from typing import Final

from wealthloop.reports.years import METRICS, POLICIES, Metric, Year
from wealthloop.reports.yeartable import DASH, Cell, Table, loop_table, policies_of, year_table

_HEAD: Final = """\
# The benchmark: years in a bank with known truth

Written by `wealthloop`; do not edit. A simulated bank is run day by day under several policies. A file makes the world,
so what every contact did is known, and what a policy brought can be told from what would have happened anyway.

## The world

A world is a TOML file: its seed, economy, customers, products, people, channels, responses and costs, every parameter
with its source or the word "assumed". It carries a version; a change makes a new version, whose results stand beside
the old ones. Worlds are assumptions about a bank, not a bank: a figure below says how policies compare in that world,
not what a bank would sell.

Sales are purchases of bond, mixed, equity and QDII funds; money-market funds, deposits and wealth-management products
do not count.

## The policies

All policies have the same customers, the same days, the same capacities and the same budget.
"""
_RULES: Final = """\
- `none` is what incremental figures are measured against: a customer's own plans go on under every policy.
- `bau` is an ordinary practice written down once, not the best practice of any bank, and a multiple of it is no more
  than that.
- `learnable` says what can be learned from what a bank can see; it is trained on a truth that no bank has. It spends
  contacts and caps on the best plan of the day, as `oracle` does: a policy that waits for the moment may beat it.
- `oracle` knows every true effect but is myopic: it solves each day for that day. It is **not** an upper bound of the
  year, and a share of it above 100 % is no error.
- `loop` pays for its proof: it withholds controls, and what they would have brought has a row of its own.
"""
_INTERVALS: Final = """\
## The intervals

Chance is keyed by seed, customer and day, never by what a policy does: under one seed, all policies meet the same luck
(common random numbers). A difference is made customer by customer between such pairs; a ratio is one of totals, and its
interval is that of the linearised ratio, pair by pair. With several seeds a figure is the mean over seeds, with a 95 %
interval over seeds (Student's t). With a single seed the 95 % interval is over its customers (normal); it says nothing
about other draws of the world. The share of reported intervals that cover the truth has its exact interval (Clopper and
Pearson) as if all looks were independent, which looks at one strategy are not. Days of burn-in come first under each
policy and are not measured.
"""
_UNITS: Final = {
    "yuan": ("yuan", "元"), "share": ("%", "%"), "times": ("times", "倍"), "customers": ("customers", "户"),
    "count": ("count", "次数"),
}  # fmt: skip


def markdown(years: Sequence[Year]) -> str:
    """Return ``docs/benchmark.md`` for results, in the order given; the same results make the same text."""
    parts = [_HEAD, _policies(), _RULES, _metrics(), _INTERVALS, "## The results\n"]
    parts += [_result(year) for year in years] or [
        "No result is published yet. `wealthloop sandbox year --home DIR` makes one.\n"
    ]
    return "\n".join(parts)


def command(year: Year) -> str:
    """Return the command that repeats a result."""
    size = f"--customers {year.customers} --days {year.days} --seeds {len(year.seeds)}"
    policies = ",".join(policies_of(year))
    return f"wealthloop sandbox year --world {shlex.quote(year.world)} {size} --policies {policies} --json"


def _policies() -> str:
    rows = [[f"`{policy.name}`", policy.en, policy.zh] for policy in POLICIES]
    return _grid(["policy", "what it does", "做法"], rows)


def _metrics() -> str:
    rows = [
        [f"`{metric.name}`", metric.en, metric.zh, " ".join(dict.fromkeys(_UNITS[metric.unit])), _whose(metric)]
        for metric in METRICS
    ]
    head = "## The metrics\n\nAll are of the measured days; money is in yuan, shares in percent.\n"
    return f"{head}\n{_grid(['metric', 'English', '中文', 'unit', 'of'], rows)}"


def _whose(metric: Metric) -> str:
    return "`loop`" if metric.loop_only else "every policy"


def _result(year: Year) -> str:
    own = loop_table(year, "en")
    parts = [_facts(year), _figures(year_table(year, "en"))]
    if own:
        parts.append(f"What only `loop` has:\n\n{_figures(own)}")
    if year.months:
        parts.append(_months(year))
    parts.append(f"To repeat it:\n\n```sh\n{command(year)}\n```\n")
    return "\n".join(parts)


def _facts(year: Year) -> str:
    seeds = ", ".join(str(seed) for seed in year.seeds)
    over = "seeds (Student's t)" if year.intervals_over == "seeds" else "the customers of one seed"
    facts = [
        f"### {year.name}\n",
        f"- world `{year.world}`, version {year.world_version}, digest `{year.world_digest}`",
        f"- {year.customers:,} customers, {year.days} measured days after {year.burn_in} days of burn-in",
        f"- seeds {seeds}; 95 % intervals over {over}",
        f"- code version `{year.code_version}`",
    ]
    return "\n".join(facts) + "\n"


def _figures(table: Table) -> str:
    rows = [
        [f"{row.metric.en}{' · ' + row.unit if row.unit else ''}", *(_cell(cell) for cell in row.cells)]
        for row in table.rows
    ]
    grid = _grid(["metric", *(f"`{policy}`" for policy in table.policies)], rows)
    notes = "".join(f"- ({letter}) {why}\n" for letter, why in table.notes)
    return f"{grid}\n{notes}" if notes else grid


def _cell(cell: Cell) -> str:
    note = f" ({cell.note})" if cell.note else ""
    return f"{cell.text}{f' ({cell.interval})' if cell.interval else ''}{note}"


def _months(year: Year) -> str:
    rows = [
        [
            str(month.month),
            f"{month.reported:,}",
            f"{month.covering:,}",
            f"{100 * month.covering / month.reported:.1f}" if month.reported else DASH,
            f"{month.confirmed:,}",
        ]
        for month in year.months
    ]
    grid = _grid(["month", "intervals reported", "covering the truth", "coverage, %", "strategies confirmed"], rows)
    said = (
        "What `loop` reported at each month's end against the truth, all seeds together. Its intervals promise 95 %; a"
    )
    return f"{said} dash\nstands where nothing was reported.\n\n{grid}"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(_escaped(text) for text in line) + " |" for line in lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
