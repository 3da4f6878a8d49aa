"""What the guides show works as it stands there."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.loading import load_expert
from metafleet.engine.experts.offline import run_over_bars
from metafleet.engine.experts.review import review
from metafleet.engine.market.sources import open_source
from metafleet.engine.mt5.configuration import read
from metafleet.engine.mt5.local import Paper
from metafleet.engine.programmes.marks import Marks, Seen, begin, carry_on
from metafleet.engine.programmes.terms import DayClock, Phase, TotalKind
from metafleet.engine.programmes.verdict import judge

GUIDES = Path(__file__).resolve().parents[2] / "docs/guides"
GUIDE = GUIDES / "first-steps.md"


def test_the_ea_of_the_page_on_those_that_ship_trades() -> None:
    page = (GUIDES.parent / "reference/experts.md").read_text()
    assert [slug for slug in EXPERTS if f"| `{slug}` |" not in page] == []
    found = re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert found is not None
    assert review(found[1].encode()).symbols == ("EURUSD",)
    bars = [*islice(open_source("sample", seed=7).bars["EURUSD"].bars(), 3_000)]
    account = NewAccount(login=1, name="Page", deposit=Decimal(10_000))
    ledger = run_over_bars(load_expert(found[1]), symbol="EURUSD", bars=bars, account=account, magic=1)
    assert len(ledger.deals) > 2


def test_the_ea_of_the_guide_trades(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    assert found is not None
    module = tmp_path / "breakout.py"
    module.write_text(found[1])
    spec = importlib.util.spec_from_file_location("breakout", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    ledger = run_over_bars(
        loaded.Breakout,
        symbol="EURUSD",
        bars=open_source("sample", seed=7).bars["EURUSD"].bars(),
        account=NewAccount(login=1, name="Guide", deposit=Decimal(10_000)),
        magic=1,
        close_at_end=True,
    )
    assert sum(deal.entry == 1 for deal in ledger.deals if deal.symbol) > 10


def test_the_terminals_of_the_guide_can_be_had(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", (GUIDES / "run-your-bot.md").read_text(), flags=re.DOTALL)
    assert found is not None
    file = tmp_path / "paper.toml"
    file.write_text(found[1])
    configuration = read(file)
    assert [account.login for account in configuration.accounts] == [1001]
    assert configuration.terminals[0].path == r"C:\Program Files\One\terminal64.exe"
    assert Paper(configuration).open(configuration.terminals[0].path) is not None


def test_the_floors_of_the_guide_are_what_the_judge_says() -> None:
    """An account of 100,000 that closed a day with 102,000, 1,500 open, after 105,000 at its best."""
    rows = re.findall(
        r"^\| ((?:daily|total) .*?) \| ([\d,]+) \|$", (GUIDES / "programmes.md").read_text(), re.M
    )
    assert len(rows) == 7
    for words, floor in rows:
        (limit,) = judge(_phase(words), _marks(), days_traded=0).limits
        assert limit.floor == Decimal(floor.replace(",", "")), words


def _phase(words: str) -> Phase:
    percent = Decimal(re.findall(r"(\d+) %", words)[0])
    if words.startswith("daily"):
        basis = words.rpartition(" ")[2]
        return Phase(name="F1", daily_loss_percent=percent, daily_basis=basis)  # type: ignore[arg-type]
    kind: TotalKind = "static" if "static" in words else "trailing"
    return Phase(
        name="F1",
        total_loss_percent=percent,
        total_kind="trailing_eod" if "day's end" in words else kind,
        total_locks="stops" in words,
    )


def _marks() -> Marks:
    clock, at = DayClock(UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
    marks = begin(clock, Seen(at, Decimal(100_000), Decimal(100_000)))
    for hours, balance, equity in ((1, 100_000, 105_000), (2, 102_000, 103_500), (20, 102_000, 103_500)):
        seen = Seen(at + timedelta(hours=hours), Decimal(balance), Decimal(equity))
        marks = carry_on(marks, clock, seen)
    return marks
