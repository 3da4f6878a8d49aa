"""Every module that could open a connection is known, with where it leads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/metafleet"
CLIENTS = frozenset(
    {
        *(
            "aiohttp",
            "boto3",
            "botocore",
            "docker",
            "ftplib",
            "http",
            "httpx",
            "imaplib",
            "poplib",
            "requests",
        ),
        *("smtplib", "socket", "stripe", "telnetlib", "urllib3", "websockets", "xmlrpc"),
        *("urllib.request", "jwt.PyJWKClient"),
    }
)
SPEAKS_TO_NOBODY = frozenset({"http.HTTPStatus", "http.cookies"})


def test_whoever_could_open_a_connection_is_listed_with_where_it_leads() -> None:
    text = (ROOT / "docs/security/communication.md").read_text().partition("## Modules that can open one")[2]
    listed = {
        name
        for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        for name in re.findall(r"`(.+?)`", row)
    }
    found = {_named(module, listed) for module in _modules_with_clients()}
    assert found == listed


def _named(module: str, listed: set[str]) -> str:
    """Return the module, or the folder by which it is listed."""
    folders = [name for name in listed if name.endswith("/") and module.startswith(name)]
    return folders[0] if folders else module


def _modules_with_clients() -> Iterator[str]:
    for file in sorted(SOURCE.rglob("*.py")):
        module = file.relative_to(SOURCE)
        # The command line is its user's: it goes where they send it.
        if module.parts[0] != "cli" and "tests" not in module.parts and any(map(_is_client, _imported(file))):
            yield module.as_posix()


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_client(name: str) -> bool:
    if name in SPEAKS_TO_NOBODY or re.search(r"\.(errors|exceptions)(\.|$)", name):
        return False
    parts = name.split(".")
    return any(".".join(parts[:n]) in CLIENTS for n in range(1, len(parts) + 1))
