"""Everything else, by Apprise: it arrives, and reaches nothing that it should not."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.monitor.channels import kinds
from metafleet.hub.monitor.channels.apprise import sender
from metafleet.hub.monitor.channels.contract import ChannelError, Letter
from metafleet.hub.monitor.outgoing import Outside
from metafleet.hub.monitor.tests.sink import Sink, listening
from metafleet.hub.monitor.tests.test_channels import DELIVERY, MESSAGE
from tests.cast import NOW

LETTER = Letter(UUID(int=1), DELIVERY, MESSAGE, NOW)


def here(sink: Sink, scheme: str = "json", path: str = "/in") -> str:
    return sink.url.replace("http", scheme) + path


def send(url: str, outside: Outside, letter: Letter = LETTER) -> str:
    kind = kinds()["apprise"]
    return kind.send(letter, kind.settings.model_validate({"url": url}), outside)


def judge(url: str) -> None:
    kind = kinds()["apprise"]
    assert kind.judge is not None
    kind.judge(kind.settings.model_validate({"url": url}), Outside())


def test_a_message_arrives_with_its_headline_and_how_grave_it_is(sink: Sink) -> None:
    assert send(here(sink), sink.outside()) == "taken by JSON"
    resolved = replace(LETTER, message={**MESSAGE, "event": "resolved"})
    send(here(sink), sink.outside(), resolved)
    first, second = (one.body for one in sink.came)
    assert (first["title"], first["type"]) == ("CRITICAL: Daily loss <@here>", "failure")
    assert "92 % of the limit is used." in first["message"]
    assert second["type"] == "success"


@pytest.mark.parametrize(
    ("status", "permanent"), [(401, True), (404, True), (410, True), (429, False), (500, False)]
)
def test_what_its_receiver_refuses_is_said_and_whether_for_good(
    sink: Sink, status: int, permanent: bool
) -> None:
    sink.answers.append((status, "no"))
    with pytest.raises(ChannelError, match=f"error={status}") as refused:
        send(here(sink, path="/secret-path-of-mine"), sink.outside())
    assert refused.value.permanent == permanent
    assert "secret-path-of-mine" not in str(refused.value)


@pytest.mark.parametrize("scheme", sorted(sender.LOCAL))
def test_a_service_of_the_machine_itself_is_refused(scheme: str) -> None:
    answer = sender._judged(None, f"{scheme.upper()}://localhost/etc/passwd", Outside())
    assert answer is not None
    assert (answer["ok"], answer["permanent"]) == (False, True)
    assert answer["said"].startswith(f"{scheme}:// speaks to the machine")


PRIVATE = (
    *("xml://10.0.0.8", "form://[::1]/in", "jsons://169.254.169.254/latest", "ntfy://localhost/topic"),
    *("gotify://192.168.1.4/token12345", "json://[::ffff:127.0.0.1]/in"),
)


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(Malformed, match="no public address") as refused:
        judge(url)
    assert refused.value.faults[0].pointer == "/settings/url"


@pytest.mark.parametrize("url", PRIVATE[:1])
def test_a_private_address_is_refused_when_it_is_called(url: str) -> None:
    with pytest.raises(ChannelError, match="no public address") as refused:
        send(url, Outside())
    assert refused.value.permanent


def test_what_apprise_does_not_know_is_refused_when_it_is_typed() -> None:
    with pytest.raises(Malformed, match="Apprise does not understand this nonsense:// address"):
        judge("nonsense://somewhere")


def test_a_redirect_inward_reaches_nothing(sink: Sink) -> None:
    """The receiver is allowed; where it sends on to is not, at the moment of connecting."""
    with listening("127.0.0.2") as inner:
        sink.location = f"{inner.url}/metadata"
        sink.answers += [(307, "over there")] * 2
        with pytest.raises(ChannelError, match=r"127\.0\.0\.2, which is no public address"):
            send(here(sink), Outside(networks=(ip_network("127.0.0.1/32"),)))
        assert len(sink.came) == 1
        assert inner.came == []


def test_a_file_of_the_machine_is_not_told(sink: Sink, tmp_path: Path) -> None:
    """Some services take the path of a template, and send what is in it."""
    planted = tmp_path / "planted.json"
    planted.write_text(json.dumps({"text": "planted secret"}))
    with pytest.raises(ChannelError, match="names a file of this machine") as refused:
        send(f"{here(sink, 'workflows')}/{'a' * 32}/{'b' * 40}?template={planted}", sink.outside())
    assert refused.value.permanent
    assert sink.came == []


_TRIES = """
import os, socket, subprocess, sys
from metafleet.hub.monitor.channels.apprise import sender
from metafleet.hub.monitor.outgoing import Outside
unix = socket.socket(socket.AF_UNIX)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp = socket.socket(socket.AF_INET)
tries = {
    "read": lambda: open("/etc/passwd"),
    "environment": lambda: open("/proc/self/environ"),
    "write": lambda: open(sys.argv[1], "w"),
    "write by number": lambda: os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT),
    "program": lambda: subprocess.run(["true"]),
    "shell": lambda: os.system("true"),
    "fork": lambda: os.fork(),
    "unix socket": lambda: unix.connect("/run/dbus/system_bus_socket"),
    "datagram": lambda: udp.sendto(b"x", ("127.0.0.1", 9)),
    "inward": lambda: tcp.connect(("127.0.0.1", 80)),
    "other port": lambda: tcp.connect(("93.184.215.14", 5432)),
    "by name": lambda: tcp.connect(("localhost", 80)),
}
sender._shut_in(Outside())
for name, one in tries.items():
    try:
        one()
    except PermissionError:
        continue
    print(name)
import sqlite3  # what Python itself needs is still there
"""


def test_its_process_reaches_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-I", "-c", _TRIES, str(tmp_path / "new")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert not (tmp_path / "new").exists()


def test_its_process_knows_nothing_of_the_hubs_environment(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    runs = subprocess.run

    def looked_at(command: list[str], **options: Any) -> Any:
        seen.update(options, command=command)
        return runs(command, **options)

    monkeypatch.setattr(subprocess, "run", looked_at)
    send(here(sink, path="/a-secret-path"), sink.outside())
    assert not {name for name in seen["env"] if name.startswith(("METAFLEET", "DATABASE", "REDIS"))}
    assert "a-secret-path" not in " ".join(seen["command"])
