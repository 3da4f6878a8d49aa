"""`metafleet incidents`: what is wrong, and taking it over or ending it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, remark, say_json, say_table

app = typer.Typer(help="See what is wrong, take it over, say that it is over.", no_args_is_help=True)
_MOST = "200"
Ids = Annotated[list[UUID], typer.Argument(help="Which, by the ids of `incidents list`.", show_default=False)]


class Shown(StrEnum):
    CURRENT = "current"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@app.command("list")
def list_incidents(
    state: Annotated[Shown, typer.Option(help="current: all but what is resolved.")] = Shown.CURRENT,
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """List the newest 200 incidents."""
    with asking(url, email, password) as api:
        found = api.get("/api/alerts/incidents", state=state.value, limit=_MOST)
    if as_json:
        say_json(found)
        return
    say_table(
        ("OPENED", "SEVERITY", "STATE", "ABOUT", "WHAT", "DONE", "ID"),
        (
            (
                row["openedAt"],
                row["severity"],
                row["state"],
                row["subjectLabel"],
                row["title"],
                row["done"],
                row["id"],
            )
            for row in found
        ),
    )


@app.command()
def ack(ids: Ids, url: Url = None, email: Email = None, password: Password = None) -> None:
    """Take incidents over: they escalate no more."""
    form = {"ids": [str(one) for one in ids], "act": "acknowledge"}
    with asking(url, email, password) as api:
        done = api.post("/api/alerts/incidents/together", form)
    remark(f"Acknowledged: {done['changed']}. The others were so already.")


@app.command()
def resolve(
    ids: Ids,
    text: Annotated[str, typer.Option(help="What came of it, for the timeline.")] = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Say that incidents are over; if one comes back, a new one opens."""
    form = {"ids": [str(one) for one in ids], "act": "resolve", "text": text}
    with asking(url, email, password) as api:
        done = api.post("/api/alerts/incidents/together", form)
    remark(f"Resolved: {done['changed']}. The others were so already.")
