"""`metafleet import`: bring what other programs know of your accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli.asking import AsJson, Email, Password, Server, Url, asking, remark, say_json, say_table
from metafleet.cli.refusal import Refused

app = typer.Typer(help="Bring what other programs know of your accounts.", no_args_is_help=True)
_REFUSED = 1
_MOST_LINES = 200


@app.callback()
def _is_a_group() -> None:
    """Bring what other programs know of your accounts."""


@app.command("mt5-monitor")
def mt5_monitor(  # noqa: PLR0913, PLR0917 - each is an option of its own
    phases: Annotated[
        Path | None, typer.Option(help="phases.json: phases by account number.", show_default=False)
    ] = None,
    vs: Annotated[
        Path | None, typer.Option(help="vs_data.json: groups by account number.", show_default=False)
    ] = None,
    trades: Annotated[
        Path | None, typer.Option(help="trade_cache.json: trades by account number.", show_default=False)
    ] = None,
    server: Server = None,
    create_accounts: Annotated[
        bool, typer.Option("--create-accounts", help="Register accounts that are not known, at --server.")
    ] = False,
    currency: Annotated[str, typer.Option(help="Of accounts that are registered.")] = "USD",
    timezone: Annotated[
        str, typer.Option(help="The clock of the trades' times, as Europe/Athens.", show_default=False)
    ] = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Take over an MT5 monitor's phases, groups and trades. Repeat it as often as you like.

    Exit code 1 when anything was refused; the rest is taken all the same.
    """
    from metafleet.cli.monitor_import import Wishes, bring, read_files

    if create_accounts and not server:
        raise Refused(
            "--create-accounts needs --server: the broker's server, exactly as the terminal shows it."
        )
    if phases is None and vs is None and trades is None:
        raise Refused("Name at least one file: --phases, --vs or --trades.")
    files = read_files({"phases": phases, "vs": vs, "trades": trades})
    with asking(url, email, password) as api:
        creates = create_accounts and currency
        report = bring(api, files, Wishes(server=server, creates=creates or None, timezone=timezone))
    counts = report.counts()
    if as_json:
        say_json({**counts, "lines": [line.shown() for line in report.lines]})
    else:
        news = [line for line in report.lines if line.result != "known"]
        say_table(
            ("LOGIN", "WHAT", "RESULT", "DETAIL"),
            ((line.login, line.what, line.result, line.detail) for line in news[:_MOST_LINES]),
        )
        if len(news) > _MOST_LINES:
            remark(f"{len(news) - _MOST_LINES} more: --json has all of them.")
        remark("{taken} taken, {known} known before, {refused} refused.".format(**counts))
    if counts["refused"]:
        raise typer.Exit(_REFUSED)
