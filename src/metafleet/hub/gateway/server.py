"""The gateway's HTTP server: uvicorn at the gateway's own address, and at the containers' bridge."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from contextlib import suppress
from typing import Any, Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from metafleet.hub.gateway.protocol import Protocol
from metafleet.wire.bridge import Bridge

KEEP_ALIVE_S: Final = 75
"""Longer than terminals are silent between two heartbeats: each keeps its connection."""
SHUTDOWN_S: Final = 2
"""For what is being answered. A held poll is cut rather than waited for."""

logger = logging.getLogger("uvicorn.error")


class Server(uvicorn.Server):
    """Serves one application at both; `bridge` of None leaves the second out."""

    def __init__(self, config: uvicorn.Config, bridge: Bridge | None) -> None:
        super().__init__(config)
        self._bridge = bridge

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._bridge is None:
            return
        try:
            door = self._bridge.bind(self.config.port)
            loop = asyncio.get_running_loop()
            self.servers.append(
                await loop.create_server(self._for_containers, sock=door, backlog=self.config.backlog)
            )
        except OSError as error:
            logger.error("the gateway cannot listen on %s: %s", self._bridge.address, error)
            await self.shutdown()
            sys.exit(STARTUP_FAILURE)
        logger.info("Containers find the gateway at http://%s:%d", self._bridge.address, self.config.port)

    def _for_containers(self) -> asyncio.Protocol:
        assert self._bridge is not None  # noqa: S101 - startup has looked
        return ContainersProtocol(
            self._bridge,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )


class ContainersProtocol(Protocol):
    """Hangs up on whoever is not of the containers' network."""

    def __init__(self, bridge: Bridge, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._containers = bridge

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if self._containers.lets_in(transport.get_extra_info("peername")):
            super().connection_made(transport)
            return
        transport.set_protocol(asyncio.Protocol())
        transport.abort()


def run(application: str, host: str, port: int, bridge: Bridge | None, log_level: str) -> bool:
    """Serve until SIGTERM or SIGINT; return whether it could start."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        http=Protocol,
        access_log=False,
        log_level=log_level,
        # The gateway reads what a proxy says of an address itself, where an address counts.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    server = Server(config, bridge)
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has stopped
        server.run()
    return server.started
