"""`metafleet tester`: test an EA over the past, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metafleet.cli.asking import AsJson, say, say_json, say_table
from metafleet.cli.tester import optimising, options

if TYPE_CHECKING:
    from metafleet.engine.experts.inputs import InputSpec

app = typer.Typer(help="Test EAs over the past, in seconds.", no_args_is_help=True)

Table = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write that table as .csv or .parquet.", show_default=False),
]


@app.command()
def run(  # noqa: PLR0913, PLR0917 - each is an option of its own
    ea: options.Ea,
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="More inputs.", show_default=False)
    ] = None,
    symbol: options.Symbol = "",
    timeframe: options.Timeframe = "",
    begin: options.Begin = "",
    end: options.End = "",
    forward: options.Forward = "",
    inputs: options.Inputs = None,
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
    signals: options.Signals = None,
    model: options.Model = None,
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
        signals=signals,
        model=model,
    )
    tables = {"trades": trades, "orders": orders, "deals": deals, "equity": equity}
    test_and_tell(typed, Files(report=report, json=json, tables=tables))


app.command()(optimising.optimize)


@app.command()
def inputs(ea: options.Ea, as_json: AsJson = False) -> None:
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
