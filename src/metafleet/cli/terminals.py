"""`metafleet terminals`: pair a terminal of one's own with its account, and list terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from metafleet.cli.asking import (
    AsJson,
    Email,
    Login,
    Password,
    Server,
    Url,
    asking,
    find_account,
    remark,
    say,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    from metafleet.cli.api_client import Api

app = typer.Typer(help="Pair and list the terminals that report of accounts.", no_args_is_help=True)


@app.command()
def pair(
    account: Login,
    server: Server = None,
    name: Annotated[str, typer.Option(help="The terminal's; one of this name gets a new code.")] = "Terminal",
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Print a pairing code, which lets a terminal of your own in, once, for 15 minutes."""
    with asking(url, email, password) as api:
        found = find_account(api, account, server)
        made = _new_code(api, found, name)
    if as_json:
        say_json(made)
        return
    say(made["pairingCode"])
    remark(
        f"For {name} of {found['label']} ({found['login']} at {found['server']}), until {made['expiresAt']}."
    )


@app.command("list")
def list_terminals(
    url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """List every terminal: hosted EAs' runners and terminals of your own."""
    with asking(url, email, password) as api:
        terminals = api.get("/api/terminals")
    if as_json:
        say_json(terminals)
        return
    say_table(
        ("ACCOUNT", "SERVER", "TERMINAL", "KIND", "PAIRED", "TELEMETRY", "HEARTBEAT", "TROUBLES"),
        (
            (
                terminal["login"],
                terminal["server"],
                terminal["label"],
                "hosted" if terminal["hosted"] else "own",
                _paired(terminal),
                terminal["telemetry"],
                terminal["heartbeatAt"],
                ", ".join(trouble["kind"] for trouble in terminal["troubles"]),
            )
            for terminal in terminals
        ),
    )


def _new_code(api: Api, account: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the code with its terminal, which is made where the account has none of this name."""
    for terminal in api.get(f"/api/accounts/{account['id']}/terminals"):
        if terminal["label"] == name.strip() and not terminal["hosted"]:
            code = api.post(f"/api/terminals/{terminal['id']}/pairing-code")
            return {"terminal": terminal, **code}
    made: dict[str, Any] = api.post(f"/api/accounts/{account['id']}/terminals", {"label": name})
    return made


def _paired(terminal: dict[str, Any]) -> str:
    if terminal["revokedAt"]:
        return "revoked"
    return "yes" if terminal["hosted"] or terminal["enrolledAt"] else "no"
