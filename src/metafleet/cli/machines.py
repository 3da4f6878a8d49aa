"""`metafleet machines`: what the host agents report of the machines that MetaTrader runs on."""

from __future__ import annotations

from typing import Any

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, say, say_json, say_table

app = typer.Typer(help="List the machines that host agents watch.", no_args_is_help=True)


@app.command("list")
def list_machines(
    url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """List your machines with their load, and the terminals on each."""
    with asking(url, email, password) as api:
        found = api.get("/api/machines")
    if as_json:
        say_json(found)
        return
    say_table(
        ("MACHINE", "STATE", "CPU", "MEMORY", "DISK FREE", "CLOCK", "TERMINALS", "HEARD"),
        (_row(machine) for machine in found),
    )
    for machine in found:
        for terminal in machine["terminals"]:
            say(f"{machine['label']}: {_terminal(terminal)}")


def _row(machine: dict[str, Any]) -> tuple[object, ...]:
    return (
        machine["label"],
        machine["state"],
        None if machine["cpuPercent"] is None else f"{machine['cpuPercent']:.0f} %",
        _share(machine["memoryUsedMb"], machine["memoryMb"]),
        _share(machine["diskFreeMb"], machine["diskMb"]),
        None if machine["clockSkewMs"] is None else f"{machine['clockSkewMs']:+d} ms",
        len(machine["terminals"]),
        machine["heartbeatAt"],
    )


def _share(part: int | None, whole: int | None) -> str | None:
    return None if part is None or not whole else f"{part} of {whole} MB"


def _terminal(terminal: dict[str, Any]) -> str:
    words = [f"{terminal['login']} at {terminal['server']}", terminal["processState"]]
    words += ["connected"] if terminal["isConnected"] else []
    words += [f"{terminal['logErrors']} log errors"] if terminal["logErrors"] else []
    words += [terminal["lastLogError"]] if terminal["lastLogError"] else []
    return ", ".join(words)
