"""Looking for planted secrets in everything that an installation writes, stores and shows of itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import redis

from metafleet.cli.leftovers import marked_processes
from tests.flows.stack import Stack

KEPT_SECRET = ("keys", "lock")
"""Folders of the installation whose very purpose is to hold secrets, mode 0700."""


def places(stack: Stack, planted: Mapping[str, str], seen: Mapping[str, str]) -> list[str]:
    """Return where any of the planted texts was found, as "name: place"; never the text itself.

    seen: what an outsider was shown, by a name for it.
    """
    forms = {name: _forms(text) for name, text in planted.items()}
    everything = [*_files(stack), *_processes(stack), *_tables(stack), *_redis(stack)]
    everything += [(f"reply {name}", text.encode()) for name, text in seen.items()]
    return [
        f"{name}: {place}"
        for place, content in everything
        for name, looks in forms.items()
        if any(look in content for look in looks)
    ]


def _forms(text: str) -> tuple[bytes, ...]:
    """The text itself, and as it looks in hex and in base64 at its own beginning."""
    plain = text.encode()
    return (plain, plain.hex().encode(), base64.b64encode(plain)[: len(plain)].rstrip(b"="))


def _files(stack: Stack) -> Iterator[tuple[str, bytes]]:
    root = stack.folder.root
    for file in root.rglob("*"):
        relative = file.relative_to(root)
        if relative.parts[0] in KEPT_SECRET or not file.is_file() or file.is_symlink():
            continue
        try:
            yield f"file {relative}", file.read_bytes()
        except OSError:
            continue  # gone meanwhile, as Redis's temporary files
    yield "what `metafleet up` said", stack.output.read_bytes()


def _processes(stack: Stack) -> Iterator[tuple[str, bytes]]:
    own = {process.pid: process for process in marked_processes(stack.folder.root)}
    own |= {child.pid: child for child in stack.running().children(recursive=True)}
    for pid in own:
        for part in ("cmdline", "environ"):
            try:
                yield f"{part} of process {pid}", Path(f"/proc/{pid}/{part}").read_bytes()
            except OSError:
                continue  # ended meanwhile


def _tables(stack: Stack) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(stack.database_url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in rows:
            statement = psycopg.sql.SQL("SELECT t::text FROM {} t").format(psycopg.sql.Identifier(table))
            for (row,) in connection.execute(statement):
                yield f"table {table}", row.encode()


def _redis(stack: Stack) -> Iterator[tuple[str, bytes]]:
    path = stack.folder.sockets.resolve() / "redis.sock"
    with redis.Redis(unix_socket_path=str(path)) as client:
        for key in client.scan_iter(count=1000):
            yield f"Redis key {key!r}", key + b" " + repr(_value(client, key)).encode()


def _value(client: Any, key: bytes) -> Any:
    readers = {
        b"string": lambda: client.get(key),
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: client.smembers(key),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"hash": lambda: client.hgetall(key),
        b"stream": lambda: client.xrange(key),
    }
    return readers.get(client.type(key), lambda: "")()
