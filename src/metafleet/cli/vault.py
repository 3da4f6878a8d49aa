"""`metafleet vault`: which master keys wrap what, and new ones. For who has the installation's machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli import keys
from metafleet.cli.asking import AsJson, remark, say, say_json, say_table
from metafleet.cli.refusal import Refused

app = typer.Typer(help="Show, rotate and drop the keys that secrets are sealed by.", no_args_is_help=True)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the master keys, how many data keys each wraps, and the oldest of those."""
    with _vault():
        from metafleet.hub.vault import providers, rotation

        active = providers.active()
        found = [
            {
                "id": key.id,
                "isActive": key.id == active.active_key_id(),
                "dataKeys": key.data_keys,
                "oldestAt": key.oldest_at.isoformat() if key.oldest_at else None,
            }
            for key in rotation.status()
        ]
        if all(not row["isActive"] for row in found):
            found.append({"id": active.active_key_id(), "isActive": True, "dataKeys": 0, "oldestAt": None})
        name = active.name
    if as_json:
        say_json({"provider": name, "keys": found})
        return
    say(f"New data keys are wrapped by {name}.")
    rows = (
        (row["id"], "active" if row["isActive"] else "", row["dataKeys"], row["oldestAt"]) for row in found
    )
    say_table(("MASTER KEY", "", "DATA KEYS", "OLDEST"), rows)


@app.command()
def rotate(
    resume: Annotated[
        bool, typer.Option("--resume", help="Add no key; go on with what is not under the active one yet.")
    ] = False,
    data_keys: Annotated[
        bool, typer.Option("--data-keys", help="Make new data keys too, and seal everything under those.")
    ] = False,
    made_before: Annotated[
        datetime | None, typer.Option(help="With --data-keys: only those made before this time, UTC.")
    ] = None,
) -> None:
    """Add a master key and put every data key under it, while everything runs. Safe to run again."""
    with _vault():
        from django.conf import settings

        from metafleet.cli.installation import who_is_here
        from metafleet.hub.kernel import clock
        from metafleet.hub.vault import rotation

        rotation.status()  # a database that does not answer must not cost a key
        if not resume and settings.VAULT_PROVIDER == "local":
            added = keys.add_master_key(Path(settings.VAULT_KEY_FILE))
            rotation.record_key(actor=who_is_here(), action="vault.key_added", key_id=added, now=clock.now())
            remark(f"{added} is the active master key. Back up {settings.VAULT_KEY_FILE} now.")
        if data_keys:
            since = _in_utc(made_before) or clock.now()
            remark(
                "Where this is ended early, go on by "
                f"--resume --data-keys --made-before {since:%Y-%m-%dT%H:%M:%S}."
            )
            done = rotation.renew(actor=who_is_here(), made_before=since, now=clock.now(), progress=_progress)
            say(f"{done} data keys were made anew.")
        done = rotation.rewrap(actor=who_is_here(), now=clock.now(), progress=_progress)
        say(f"{done} data keys were put under the active master key.")


@app.command("drop-key")
def drop_key(
    key: Annotated[str, typer.Argument(help="The master key's id, as `vault status` shows it.")],
) -> None:
    """Take a master key that wraps nothing any more out of the keyring, for good."""
    with _vault():
        from django.conf import settings

        from metafleet.cli.installation import who_is_here
        from metafleet.hub.kernel import clock
        from metafleet.hub.vault import rotation

        rotation.check_droppable(key)
        keys.drop_master_key(Path(settings.VAULT_KEY_FILE), key)
        rotation.record_key(actor=who_is_here(), action="vault.key_dropped", key_id=key, now=clock.now())
    remark(
        f"{key} is gone. What was sealed under it in an older backup of the database does not open any more."
    )


@contextmanager
def _vault() -> Iterator[None]:
    """Join the installation; say what its keys refuse. Raises Refused."""
    from metafleet.cli.installation import asked_of_the_hub

    with asked_of_the_hub():
        from metafleet.hub.vault.errors import MasterKeyRefused, SealBroken

        try:
            yield
        except (MasterKeyRefused, SealBroken) as refusal:
            raise Refused(str(refusal)) from None


def _progress(done: int, total: int) -> None:
    remark(f"{done} of {total}")


def _in_utc(moment: datetime | None) -> datetime | None:
    from datetime import UTC

    return moment.replace(tzinfo=UTC) if moment else None
