"""What the guides show works as it stands there."""

from __future__ import annotations

import importlib.util
import re
from decimal import Decimal
from pathlib import Path

from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.experts.offline import run_over_bars
from metafleet.engine.market.sources import open_source

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/first-steps.md"


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
