"""The live stream of a running product: its tenant hears, a stranger does not, nobody without a session."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def stack_settings() -> dict[str, str]:
    return {"METAFLEET_HEARTBEAT_SECONDS": "1"}


def listen(stack: Stack, cookie: str, origin: str | None = None) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{stack.web_port}/live",
        origin=Origin(origin or stack.web_url),
        additional_headers={"Cookie": cookie} if cookie else {},
    )


def hear(socket: ClientConnection, timeout_s: float) -> list[dict[str, Any]]:
    """Return the messages of the next frame."""
    frame = json.loads(socket.recv(timeout=timeout_s))
    return frame if isinstance(frame, list) else [frame]


def words(socket: ClientConnection, timeout_s: float) -> list[str]:
    return [message["type"] for message in hear(socket, timeout_s)]


def test_a_tenant_hears_its_own_heartbeats_and_a_stranger_none(stack: Stack) -> None:
    with Person(stack) as owner, Person(stack) as stranger:
        owner.sign_in_to_demo()
        stranger.sign_up("stranger@example.com")
        mine = {account["id"] for account in owner.get("/api/accounts")}
        with listen(stack, owner.cookie) as open_screen, listen(stack, stranger.cookie) as other_screen:
            assert words(open_screen, PATIENCE_S) == ["hello"]
            assert words(other_screen, PATIENCE_S) == ["hello"]
            beats = 0
            while beats < 4:
                for message in hear(open_screen, 15):
                    if message["type"] == "heartbeat":
                        assert message["accountId"] in mine
                        assert message["equity"] > 0
                        beats += 1
            heard = []
            while True:
                try:
                    heard += words(other_screen, 0.05)
                except TimeoutError:
                    break
            assert set(heard) <= {"ping"}


def test_without_a_session_or_from_another_site_nothing_is_heard(stack: Stack) -> None:
    with listen(stack, "") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    with Person(stack) as owner:
        owner.sign_in_to_demo()
        with pytest.raises(InvalidStatus):
            listen(stack, owner.cookie, origin="https://evil.example")


def test_a_stream_comes_back_after_redis_was_killed(stack: Stack) -> None:
    with Person(stack) as owner:
        owner.sign_in_to_demo()
        with listen(stack, owner.cookie) as screen:
            assert words(screen, PATIENCE_S) == ["hello"]
            stack.wait_until_back("redis", stack.kill("redis"))
            # A second hello on the same socket: the screen refetches what it may have missed.
            heard = words(screen, PATIENCE_S)
            while heard[-1] != "hello":
                heard += words(screen, PATIENCE_S)


def test_screens_connect_again_after_postgres_was_killed(stack: Stack) -> None:
    with Person(stack) as owner:
        owner.sign_in_to_demo()
        with listen(stack, owner.cookie) as screen:
            assert words(screen, PATIENCE_S) == ["hello"]
            stack.wait_until_back("postgres", stack.kill("postgres"))
        assert wait_until(lambda: greets(stack, owner.cookie), PATIENCE_S, 0.2)
        # Every later screen too: none may meet a connection that was broken then.
        assert all(greets(stack, owner.cookie) for _ in range(5))


def greets(stack: Stack, cookie: str) -> bool:
    with listen(stack, cookie) as screen:
        try:
            return words(screen, PATIENCE_S) == ["hello"]
        except (ConnectionClosed, TimeoutError):
            return False
