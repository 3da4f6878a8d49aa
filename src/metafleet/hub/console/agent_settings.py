"""The settings file of a host agent, ready to be saved on its machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from metafleet.hub.fleet.models import Terminal

_WHERE: Final = "C:\\Program Files\\MetaTrader 5\\terminal64.exe"
_UNNAMED: Final = re.compile(r"[^A-Za-z0-9]+")


def text(gateway_url: str, broker: str, made: Iterable[tuple[Terminal, str]]) -> str:
    """Return the TOML file that pairs these terminals, each with its pairing code.

    broker: HOST:PORT of the paper broker. What only the machine's owner knows is left to be filled in: a
    program's path, a paper account's password. Keys: docs/guides/watch-a-vps.md.
    """
    blocks = [f"hub = {_quoted(gateway_url)}\n"]
    for terminal, code in made:
        account = terminal.account
        name = _UNNAMED.sub("-", account.server).strip("-")[:20]
        lines = [f"name = {_quoted(f'{name}-{account.login}'.lower()[:40])}"]
        if account.platform == "paper":
            lines += [
                'source = "paper"',
                f"address = {_quoted(broker)}",
                f"login = {account.login}",
                'password = "FILL IN"',
                f"server = {_quoted(account.server)}",
            ]
        else:
            lines += ['source = "mt5"', f"path = '{_WHERE}'  # of this account's terminal"]
        lines.append(f"pairing_code = {_quoted(code)}")
        blocks.append("\n".join([f"# {account.login} at {account.server}", "[[terminals]]", *lines, ""]))
    return "\n".join(blocks)


def _quoted(value: str) -> str:
    """A basic string of TOML: what JSON escapes, TOML reads."""
    return json.dumps(value)
