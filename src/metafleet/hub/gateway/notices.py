"""What PostgreSQL tells its listeners: a terminal has a command, or its place has changed.

A notice comes with the commit that it is about, so nothing is told that did not happen. One
that was lost costs a second: waiting polls are looked after, and what is remembered of
terminals is only trusted for long while this connection stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

import psycopg

COMMANDS: Final = "commands"
TERMINALS: Final = "terminals"

_REST_S: Final = 0.5
_CHECK_S: Final = 5.0
"""A connection that hears nothing for so long is asked whether it still stands."""

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told."""

    def command_queued(self, terminal_id: str) -> None: ...

    def place_changed(self, name: str) -> None: ...

    def hearing(self, is_hearing: bool) -> None: ...


class Notices:
    """`run` listens until it is cancelled, on a connection of its own."""

    def __init__(self, database: Mapping[str, Any], listener: Listener) -> None:
        self._database = database
        self._listener = listener

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                _log.warning("notices are not heard, everything is looked up: %s", str(error).strip())
            finally:
                self._listener.hearing(False)
            await asyncio.sleep(_REST_S)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(**self._database, autocommit=True)
        try:
            await connection.execute(f"LISTEN {COMMANDS}")
            await connection.execute(f"LISTEN {TERMINALS}")
            self._listener.hearing(True)
            while True:
                async for notice in connection.notifies(timeout=_CHECK_S):
                    self._hear(notice)
                await asyncio.wait_for(connection.execute("SELECT 1"), _CHECK_S)
        finally:
            with suppress(psycopg.Error, OSError):
                await connection.close()

    def _hear(self, notice: psycopg.Notify) -> None:
        if notice.channel == COMMANDS:
            self._listener.command_queued(notice.payload)
        else:
            self._listener.place_changed(notice.payload)
