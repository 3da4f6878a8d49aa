"""`metafleet export`: what a desk has here, kept elsewhere too. For who has the installation's machine."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from metafleet.cli.asking import remark, say
from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from metafleet.hub.monitor.clouds.aws.tables import DynamoTables
    from metafleet.hub.monitor.clouds.mirror import State

app = typer.Typer(help="Keep what a desk has here elsewhere too.", no_args_is_help=True)
LONGEST_WAIT_S: Final = 300.0


@app.callback()
def _is_a_group() -> None:
    """Keep what a desk has here elsewhere too."""


@app.command()
def dynamodb(
    desk: Annotated[str, typer.Option(help="Whose: its name or id. Not needed where there is one.")] = "",
    region: Annotated[str, typer.Option(help="AWS region; METAFLEET_AWS_REGION.")] = "",
    prefix: Annotated[str, typer.Option(help="Before the tables' names.")] = "",
    create_tables: Annotated[
        bool, typer.Option("--create-tables", help="Make those that are missing, paid by request.")
    ] = False,
    by_server: Annotated[
        bool, typer.Option("--by-server", help="The key is login@server instead of the login.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Write everything, and delete trades that are no more.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=1, max=3600, help="Seconds between passes.")] = 30.0,
) -> None:
    """Mirror phases, groups and closed trades to DynamoDB: what has changed since the last time."""
    from metafleet.cli.installation import asked_of_the_hub

    if not re.fullmatch(r"[A-Za-z0-9_.-]{0,100}", prefix):
        raise Refused("--prefix may have letters, digits, dots, dashes and underlines, as tables' names.")
    with asked_of_the_hub() as folder:
        from django.conf import settings

        from metafleet.hub.monitor.clouds.aws.tables import DynamoTables

        tenant_id = _desk(desk)
        where = region or settings.AWS_MONITOR.region
        name = f"{tenant_id}-{where}-{prefix}{'by-server' if by_server else ''}.json"
        file = folder.root / "mirrors" / name
        tables = DynamoTables(where, prefix)
        for table in _made(tables) if create_tables else ():
            remark(f"Made {prefix}{table}.")

        def look(is_first: bool) -> None:
            _pass(tenant_id, tables, file, is_full=full and is_first, by_server=by_server)

        if follow:
            _follow(look, every)
        else:
            _once(look)


def _made(tables: DynamoTables) -> list[str]:
    from metafleet.hub.kernel.amazon import AmazonError

    try:
        return tables.create()
    except AmazonError as error:
        raise Refused(str(error)) from None


def _once(look: Callable[[bool], None]) -> None:
    from metafleet.hub.kernel.amazon import AmazonError

    try:
        look(True)
    except AmazonError as error:
        raise Refused(str(error)) from None


def _follow(look: Callable[[bool], None], every_s: float) -> None:
    """Look again and again until somebody ends it; what may pass is waited for, longer and longer.

    What it is at when it is ended is finished first. Raises Refused for what trying again will not help.
    """
    from django.db import OperationalError

    from metafleet.hub.kernel.amazon import AmazonError

    ended, is_first, wait_s = threading.Event(), True, every_s
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    while not ended.is_set():
        try:
            look(is_first)
        except (AmazonError, OperationalError) as error:
            if isinstance(error, AmazonError) and error.permanent:
                raise Refused(str(error)) from None
            wait_s = min(2 * wait_s, max(LONGEST_WAIT_S, every_s))
            remark(f"{error} Tried again in {wait_s:.0f} s.")
        else:
            is_first, wait_s = False, every_s
        ended.wait(wait_s)


def _pass(tenant_id: UUID, tables: DynamoTables, file: Path, *, is_full: bool, by_server: bool) -> None:
    """One look at what has changed. How far it is is on the disk after each page."""
    import msgspec

    from metafleet.cli.atomic import write_atomically
    from metafleet.hub.monitor.clouds import mirror

    state, put, deleted = _state(file), 0, 0
    for written in mirror.mirror(
        tenant_id=tenant_id, tables=tables, state=state, is_full=is_full, by_server=by_server
    ):
        write_atomically(file, msgspec.json.encode(state))
        put, deleted = put + written.put, deleted + written.deleted
    if put or deleted:
        say(f"{put} written, {deleted} deleted.")


def _state(file: Path) -> State:
    """Return how far the mirror is; what cannot be read is begun anew."""
    import msgspec

    from metafleet.hub.monitor.clouds.mirror import State

    file.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        return msgspec.json.decode(file.read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return State()


def _desk(wanted: str) -> UUID:
    from metafleet.hub.identity.models import Tenant
    from metafleet.hub.kernel.tenancy import operator_scope

    with operator_scope():
        rows = list(Tenant.objects.order_by("name").values_list("id", "name"))
    found = [id for id, name in rows if wanted in {"", name, str(id)}]  # noqa: A001
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"{len(found)} desks are meant. Say which with --desk and its id.")
    raise Refused(f"There is no desk {wanted}." if wanted else "There is no desk yet.")
