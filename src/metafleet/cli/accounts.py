"""`metafleet accounts`: register and list trading accounts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, remark, say_json, say_table

app = typer.Typer(help="Register and list trading accounts.", no_args_is_help=True)


class Platform(StrEnum):
    MT5 = "mt5"
    MT4 = "mt4"


@app.command()
def add(  # noqa: PLR0913, PLR0917 - each is an option of its own
    login: Annotated[int, typer.Option(min=1, max=2**63 - 1, help="The account's number at its broker.")],
    server: Annotated[str, typer.Option(help="The broker's server, exactly as the terminal shows it.")],
    platform: Annotated[Platform, typer.Option()] = Platform.MT5,
    label: Annotated[str | None, typer.Option(help="How it is to be shown.", show_default=False)] = None,
    currency: Annotated[str, typer.Option()] = "USD",
    timezone: Annotated[
        str, typer.Option(help="The server's, as Europe/Athens, for EAs that do not say it.")
    ] = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Register an account that a terminal of your own will report of."""
    form = {
        "label": label or f"{platform.value.upper()} {login}",
        "platform": platform.value,
        "login": login,
        "server": server,
        "currency": currency,
        "serverTimezone": timezone,
    }
    with asking(url, email, password) as api:
        account = api.post("/api/accounts/register", form)
    if as_json:
        say_json(account)
        return
    remark(f"{account['label']} is registered: {account['login']} at {account['server']}.")
    remark(f"Pair a terminal with it: metafleet terminals pair --account {account['login']}")


@app.command("list")
def list_accounts(
    url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """List the accounts, with what is known of each."""
    with asking(url, email, password) as api:
        accounts = api.get("/api/accounts")
    if as_json:
        say_json(accounts)
        return
    say_table(
        ("LOGIN", "SERVER", "PLATFORM", "LABEL", "BALANCE", "CURRENCY", "TELEMETRY", "BROKER", "TRADING"),
        (
            (
                account["login"],
                account["server"],
                account["platform"],
                account["label"],
                account["balance"],
                account["currency"],
                account["telemetry"],
                account["brokerLink"]["state"],
                account["trading"]["state"],
            )
            for account in accounts
        ),
    )
