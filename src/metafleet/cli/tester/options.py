"""What can be said of a test, once for all commands that run some."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Ea = Annotated[
    str, typer.Argument(metavar="EA", help="A slug, as trend-following; or a file: my_ea.py, my_ea.py:Class.")
]
Symbol = Annotated[str, typer.Option(help="What it trades.", show_default="the EA's first")]
Timeframe = Annotated[str, typer.Option(help="Of its bars, as M15.", show_default="the EA's own")]
Begin = Annotated[
    str, typer.Option("--from", help="By the server's clock, as 2018-01-01.", show_default="all there is")
]
End = Annotated[str, typer.Option("--to", help="The end, not included.", show_default="all there is")]
Forward = Annotated[
    str, typer.Option(help="Where the forward period begins: a date, or its share: 1/2, 1/3, 1/4.")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option("--inputs", metavar="NAME=VALUE", help="An input; more may follow.", show_default=False),
]
Ticks = Annotated[
    str, typer.Option(help="every (recorded ones), m1, ohlc, or open: how prices move within bars.")
]
Data = Annotated[str, typer.Option(help="generated, sample, or a file or folder of bars or ticks.")]
Deposit = Annotated[str, typer.Option(help="What the account begins with.")]
Currency = Annotated[str, typer.Option(help="The account's currency.")]
Leverage = Annotated[int, typer.Option(help="100 is 1:100.")]
Mode = Annotated[str, typer.Option(help="hedging or netting.")]
Spread = Annotated[int | None, typer.Option(min=0, help="In points.", show_default="of the bars")]
Commission = Annotated[str, typer.Option(help="Money a lot and side.", show_default="the broker's")]
Swaps = Annotated[bool, typer.Option(help="Whether nights are charged.")]
Dealing = Annotated[
    str, typer.Option(help="off, realistic or hostile: slippage, requotes, refusals, partial fills.")
]
Latency = Annotated[
    int, typer.Option(min=0, max=60_000, metavar="MS", help="How long an order is on its way.")
]
TicksPerBar = Annotated[int, typer.Option(min=4, max=600, help="Of M1, with --ticks m1.")]
Seed = Annotated[int, typer.Option(help="The same seed, the same test.")]
Signals = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="What the Brain says: CSV or JSON lines of signals.", show_default="silence"
    ),
]
Model = Annotated[
    Path | None,
    typer.Option(metavar="FILE.mfm", help="Or a model that is asked at each bar.", show_default="none"),
]
Close = Annotated[bool, typer.Option(help="Whether what is open at the end is closed.")]
