"""The live stream: one WebSocket per open screen, fed by the tenant's Redis channel.

At most once and in no promised order: each message says what to look at again, or
carries an observation. A screen that connects refetches what it shows; that is the
whole of catching up.
"""

from __future__ import annotations

import asyncio
import json
import logging
from importlib import import_module
from urllib.parse import urlsplit
from uuid import UUID

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from redis.exceptions import RedisError
from starlette.websockets import WebSocket, WebSocketDisconnect

from metafleet.hub.console.access import actor_of
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.live import EVERYBODY, channel

_log = logging.getLogger(__name__)
SIGNED_OUT = 4401
TRY_AGAIN = 1013
"""The database is away, so nobody can say whose screen this is. Screens connect again by themselves."""
PING_S = 15.0
RECHECK_S = 60.0
"""How long a stream outlives its session at most."""


async def stream(socket: WebSocket) -> None:
    """Serve one screen until it goes away or its session ends."""
    if not _same_origin(socket):
        await socket.close(code=4403)
        return
    await socket.accept()
    try:
        await _serve(socket)
    except DatabaseError as error:
        _log.warning("live stream closed, the database is away: %s", error)
        await socket.close(code=TRY_AGAIN)


async def _serve(socket: WebSocket) -> None:
    tenant_id = await sync_to_async(_tenant_of)(socket)
    if tenant_id is None:
        await socket.close(code=SIGNED_OUT)
        return
    reader = asyncio.create_task(_until_gone(socket))
    writer = asyncio.create_task(_feed(socket, tenant_id))
    done, pending = await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _until_gone(socket: WebSocket) -> None:
    """Screens say nothing; reading notices that they left."""
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return


async def _feed(socket: WebSocket, tenant_id: UUID) -> None:
    try:
        while True:
            try:
                await _follow(socket, tenant_id)
            except (RedisError, OSError) as error:
                _log.info("live stream lost Redis, again in a second: %s", error)
                await asyncio.sleep(1)
    except (WebSocketDisconnect, RuntimeError):
        return


async def _follow(socket: WebSocket, tenant_id: UUID) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        async with client.pubsub() as feed:
            await feed.subscribe(channel(tenant_id), EVERYBODY)
            # Only now: what changes after this hello is heard, what changed before is refetched.
            await socket.send_text(json.dumps({"type": "hello", "at": clock.now().isoformat()}))
            await _pass_on(socket, feed, tenant_id)
    finally:
        await client.aclose()


async def _pass_on(socket: WebSocket, feed: redis.client.PubSub, tenant_id: UUID) -> None:
    loop = asyncio.get_running_loop()
    check_at = loop.time() + RECHECK_S
    while True:
        message = await feed.get_message(ignore_subscribe_messages=True, timeout=PING_S)
        if message is None:
            await socket.send_text('{"type":"ping"}')
        else:
            await socket.send_text(message["data"].decode())
        if loop.time() > check_at:
            check_at = loop.time() + RECHECK_S
            if await sync_to_async(_tenant_of)(socket) != tenant_id:
                await socket.close(code=SIGNED_OUT)
                return


def _same_origin(socket: WebSocket) -> bool:
    origin = socket.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == socket.headers.get("host")


def _tenant_of(socket: WebSocket) -> UUID | None:
    # Django renews connections around each request, and this is none: a broken one would stay for good.
    close_old_connections()
    try:
        return _signed_in(socket)
    finally:
        close_old_connections()


def _signed_in(socket: WebSocket) -> UUID | None:
    # Cookies of other apps on this host come along; Python's own parser gives up at the first odd one.
    session = parse_cookie(socket.headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if session is None:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session)
    from django.contrib.auth import get_user

    request.user = get_user(request)
    found = actor_of(request)
    return found.tenant_id if found else None
