"""`metafleet tester optimize`: search an EA's inputs over the past, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli.tester import options


def optimize(  # noqa: PLR0913, PLR0917 - each is an option of its own
    ea: options.Ea,
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUES]...", help="More of --optimise.", show_default=False),
    ] = None,
    optimise: Annotated[
        list[str] | None,
        typer.Option(
            "--optimise",
            "--optimize",
            metavar="NAME=FROM:TO:STEP",
            help="An input to search over: period=5:50:5, mode=a,b, or its name for its whole range; "
            "more may follow.",
            show_default=False,
        ),
    ] = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option("--inputs", metavar="NAME=VALUE", help="An input that is fixed.", show_default=False),
    ] = None,
    method: Annotated[
        str, typer.Option(help="grid (all), random, genetic, or bayes (needs metafleet[optimize]).")
    ] = "grid",
    criterion: Annotated[
        str,
        typer.Option(help='A figure, or a formula: "net_profit / max(drawdown, 1) * sqrt(trades)".'),
    ] = "net_profit",
    min_trades: Annotated[int, typer.Option(min=0, help="A test with fewer trades does not count.")] = 1,
    tries: Annotated[
        int | None, typer.Option(min=1, help="At most so many.", show_default="all of a grid, else 400")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=512, help="Processes at once.", show_default="all cores")
    ] = None,
    limit: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="A try that takes longer fails.", show_default="none"),
    ] = None,
    walk_forward: Annotated[
        int, typer.Option(min=0, metavar="WINDOWS", help="Also choose and trade on, window by window.")
    ] = 0,
    anchored: Annotated[
        bool, typer.Option(help="Windows choose by all the past, not by as much as each other.")
    ] = False,
    ratio: Annotated[
        int, typer.Option(min=1, max=50, help="In-sample time of a window for one of out-of-sample.")
    ] = 4,
    symbol: options.Symbol = "",
    timeframe: options.Timeframe = "",
    begin: options.Begin = "",
    end: options.End = "",
    forward: options.Forward = "",
    ticks: options.Ticks = "ohlc",
    data: options.Data = "generated",
    deposit: options.Deposit = "10000",
    currency: options.Currency = "USD",
    leverage: options.Leverage = 100,
    mode: options.Mode = "hedging",
    spread: options.Spread = None,
    commission: options.Commission = "",
    swaps: options.Swaps = True,
    dealing: options.Dealing = "off",
    latency: options.Latency = 0,
    ticks_per_bar: options.TicksPerBar = 12,
    seed: options.Seed = 0,
    close: options.Close = True,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the report there.", show_default=False)
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The same as JSON.", show_default=False)
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where tries are kept, to go on from.",
            show_default="~/.local/state/metafleet/tries.sqlite",
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do again what was done before.")] = False,
) -> None:
    """Search an EA's inputs over the past, and say how likely the best of them is luck.

    Every try is kept when it is done: after Ctrl-C, or a crash, the same command goes on where it was.
    """
    from metafleet.cli.tester.asked import Typed
    from metafleet.cli.tester.searching import Wanted, optimise_and_tell

    typed = Typed(
        ea=ea,
        symbol=symbol,
        timeframe=timeframe,
        begin=begin,
        end=end,
        forward=forward,
        inputs=fixed or [],
        ticks=ticks,
        data=data,
        deposit=deposit,
        currency=currency,
        leverage=leverage,
        mode=mode,
        spread=spread,
        commission=commission,
        with_swaps=swaps,
        dealing=dealing,
        latency_ms=latency,
        ticks_per_bar=ticks_per_bar,
        seed=seed,
        close_at_end=close,
    )
    wanted = Wanted(
        dimensions=[*(optimise or []), *(more or [])],
        method=method,
        criterion=criterion,
        fewest_trades=min_trades,
        tries=tries,
        workers=workers,
        limit_s=limit,
        windows=walk_forward,
        manner="anchored" if anchored else "rolling",
        ratio=ratio,
        report=report,
        json=json,
        keep=keep,
        is_fresh=fresh,
    )
    if not optimise_and_tell(typed, wanted):
        raise typer.Exit(1)
