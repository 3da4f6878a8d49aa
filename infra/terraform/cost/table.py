"""The table of docs/guides/cost.md."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from infra.terraform.cost.environments import ENVIRONMENTS, TERRAFORM, lines
from infra.terraform.cost.prices import Prices

GUIDE = TERRAFORM.parents[1] / "docs/guides/cost.md"
BEGIN = "<!-- written by python -m infra.terraform.cost -->"
END = "<!-- until here -->"


def table(prices: Prices) -> str:
    """Markdown: a row for each thing that is paid, a column for each environment, whole dollars a month."""
    columns = {name: lines(name, prices) for name in ENVIRONMENTS}
    rows = [f"| a month, US$ | {' | '.join(ENVIRONMENTS)} |", f"|---|{'--:|' * len(ENVIRONMENTS)}"]
    for row in zip(*columns.values(), strict=True):
        rows.append(f"| {row[0].what} | {' | '.join(_dollars(line.usd) for line in row)} |")
    totals = [sum((line.usd for line in column), Decimal(0)) for column in columns.values()]
    rows.append(f"| **together** | {' | '.join(f'**{_dollars(total)}**' for total in totals)} |")
    return "\n".join(rows)


def guide_with(written: str, guide: Path = GUIDE) -> str:
    """The guide's text with that table in the place of its own."""
    before, _, rest = guide.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"


def _dollars(usd: Decimal) -> str:
    return f"{usd:,.0f}" if usd else "–"
