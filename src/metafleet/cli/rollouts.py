"""`metafleet rollouts`: bring a released version of an EA to those that run an older one. For operators."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, remark, say, say_json, say_table
from metafleet.cli.refusal import Refused

Which = Annotated[
    str,
    typer.Argument(
        metavar="ROLLOUT", help="Its id, the first digits of it, or the EA's slug for its newest."
    ),
]
Reason = Annotated[str, typer.Option(help="Why; it stands in the log of decisions.")]
_WHERE = "/api/operator/rollouts"

app = typer.Typer(help="Bring a released version to the EAs that run an older one.", no_args_is_help=True)


@app.command()
def start(  # noqa: PLR0913, PLR0917 - each is an option of its own
    slug: Annotated[str, typer.Argument(metavar="EA", help="The EA's slug, as trend-following.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The version's number; it is released.")],
    canaries: Annotated[int, typer.Option(min=1, max=1000, help="EAs that go first.")] = 1,
    watch_minutes: Annotated[
        int, typer.Option("--watch", min=1, max=20160, metavar="MINUTES", help="How long they are watched.")
    ] = 60,
    max_loss_percent: Annotated[
        float, typer.Option("--max-loss", metavar="PERCENT", help="Of the account's equity at the move.")
    ] = 5.0,
    max_crashes: Annotated[int, typer.Option(min=0, help="Of one EA.")] = 2,
    max_late_heartbeats: Annotated[int, typer.Option("--max-late", min=0, help="Of one EA.")] = 10,
    even_with_positions: Annotated[
        bool, typer.Option("--even-with-positions", help="Do not wait until an EA is flat.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--preview", help="Only say who would move.")] = False,
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Roll a version out: a few EAs first, watched, then all others, or back."""
    with asking(url, email, password) as api:
        body: dict[str, Any] = {"versionId": _version(api, slug, version), "canaries": canaries}
        if dry_run:
            _say_preview(api.post(f"{_WHERE}/preview", body), as_json=as_json)
            return
        found = api.post(
            _WHERE,
            body
            | {
                "watchMinutes": watch_minutes,
                "maxLossPercent": max_loss_percent,
                "maxCrashes": max_crashes,
                "maxLateHeartbeats": max_late_heartbeats,
                "evenWithPositions": even_with_positions,
            },
        )
    _answer(found, as_json=as_json, said=f"{slug} {version} is being rolled out: {found['id']}")


@app.command("list")
def list_rollouts(
    url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """List the rollouts, newest first."""
    with asking(url, email, password) as api:
        found = api.get(_WHERE)
    if as_json:
        say_json(found)
        return
    say_table(
        ("ID", "EA", "FROM", "TO", "STATE", "MOVED", "LEFT", "SKIPPED", "WHY"),
        (
            (
                row["id"][:8],
                row["templateSlug"],
                row["fromVersion"],
                row["toVersion"],
                row["state"],
                row["moved"] - row["back"],
                row["left"],
                row["skipped"],
                row["waiting"] or row["reason"],
            )
            for row in found
        ),
    )


@app.command()
def show(
    which: Which, url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """Show a rollout: its EAs, how they do, and every decision with its reason."""
    with asking(url, email, password) as api:
        found = api.get(f"{_WHERE}/{quote(_find(api, which))}")
    if as_json:
        say_json(found)
        return
    say(f"{found['templateName']} {found['fromVersion']} → {found['toVersion']}: {found['state']}")
    say(found["waiting"] or found["reason"] or "")
    say_table(
        ("EA", "CUSTOMER", "CANARY", "VERSION", "STATE", "LOSS", "CRASHES", "LATE", "LEFT BECAUSE"),
        (
            (
                row["name"],
                row["tenant"],
                "yes" if row["isCanary"] else "",
                row["version"],
                row["state"],
                None if row["lossPercent"] is None else f"{row['lossPercent']:.2f}%",
                row["crashes"],
                row["lateHeartbeats"],
                row["skipReason"],
            )
            for row in found["members"]
        ),
    )
    say_table(
        ("AT", "WHO", "WHAT", "WHY"),
        ((row["at"][:19], row["actor"], row["action"], row["reason"]) for row in found["decisions"]),
    )


@app.command()
def promote(
    which: Which,
    reason: Reason = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Let all others follow now."""
    _turn(which, "promote", reason, (url, email, password), as_json=as_json)


@app.command()
def rollback(
    which: Which,
    reason: Annotated[str, typer.Option(help="Why; every customer whose EA goes back is told.")],
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Give every EA that was moved its version and inputs of before."""
    _turn(which, "roll-back", reason, (url, email, password), as_json=as_json)


@app.command()
def stop(
    which: Which,
    reason: Reason = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """End a rollout and leave every EA as it is now."""
    _turn(which, "stop", reason, (url, email, password), as_json=as_json)


def _turn(
    which: str, verb: str, reason: str, who: tuple[str | None, str | None, str | None], *, as_json: bool
) -> None:
    with asking(*who) as api:
        found = api.post(f"{_WHERE}/{quote(_find(api, which))}/{verb}", {"reason": reason})
    what = (
        f"The rollout of {found['templateSlug']} {found['toVersion']} is {found['state'].replace('_', ' ')}."
    )
    _answer(found, as_json=as_json, said=what)


def _answer(found: dict[str, Any], *, as_json: bool, said: str) -> None:
    if as_json:
        say_json(found)
    else:
        remark(said)


def _say_preview(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    say_table(
        ("EA", "CUSTOMER", "VERSION", "STATE", "FIRST", "OPEN", "DOES NOT FIT BECAUSE"),
        (
            (
                row["name"],
                row["tenant"],
                row["version"],
                row["state"],
                "yes" if row["isCanary"] else "",
                row["positions"],
                "; ".join(fault["detail"] for fault in row["faults"]),
            )
            for row in found["affected"]
        ),
    )


def _find(api: Any, which: str) -> str:
    """Return the id of the rollout that is meant. Raises Refused where there is none, or more than one."""
    rows = api.get(_WHERE)
    of_ea = [row["id"] for row in rows if row["templateSlug"] == which]
    if of_ea:
        newest: str = of_ea[0]
        return newest
    found = [row["id"] for row in rows if row["id"].startswith(which)]
    if len(found) == 1:
        only: str = found[0]
        return only
    count = "Several rollouts begin" if found else "No rollout begins"
    raise Refused(f"{count} with {which}, and no EA of that slug has one. See `metafleet rollouts list`.")


def _version(api: Any, slug: str, number: str) -> str:
    """Return the id of the newest released version of that number. Raises Refused."""
    for template in api.get("/api/operator/eas")["templates"]:
        if template["slug"] != slug:
            continue
        for row in template["versions"]:
            if row["version"] == number and row["state"] == "released":
                found: str = row["id"]
                return found
        known = ", ".join(row["version"] for row in template["versions"] if row["state"] == "released")
        raise Refused(f"{slug} has no released version {number}. Released are: {known or 'none'}.")
    raise Refused(f"No EA is called {slug}. See the catalogue for what there is.")
