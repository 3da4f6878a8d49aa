"""Everything else, by an address of Apprise's: more than a hundred services.

Apprise resolves and calls by itself, and some of its services speak to the machine that it runs on. So each
message is sent by a process of its own (`sender`), which can reach what `Outside` lets it and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Final

from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.monitor.channels import wording
from metafleet.hub.monitor.channels.contract import ChannelError, Kind, Letter, Settings, secret
from metafleet.hub.monitor.outgoing import Outside

TIMEOUT_S: Final = 25
"""Two seconds of it are the process's own start."""
_TYPES: Final = {"info": "info", "warning": "warning", "critical": "failure"}
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""All that the process gets of the environment: none of the hub's secrets."""


class AppriseSettings(Settings):
    url: str = secret(
        "Apprise URL",
        "Like ntfys://ntfy.sh/my-topic or pover://USER@TOKEN. The services are listed at appriseit.com.",
        r"^[A-Za-z][A-Za-z0-9+.-]*://\S*$",
    )


def send(letter: Letter, settings: AppriseSettings, outside: Outside) -> str:
    is_over = letter.message.get("event") == "resolved"
    severity = str(letter.message.get("severity", "info"))
    answer = _answer(
        outside,
        url=settings.url,
        title=wording.headline(letter.message),
        body=wording.body(letter.message) or wording.headline(letter.message),
        type="success" if is_over else _TYPES[severity],
    )
    if not answer["ok"]:
        raise ChannelError(str(answer["said"]), permanent=bool(answer["permanent"]))
    return str(answer["said"])


def judge(settings: AppriseSettings, outside: Outside) -> None:
    """Raises Malformed for an address that Apprise does not know, or that leads where nothing is sent."""
    try:
        answer = _answer(outside, url=settings.url)
    except ChannelError as error:
        raise Malformed(Fault("/settings/url", str(error))) from error
    if not answer["ok"]:
        raise Malformed(Fault("/settings/url", str(answer["said"])))


def _answer(outside: Outside, **work: str) -> dict[str, Any]:
    """Have the process do it. The address goes by its standard input: it may hold a password."""
    networks = [str(network) for network in outside.networks]
    environment = {name: os.environ[name] for name in _CERTIFICATES if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - this very interpreter, nothing of the message's in it
            [sys.executable, "-I", "-m", f"{__name__}.sender"],
            input=json.dumps({**work, "networks": networks}),
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise ChannelError(f"No answer within {TIMEOUT_S} s.", permanent=False) from None
    except (subprocess.CalledProcessError, OSError, ValueError):
        raise ChannelError("Apprise ended without a word.", permanent=False) from None
    return answer


KIND = Kind(
    "apprise",
    "Apprise",
    "A hundred other services, by an Apprise URL.",
    AppriseSettings,
    send,
    judge=judge,
)
