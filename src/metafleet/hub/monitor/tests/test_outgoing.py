"""The hub calls addresses that customers gave, and never one inside."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_network
from typing import Any

import pytest

from metafleet.hub.monitor import outgoing
from metafleet.hub.monitor.outgoing import AddressRefused, Outside, Unreachable
from metafleet.hub.monitor.tests.sink import Sink

INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "224.0.0.1",
    "0.0.0.0",  # noqa: S104 - judged, not bound
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost",
    "2130706433",
    "0x7f.1",
)


@pytest.mark.parametrize("host", INSIDE)
def test_no_address_inside_is_called(host: str) -> None:
    with pytest.raises(AddressRefused):
        Outside().post(f"http://{host}/", b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "https://",
        "https://me:pass@93.184.215.14/",
        "http://93.184.215.14:6379/",
        "http://93.184.215.14:99999/",
    ],
)
def test_only_web_addresses_are_called(url: str) -> None:
    with pytest.raises(AddressRefused):
        Outside().check(url)


def test_one_address_inside_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_to(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        Outside().check("https://example.com/")


def test_the_connection_goes_to_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch, sink: Sink
) -> None:
    """A name that answers otherwise the second time (DNS rebinding) is asked once."""
    port = int(sink.url.rsplit(":", 1)[1])
    asked = _resolve_to(monkeypatch, "127.0.0.1")
    reply = sink.outside().post(f"http://receiver.example:{port}/x?y=1", b"{}", {})
    assert (reply.status, reply.text, asked) == (200, "ok", ["receiver.example"])
    assert (sink.came[0].path, sink.came[0].headers["host"]) == ("/x?y=1", f"receiver.example:{port}")


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> Any:
        if host in addresses:  # the connection itself: an address needs no asking
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, *_, **more: resolve(host, port, **more))
    return asked


def test_no_redirect_is_followed(sink: Sink) -> None:
    sink.answers.append((302, "elsewhere"))
    assert sink.outside().post(sink.url + "/", b"{}", {}).status == 302
    assert len(sink.came) == 1


def test_a_named_network_is_called_and_its_neighbour_is_not(sink: Sink) -> None:
    assert sink.outside().post(sink.url + "/", b"{}", {}).status == 200
    with pytest.raises(AddressRefused):
        Outside(networks=(ip_network("127.0.1.0/24"),)).post(sink.url + "/", b"{}", {})


def test_a_reply_is_read_only_so_far(sink: Sink) -> None:
    sink.answers.append((200, "x" * 100_000))
    assert len(sink.outside().post(sink.url + "/", b"{}", {}).text) == outgoing.REPLY_BYTES


def test_a_receiver_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    held = threading.Event()
    monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.2)
    sink.before_answer = lambda: held.wait(5)
    with pytest.raises(Unreachable):
        sink.outside().post(sink.url + "/", b"{}", {})
    held.set()
