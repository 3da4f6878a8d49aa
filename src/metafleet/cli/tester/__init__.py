"""`metafleet tester`: test an EA over the past, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metafleet.cli.asking import AsJson, say, say_json, say_table

if TYPE_CHECKING:
    from metafleet.engine.experts.inputs import InputSpec

app = typer.Typer(help="Test EAs over the past, in seconds.", no_args_is_help=True)

Ea = Annotated[
    str, typer.Argument(metavar="EA", help="A slug, as trend-following; or a file: my_ea.py, my_ea.py:Class.")
]
Table = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write that table as .csv or .parquet.", show_default=False),
]


@app.command()
def run(  # noqa: PLR0913, PLR0917 - each is an option of its own
    ea: Ea,
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="More inputs.", show_default=False)
    ] = None,
    symbol: Annotated[str, typer.Option(help="What it trades.", show_default="the EA's first")] = "",
    timeframe: Annotated[str, typer.Option(help="Of its bars, as M15.", show_default="the EA's own")] = "",
    begin: Annotated[
        str, typer.Option("--from", help="By the server's clock, as 2018-01-01.", show_default="all there is")
    ] = "",
    end: Annotated[
        str, typer.Option("--to", help="The end, not included.", show_default="all there is")
    ] = "",
    forward: Annotated[
        str, typer.Option(help="Where the forward period begins: a date, or its share: 1/2, 1/3, 1/4.")
    ] = "",
    inputs: Annotated[
        list[str] | None,
        typer.Option("--inputs", metavar="NAME=VALUE", help="An input; more may follow.", show_default=False),
    ] = None,
    ticks: Annotated[
        str, typer.Option(help="every (recorded ones), m1, ohlc, or open: how prices move within bars.")
    ] = "ohlc",
    data: Annotated[
        str, typer.Option(help="generated, sample, or a file or folder of bars or ticks.")
    ] = "generated",
    deposit: Annotated[str, typer.Option(help="What the account begins with.")] = "10000",
    currency: Annotated[str, typer.Option(help="The account's currency.")] = "USD",
    leverage: Annotated[int, typer.Option(help="100 is 1:100.")] = 100,
    mode: Annotated[str, typer.Option(help="hedging or netting.")] = "hedging",
    spread: Annotated[int | None, typer.Option(min=0, help="In points.", show_default="of the bars")] = None,
    commission: Annotated[str, typer.Option(help="Money a lot and side.", show_default="the broker's")] = "",
    swaps: Annotated[bool, typer.Option(help="Whether nights are charged.")] = True,
    dealing: Annotated[
        str, typer.Option(help="off, realistic or hostile: slippage, requotes, refusals, partial fills.")
    ] = "off",
    latency: Annotated[
        int, typer.Option(min=0, max=60_000, metavar="MS", help="How long an order is on its way.")
    ] = 0,
    ticks_per_bar: Annotated[int, typer.Option(min=4, max=600, help="Of M1, with --ticks m1.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed, the same test.")] = 0,
    close: Annotated[bool, typer.Option(help="Whether what is open at the end is closed.")] = True,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the report there.", show_default=False)
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The same as JSON.", show_default=False)
    ] = None,
    trades: Table = None,
    orders: Table = None,
    deals: Table = None,
    equity: Table = None,
) -> None:
    """Test an EA over the past and print what it was worth.

    Ctrl-C ends the test and reports on what there is by then.
    """
    from metafleet.cli.tester.asked import Typed
    from metafleet.cli.tester.testing import Files, test_and_tell

    typed = Typed(
        ea=ea,
        symbol=symbol,
        timeframe=timeframe,
        begin=begin,
        end=end,
        forward=forward,
        inputs=[*(inputs or []), *(more or [])],
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
    tables = {"trades": trades, "orders": orders, "deals": deals, "equity": equity}
    test_and_tell(typed, Files(report=report, json=json, tables=tables))


@app.command()
def inputs(ea: Ea, as_json: AsJson = False) -> None:
    """List an EA's inputs, with what they may be."""
    from metafleet.cli.tester.finding import find_expert
    from metafleet.engine.experts.inputs import declared_inputs, input_schema

    cls = find_expert(ea)
    if as_json:
        say_json(input_schema(cls))
        return
    specs = declared_inputs(cls)
    if not specs:
        say(f"{cls.name or cls.__name__} has no inputs.")
        return
    say_table(
        ("INPUT", "DEFAULT", "ALLOWED", "UNIT", "TITLE"),
        [(one.name, str(one.default), _allowed(one), one.unit, one.title) for one in specs.values()],
    )


def _allowed(spec: InputSpec) -> str:
    if spec.choices:
        return ", ".join(map(str, spec.choices))
    if spec.type is bool:
        return "true, false"
    words = (("from", spec.ge), ("over", spec.gt), ("to", spec.le), ("under", spec.lt))
    bounds = " ".join(f"{word} {bound:g}" for word, bound in words if bound is not None)
    step = getattr(spec, "step", None)
    return " ".join(part for part in (bounds or "any", f"by {step:g}" if step else "") if part)
