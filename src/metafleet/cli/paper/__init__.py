"""`metafleet paper`: a broker's server of one's own, for programs written for MetaTrader's package."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Serve paper accounts to MetaTrader programs.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="The folder with accounts and market.")]

_DATA = Path(".metafleet/paper")


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - each is an option of its own
    data: Data = _DATA,
    host: Annotated[
        str, typer.Option(help="Where to listen; elsewhere than on this machine a token is needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 chooses a free one.")] = 8012,
    market: Annotated[
        str, typer.Option(help="generator, sample, or a file or folder of bars.")
    ] = "generator",
    symbols: Annotated[
        str, typer.Option(help="Of the generator's market, with commas between, or all 33.")
    ] = "EURUSD,GBPUSD,USDJPY,XAUUSD,BTCUSD",
    speed: Annotated[str, typer.Option(help="1 is life; 60: an hour a minute; or max.")] = "1",
    seed: Annotated[int, typer.Option(help="The same seed, the same market.")] = 7,
    ticks: Annotated[int, typer.Option(min=1, max=5_000, help="Made of each minute's bar.")] = 30,
    commission: Annotated[str, typer.Option(help="USD a lot and side, on forex symbols.")] = "3.50",
    stop_out: Annotated[str, typer.Option(help="Where positions are closed by force.")] = "50",
    margin_call: Annotated[str, typer.Option(help="Where the owner is warned.")] = "100",
    stop_out_in: Annotated[
        str, typer.Option(help="What both are in: percent of margin, or money that is free.")
    ] = "percent",
    history_days: Annotated[int, typer.Option(min=0, max=3_650, help="Bars before the market's own.")] = 365,
    outlives: Annotated[
        Literal["kill", "power"],
        typer.Option(help="What an answered order is sure to outlive: the server's end, or a power cut."),
    ] = "kill",
) -> None:
    """Serve accounts to any number of programs, until Ctrl-C.

    Programs are asked for METAFLEET_PAPER_TOKEN, or what its _FILE holds, else for what `paper token` made.
    """
    from metafleet.cli.paper.serving import Asked, run_serve

    asked = Asked(
        data=data,
        host=host,
        port=port,
        market=market,
        symbols=symbols,
        speed=speed,
        seed=seed,
        ticks=ticks,
        commission=commission,
        stop_out=stop_out,
        margin_call=margin_call,
        stop_out_in=stop_out_in,
        history_days=history_days,
        outlives=outlives,
    )
    run_serve(asked, os.environ)


@app.command()
def open_account(
    data: Data = _DATA,
    name: Annotated[str, typer.Option(help="Whose it is.")] = "Paper trader",
    deposit: Annotated[str, typer.Option(help="What it begins with.")] = "10000",
    currency: Annotated[str, typer.Option(help="What it is kept in.")] = "USD",
    leverage: Annotated[int, typer.Option(min=1, max=1_000, help="100 is 1:100.")] = 100,
    mode: Annotated[str, typer.Option(help="hedging, netting or exchange.")] = "hedging",
) -> None:
    """Open an account, whether a server runs on the folder or not, and print its login and password.

    METAFLEET_PAPER_PASSWORD, where it is set, is the password; else one is made and printed this once.
    """
    from metafleet.cli.paper.opening import Wanted, run_open

    wanted = Wanted(
        name=name,
        deposit=_amount(deposit),
        currency=currency,
        leverage=leverage,
        mode=mode,
    )
    run_open(data, wanted, os.environ)


@app.command(name="list")
def list_accounts(
    data: Data = _DATA, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Show the folder's accounts, also while a server runs on it."""
    from metafleet.cli.paper.opening import run_list

    run_list(data, as_json=as_json)


@app.command()
def token(data: Data = _DATA) -> None:
    """Make a new token and print it, this once; an older one is good until the server starts again."""
    from metafleet.cli.paper.kept_secrets import renew_token

    renew_token(data)


def _amount(text: str) -> Decimal:
    from metafleet.cli.paper.serving import amount

    return amount("--deposit", text)
