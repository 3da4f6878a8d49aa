"""`metafleet eas`: upload versions of EAs, see their review, decide, release, withdraw. For operators."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, remark, say, say_json, say_table
from metafleet.cli.refusal import Refused

Slug = Annotated[str, typer.Argument(metavar="EA", help="The EA's slug, as breakout.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="As 1.2.0.")]

MOST_BYTES: Final = 64 * 1024
WAIT_S: Final = 180.0
LOOK_EVERY_S: Final = 0.5

app = typer.Typer(help="Upload, review, release and withdraw versions of EAs.", no_args_is_help=True)


@app.command("list")
def list_eas(
    url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False
) -> None:
    """List every version of every EA, with who runs it."""
    with asking(url, email, password) as api:
        found = api.get("/api/operator/eas")
    if as_json:
        say_json(found)
        return
    if found["isolationGap"]:
        remark(found["isolationGap"])
    say_table(
        ("EA", "VERSION", "STATE", "UPLOADED BY", "REVIEWED BY", "EAS", "ACTIVE", "HASH"),
        (
            (
                row["slug"],
                row["version"],
                row["state"],
                row["uploadedBy"] or "shipped",
                row["reviewedBy"],
                row["instances"],
                row["active"],
                row["contentHash"][:19],
            )
            for template in found["templates"]
            for row in template["versions"]
        ),
    )


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The EA's source, one .py file.")],
    changelog: Annotated[str, typer.Option(help="What is new; customers read it.")],
    wait: Annotated[bool, typer.Option(help="Wait for the end of the trial.")] = True,
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Upload a version and show its review; exit code 1 where it was refused."""
    source = _read(file)
    with asking(url, email, password) as api:
        version = api.upload("/api/operator/eas", (file.name, source), {"changelog": changelog})
        if wait:
            version = _tried(api, version)
    _show(version, as_json)
    if version["state"] == "refused":
        raise typer.Exit(1)


@app.command()
def review(  # noqa: PLR0913, PLR0917 - each is an option of its own
    slug: Slug,
    version: Version,
    approve: Annotated[bool, typer.Option("--approve", help="You have read it and find it good.")] = False,
    refuse: Annotated[
        str | None, typer.Option(help="Refuse it, for this reason.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option(help="With --approve: what to remember.")] = "",
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Show what the checks and the trial found, or decide."""
    if approve and refuse is not None:
        raise Refused("Say either --approve or --refuse, not both.")
    with asking(url, email, password) as api:
        row = _find(api, slug, version)
        at = f"/api/operator/eas/versions/{row['id']}"
        if approve:
            row = api.post(f"{at}/approve", {"note": note})
        elif refuse is not None:
            row = api.post(f"{at}/refuse", {"reason": refuse})
        else:
            row = api.get(at)
    _show(row, as_json)


@app.command()
def release(
    slug: Slug,
    version: Version,
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Let customers deploy an approved version."""
    with asking(url, email, password) as api:
        row = api.post(f"/api/operator/eas/versions/{_find(api, slug, version)['id']}/release")
    _tell(row, "may be deployed from now on.", as_json)


@app.command()
def withdraw(
    slug: Slug,
    version: Version,
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.")],
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Let nobody deploy a version any more; what runs goes on."""
    with asking(url, email, password) as api:
        at = f"/api/operator/eas/versions/{_find(api, slug, version)['id']}/withdraw"
        row = api.post(at, {"reason": reason})
    _tell(row, f"is deployed no more; {row['active']} EAs run on.", as_json)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error


def _tried(api: Any, version: dict[str, Any]) -> dict[str, Any]:
    """Return the version once its trial is over. Raises Refused where that takes too long."""
    deadline_s = time.monotonic() + WAIT_S
    while version["state"] == "draft":
        if time.monotonic() > deadline_s:
            raise Refused(
                f"The trial of {version['slug']} {version['version']} has not ended yet. "
                f"See later with `metafleet eas review {version['slug']} {version['version']}`."
            )
        time.sleep(LOOK_EVERY_S)
        version = api.get(f"/api/operator/eas/versions/{version['id']}")
    return version


def _find(api: Any, slug: str, version: str) -> dict[str, Any]:
    """Return the newest upload of this number. Raises Refused."""
    templates = api.get("/api/operator/eas")["templates"]
    versions = [row for template in templates for row in template["versions"] if row["slug"] == slug]
    for row in versions:
        if row["version"] == version:
            found: dict[str, Any] = row
            return found
    known = ", ".join(row["version"] for row in versions[:10])
    if known:
        raise Refused(f"{slug} has no version {version}. There are: {known}.")
    slugs = ", ".join(template["slug"] for template in templates[:20]) or "none yet"
    raise Refused(f"There is no EA {slug}. There are: {slugs}.")


def _show(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(row)
        return
    remark(f"{row['name']} {row['version']} is {row['state'].replace('_', ' ')}. {row['decision']}".rstrip())
    for finding in row["findings"]:
        say(f"line {finding['line']}: {finding['severity']}: {finding['detail']}")
    trial = row["trial"] or {}
    if trial.get("error") and trial["error"] not in row["decision"]:
        remark(f"Its trial failed: {trial['error']}")
    figures = trial.get("figures")
    if figures and trial["isDone"] and not trial["error"]:
        say(
            f"trial: {figures['trades']} trades on {figures['symbol']}, {figures['netProfit']:+.2f} "
            f"{figures['currency']}, {figures['ticksPerS']:,.0f} ticks/s, {figures['memoryMb']:.0f} MB"
        )


def _tell(row: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        say_json(row)
    else:
        remark(f"{row['name']} {row['version']} {what}")
