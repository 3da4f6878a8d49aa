"""`metafleet hosts`: list the machines, drain them and take them back. For operators."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, remark, say_json, say_table
from metafleet.cli.refusal import Refused

Name = Annotated[str, typer.Argument(metavar="HOST", help="The host's name.")]

app = typer.Typer(help="List, drain and take back the machines that EAs run on.", no_args_is_help=True)


@app.command("list")
def list_hosts(
    url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """List the hosts, with what they carry and how much more fits."""
    with asking(url, email, password) as api:
        found = api.get("/api/operator/hosts")
    if as_json:
        say_json(found)
        return
    say_table(
        ("NAME", "DRIVER", "STATE", "EAS", "ROOM", "FILLED", "CORES", "MB", "CPU", "USD/HOUR"),
        (
            (
                host["name"],
                host["driver"],
                host["state"],
                host["eas"],
                host["room"],
                _percent(host["filled"] * 100),
                f"{host['cpu']:g}",
                host["memoryMb"],
                _percent(host["cpuPercent"]),
                host["usdPerHour"],
            )
            for host in found["hosts"]
        ),
    )


@app.command()
def drain(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; shown beside the host.")] = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Start nothing more on a host, and move its EAs away as soon as they hold no position."""
    with asking(url, email, password) as api:
        host = _find(api, name)
        api.post(f"/api/operator/hosts/{quote(host['id'])}/drain", {"reason": reason})
    remark(f"{name} is being drained; {host['eas']} EAs are on it.")


@app.command()
def activate(name: Name, url: Url = None, email: Email = None, password: Password = None) -> None:
    """Let a host that is being drained take EAs again."""
    with asking(url, email, password) as api:
        api.post(f"/api/operator/hosts/{quote(_find(api, name)['id'])}/activate")
    remark(f"{name} takes EAs again.")


def _find(api: Any, name: str) -> dict[str, Any]:
    hosts = api.get("/api/operator/hosts")["hosts"]
    for host in hosts:
        if host["name"] == name:
            found: dict[str, Any] = host
            return found
    known = ", ".join(host["name"] for host in hosts[:10]) or "none yet"
    raise Refused(f"No host is called {name}. Known are: {known}.")


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}%"
