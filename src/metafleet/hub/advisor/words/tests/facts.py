from __future__ import annotations

from typing import Any

import msgspec

from metafleet.hub.advisor.words.template import Facts

FACTS = Facts(
    ea="Mean Reversion",
    symbol="EURUSD",
    verdict="supported",
    missing=[],
    regime="ranging",
    prices="the record of this installation's market",
    days_out_of_sample=252,
    trades_out_of_sample=412,
    trades_in_this_regime=138,
    net_per_trade=3.27,
    interval_low=1.04,
    interval_high=5.61,
    confidence_percent=90,
    win_rate_percent=61.6,
    sharpe=1.38,
    sets_tried=30,
    sets_compared=450,
    more_than_luck_percent=83,
    drawdown_usual=48.2,
    drawdown_bad=131.75,
    drawdown_days=28,
    trades_a_month=45.8,
    deposit=10_000,
)


def facts(**changed: Any) -> Facts:
    return msgspec.structs.replace(FACTS, **changed)
